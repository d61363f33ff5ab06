"""Whole SQLite files: copy one that is in use, check a copy, and find out whether any process has one open."""

from __future__ import annotations

import errno
import importlib
import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from heartbeat.private import make_file
from heartbeat.store.database import BUSY_TIMEOUT

_SHARED_BYTES = (510, 0x40000002)
"""Length and offset of the bytes of which SQLite locks some for as long as a connection uses a file in WAL mode."""
_FULL = frozenset({sqlite3.SQLITE_FULL})


def copy_database(source: Path, copy: Path, *, patience: float = BUSY_TIMEOUT) -> None:
    """Copy a database that other processes may be writing to; the copy is one file, accessible to the user only.

    It holds all that was committed at one moment. Writers do not wait: the copy is made in one step, a single read
    transaction beside which WAL lets others write. In several steps it would begin anew after each commit.

    Raises:
        OSError: the disk of the copy is full.
        sqlite3.Error: the source cannot be read, is damaged, or is locked for longer than ``patience`` seconds.
    """
    make_file(copy)
    address = f"{source.absolute().as_uri()}?mode=rw"
    try:
        with (
            closing(sqlite3.connect(address, uri=True, timeout=patience)) as read,
            closing(sqlite3.connect(copy, isolation_level=None)) as written,
        ):
            read.backup(written, pages=-1, progress=_give_up_after(patience))
            # Without WAL the copy needs no other files, so that it can be read from a medium that cannot be written.
            written.execute("PRAGMA journal_mode=DELETE")
            check_whole(written)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) in _FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(copy.parent)) from error
        raise


def _give_up_after(patience: float) -> Callable[[int, int, int], None]:
    """Return a function that ends a copy whose source stays locked, which sqlite3 would try for ever."""
    until = time.monotonic() + patience

    def progress(status: int, remaining: int, total: int) -> None:
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) and time.monotonic() > until:
            raise sqlite3.OperationalError("database is locked")

    return progress


def check_whole(connection: sqlite3.Connection) -> None:
    """Check every page of a database.

    Raises:
        sqlite3.DatabaseError: it is damaged.
    """
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(f"database disk image is malformed: {' '.join(found.split()):.200}")


def revision_of(path: Path) -> str | None:
    """Return the revision of a database's schema; None if it has none, as an empty file or another program's.

    Raises:
        sqlite3.Error: it cannot be read.
    """
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as connection:
        tables = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if tables else None
    return None if row is None else str(row[0])


def use_wal(path: Path) -> None:
    """Let readers and writers of a database work at the same time, which the file keeps."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA journal_mode=WAL")


def is_in_use(path: Path) -> bool:
    """Return whether another process has a database open and has read from it.

    It works for a damaged file too. On Windows, where a file that is open cannot be replaced, it returns False.
    Call it where this process does not have the file open: looking ends the locks that it holds.
    """
    if os.name != "posix" or not path.exists():
        return False
    # Imported by name, since Windows has no such module.
    fcntl: Any = importlib.import_module("fcntl")
    descriptor = os.open(path, os.O_RDWR)
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, *_SHARED_BYTES)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            return True
        raise
    finally:
        os.close(descriptor)
    return False
