"""Whole SQLite files: write them anew, so that no byte of what was deleted is left in file or write-ahead log."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection
from contextlib import closing
from pathlib import Path

PATIENCE = 5.0
"""Seconds that a file is waited for while another program reads or writes it."""
_TABLES = ("checkpoints", "writes")


def rewrite(path: Path, *, patience: float = PATIENCE) -> bool:
    """Write a database anew without what was deleted, and empty its log; return whether that was possible.

    It is not while another program reads or writes the database for longer than ``patience`` seconds: what is deleted
    may then still be in the file or its log. It can be done while other programs have the database open.

    Raises:
        sqlite3.Error: the file is damaged, or the disk is full.
    """
    if not path.exists():
        return True
    with closing(_open(path, patience)) as connection:
        # What is freed while the pages are moved is overwritten too.
        connection.execute("PRAGMA secure_delete=ON")
        try:
            connection.execute("VACUUM")
        except sqlite3.OperationalError as error:
            if _is_busy(error):
                return False
            raise
        (is_busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not is_busy


def delete_checkpoints(
    path: Path, langgraph_ids: Collection[str], sources: Collection[str], threads: Collection[str]
) -> bool:
    """Delete the checkpoints of LangGraph threads: those named, and any that hold a source or a thread.

    What a thread remembers is on the rows of its beats too, so that it goes on from these. Return whether that was
    possible: it is not while another program writes for longer than `PATIENCE`.

    Raises:
        sqlite3.Error: the file is damaged, or the disk is full.
    """
    if not path.exists():
        return True
    with closing(_open(path, PATIENCE)) as connection:
        tables = [each for each in _TABLES if _has_table(connection, each)]
        found = set(langgraph_ids)
        connection.create_function("holds", 1, _finder(sources, threads), deterministic=True)
        for table, column in (("checkpoints", "checkpoint"), ("writes", "value")):
            if table in tables:
                query = f"SELECT DISTINCT thread_id FROM {table} WHERE holds({column})"  # noqa: S608 - fixed names
                found.update(thread for (thread,) in connection.execute(query))
        for langgraph_id in sorted(found):
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if _is_busy(error):
                    return False
                raise
            for table in tables:
                connection.execute(f"DELETE FROM {table} WHERE thread_id = ?", (langgraph_id,))  # noqa: S608
            connection.execute("COMMIT")
    return True


def _finder(sources: Collection[str], threads: Collection[str]) -> Callable[[bytes | None], bool]:
    """Return what says whether a value in MessagePack holds an item or a mark of a source, or names a thread."""
    pieces = [each for name in sources for each in (_packed("source") + _packed(name), f"{name}.".encode())]
    pieces += [_packed(key) + _packed(name) for name in threads for key in ("thread", "thread_id")]

    def holds(value: bytes | None) -> bool:
        return value is not None and any(piece in value for piece in pieces)

    return holds


def _packed(text: str) -> bytes:
    """Return a text of up to 255 bytes as MessagePack writes it."""
    data = text.encode()
    return bytes([0xA0 | len(data)]) + data if len(data) < 32 else bytes([0xD9, len(data)]) + data


def _is_busy(error: sqlite3.Error) -> bool:
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _has_table(connection: sqlite3.Connection, name: str) -> bool:
    query = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?"
    return connection.execute(query, (name,)).fetchone() is not None


def _open(path: Path, patience: float) -> sqlite3.Connection:
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=patience, isolation_level=None
    )
