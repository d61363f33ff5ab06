"""Conditions on texts in any language; SQLite's own LIKE and lower() know the case of ASCII letters alone.

They call two functions of Heartbeat's, which every connection has. A database server would have them as functions of
its own under the same names.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import func

from heartbeat.folding import fold
from heartbeat.names import mentions


def register(connection: sqlite3.Connection) -> None:
    """Give a connection the functions that the conditions call."""
    connection.create_function("heartbeat_fold", 1, _fold, deterministic=True)
    connection.create_function("heartbeat_mentions", 2, _mentions, deterministic=True)


def holds(column: Any, words: str) -> ColumnElement[bool]:
    """Return the condition that a text holds these words, in any case of letters."""
    return func.instr(func.heartbeat_fold(column), fold(words)) > 0


def names(column: Any, name: str) -> ColumnElement[bool]:
    """Return the condition that a text mentions somebody as ``@name``; see `heartbeat.names.mentions`."""
    return func.heartbeat_mentions(column, name) == 1


def _fold(text: Any) -> str | None:
    return fold(text) if isinstance(text, str) else None


def _mentions(text: Any, name: str) -> int:
    return int(isinstance(text, str) and mentions(text, name))
