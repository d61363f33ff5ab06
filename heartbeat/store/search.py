"""SQL conditions for case-insensitive search in Unicode text.

SQLite's LIKE and lower() only fold ASCII letters, so the conditions call two functions that every connection
registers. Another database would have to provide functions of the same names.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import BindParameter, ColumnElement
from sqlmodel import func

from heartbeat.folding import fold
from heartbeat.names import mentions


def register(connection: sqlite3.Connection) -> None:
    """Register the functions that the conditions call on a connection."""
    connection.create_function("heartbeat_fold", 1, _fold, deterministic=True)
    connection.create_function("heartbeat_mentions", 2, _mentions, deterministic=True)


def holds(column: Any, words: str) -> ColumnElement[bool]:
    """Return the condition that a text contains ``words``, ignoring case."""
    return func.instr(func.heartbeat_fold(column), fold(words)) > 0


def names(column: Any, name: str | BindParameter[str]) -> ColumnElement[bool]:
    """Return the condition that a text mentions ``@name``; see `heartbeat.names.mentions`."""
    return func.heartbeat_mentions(column, name) == 1


def _fold(text: Any) -> str | None:
    return fold(text) if isinstance(text, str) else None


def _mentions(text: Any, name: str) -> int:
    return int(isinstance(text, str) and mentions(text, name))
