"""What goes wrong with a database file, as SQLite and the system say it, and as a person reads it."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from heartbeat.store.failure import FailureKind, failure_of, lost


def table(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=0, isolation_level=None)
    connection.execute("CREATE TABLE IF NOT EXISTS t (x)")
    return connection


def full(path: Path) -> None:
    connection = table(path)
    connection.execute("PRAGMA max_page_count = 2")
    connection.execute("INSERT INTO t VALUES (zeroblob(100000))")


def read_only(path: Path) -> None:
    table(path).close()
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    connection.execute("INSERT INTO t VALUES (1)")


def a_folder(path: Path) -> None:
    path.mkdir()
    table(path)


def no_database(path: Path) -> None:
    path.write_text("a text of somebody else, and long enough to be looked at " * 20)
    table(path)


def damaged(path: Path) -> None:
    connection = table(path)
    connection.executemany("INSERT INTO t VALUES (zeroblob(3000))", [()] * 20)
    connection.close()
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\xff" * (len(content) - 100))
    table(path)


def locked(path: Path) -> None:
    holder = table(path)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        sqlite3.connect(path, timeout=0).execute("INSERT INTO t VALUES (1)")
    finally:
        holder.close()


@pytest.mark.parametrize(
    ("fail", "kind"),
    [
        (full, FailureKind.FULL),
        (read_only, FailureKind.READ_ONLY),
        (a_folder, FailureKind.UNREACHABLE),
        (no_database, FailureKind.DAMAGED),
        (damaged, FailureKind.DAMAGED),
        (locked, FailureKind.LOCKED),
    ],
)
def test_sqlites_errors(tmp_path: Path, fail: Callable[[Path], None], kind: FailureKind) -> None:
    with pytest.raises(sqlite3.Error) as caught:
        fail(tmp_path / "a.db")
    alone = failure_of(caught.value)
    wrapped = failure_of(DBAPIError("SELECT", {}, caught.value))
    # A library in between may raise it again without SQLite's code.
    again = failure_of(OperationalError("SELECT", {}, Exception(str(caught.value))))
    assert alone == wrapped
    assert alone is not None
    assert again is not None
    assert alone.kind is again.kind is kind
    assert str(caught.value) in alone.said
    assert alone.said.endswith(".")
    assert alone.remedy.endswith(".")
    assert ".." not in str(alone)


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        (errno.ENOSPC, FailureKind.FULL),
        (errno.EDQUOT, FailureKind.FULL),
        (errno.EROFS, FailureKind.READ_ONLY),
        (errno.EACCES, FailureKind.READ_ONLY),
        (errno.EIO, FailureKind.BROKEN_DISK),
    ],
)
def test_the_systems_errors(number: int, kind: FailureKind) -> None:
    failure = failure_of(OSError(number, os.strerror(number), "HEARTBEAT.md"))
    assert failure is not None
    assert failure.kind is kind
    assert failure.said.startswith("HEARTBEAT.md: ")


def test_what_is_lost_names_its_path() -> None:
    failure = failure_of(OperationalError("", {}, lost("/a/b.db")))
    assert failure is not None
    assert (failure.kind, failure.said) == (
        FailureKind.LOST,
        "/a/b.db was removed or replaced while it was in use.",
    )


def test_waiting_helps_where_somebody_holds_the_lock() -> None:
    failure = failure_of(PoolTimeoutError())
    assert failure is not None
    assert (failure.kind, failure.passes) == (FailureKind.LOCKED, True)


@pytest.mark.parametrize("error", [ValueError("x"), FileNotFoundError(2, "gone"), ZeroDivisionError()])
def test_other_errors_are_none_of_a_database(error: Exception) -> None:
    assert failure_of(error) is None


def test_a_mistake_in_our_own_statement_is_of_no_kind() -> None:
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(":memory:").execute("SELECT * FROM nowhere")
    failure = failure_of(caught.value)
    assert failure is not None
    assert failure.kind is FailureKind.OTHER
