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
    connection.create_function("heartbeat_holds", -1, _holds, deterministic=True)
    connection.create_function("heartbeat_mentions", 2, _mentions, deterministic=True)


def holds(words: str, *columns: Any) -> ColumnElement[bool]:
    """Return the condition that one of some texts contains ``words``, ignoring case."""
    # One call for all texts of a row: the call takes longer than the search.
    return func.heartbeat_holds(fold(words), *columns) == 1


def names(column: Any, name: str | BindParameter[str]) -> ColumnElement[bool]:
    """Return the condition that a text mentions ``@name``; see `heartbeat.names.mentions`."""
    return func.heartbeat_mentions(column, name) == 1


def _holds(words: str, *texts: Any) -> int:
    return int(any(isinstance(text, str) and words in fold(text) for text in texts))


def _mentions(text: Any, name: str) -> int:
    return int(isinstance(text, str) and mentions(text, name))
