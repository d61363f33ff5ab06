"""What may go wrong with a database file, in few kinds, each with a sentence and what to do about it.

Codes are those of https://www.sqlite.org/rescode.html. One classification serves the HTTP API, the command line,
doctor, the rows of beats, the timer and the notices.
"""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from heartbeat.text import sentence

DATABASE_ERRORS = (DBAPIError, PoolTimeoutError)
"""What SQLAlchemy raises where the database does not answer; the second where every connection waits for a lock."""


class FailureKind(StrEnum):
    """Why a database cannot be used."""

    LOCKED = "locked"
    FULL = "full"
    READ_ONLY = "read_only"
    UNREACHABLE = "unreachable"
    BROKEN_DISK = "broken_disk"
    DAMAGED = "damaged"
    LOST = "lost"
    OTHER = "other"


class LostError(sqlite3.OperationalError):
    """The file that is open is no longer the one at its path: what would be written to it, nobody would find."""


@dataclass(frozen=True)
class Failure:
    """``said`` and ``remedy`` are one sentence each; ``passes`` says whether waiting alone may help."""

    kind: FailureKind
    said: str
    remedy: str
    passes: bool = False

    def __str__(self) -> str:
        return f"{self.said} {self.remedy}"


_WORDS: Mapping[FailureKind, tuple[str, str]] = {
    FailureKind.LOCKED: (
        "Another program holds the database locked",
        "Close that program, or try again in a moment.",
    ),
    FailureKind.FULL: (
        "The disk is full, or its quota is used up",
        "Free some space where the databases are; then everything goes on by itself.",
    ),
    FailureKind.READ_ONLY: (
        "The database can be read, but not written to",
        "Let this account write to the file and to its folder; then everything goes on by itself.",
    ),
    FailureKind.UNREACHABLE: (
        "The database cannot be opened",
        "Let this account read and write the file, and make files in its folder; see: heartbeat doctor.",
    ),
    FailureKind.BROKEN_DISK: (
        "The disk reports an error",
        "Look at the disk, its quota and the system's log; see: heartbeat doctor.",
    ),
    FailureKind.DAMAGED: (
        "The database is damaged, or is no database",
        "Stop Heartbeat and put a backup there; see: heartbeat doctor.",
    ),
    FailureKind.LOST: (
        "The database was removed or replaced while it was in use",
        "Put it back, or see that the one that is there now is the right one; then start Heartbeat again.",
    ),
    FailureKind.OTHER: ("The database failed", "See: heartbeat doctor."),
}
_CODES: Mapping[int, FailureKind] = {
    sqlite3.SQLITE_BUSY: FailureKind.LOCKED,
    sqlite3.SQLITE_LOCKED: FailureKind.LOCKED,
    sqlite3.SQLITE_PROTOCOL: FailureKind.LOCKED,
    sqlite3.SQLITE_FULL: FailureKind.FULL,
    sqlite3.SQLITE_READONLY: FailureKind.READ_ONLY,
    sqlite3.SQLITE_PERM: FailureKind.READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: FailureKind.UNREACHABLE,
    sqlite3.SQLITE_AUTH: FailureKind.UNREACHABLE,
    sqlite3.SQLITE_IOERR: FailureKind.BROKEN_DISK,
    sqlite3.SQLITE_CORRUPT: FailureKind.DAMAGED,
    sqlite3.SQLITE_NOTADB: FailureKind.DAMAGED,
}
_EXTENDED: Mapping[int, FailureKind] = {
    sqlite3.SQLITE_READONLY_DBMOVED: FailureKind.LOST,
    sqlite3.SQLITE_IOERR_VNODE: FailureKind.LOST,
    # SQLite grows its index of the log by writing; only a disk without room refuses that.
    sqlite3.SQLITE_IOERR_SHMSIZE: FailureKind.FULL,
}
_WITHOUT_CODE: Mapping[str, FailureKind] = {
    "locked": FailureKind.LOCKED,
    "busy": FailureKind.LOCKED,
    "is full": FailureKind.FULL,
    "readonly": FailureKind.READ_ONLY,
    "unable to open": FailureKind.UNREACHABLE,
    "disk I/O": FailureKind.BROKEN_DISK,
    "malformed": FailureKind.DAMAGED,
    "not a database": FailureKind.DAMAGED,
}
"""Words of SQLite's, for errors that somebody else has raised again without its code."""
_ERRNO: Mapping[int, FailureKind] = {
    errno.ENOSPC: FailureKind.FULL,
    errno.EDQUOT: FailureKind.FULL,
    errno.EFBIG: FailureKind.FULL,
    errno.EROFS: FailureKind.READ_ONLY,
    errno.EACCES: FailureKind.READ_ONLY,
    errno.EPERM: FailureKind.READ_ONLY,
    errno.EIO: FailureKind.BROKEN_DISK,
    errno.ESTALE: FailureKind.BROKEN_DISK,
}
_FILE_WORDS: Mapping[FailureKind, tuple[str, str]] = {
    FailureKind.FULL: ("The disk is full, or its quota is used up", "Free some space, then try again."),
    FailureKind.READ_ONLY: ("The file or its folder cannot be written to", "Let this account write there."),
    FailureKind.BROKEN_DISK: ("The disk reports an error", "Look at the disk and at the system's log."),
}


def failure_of(error: BaseException) -> Failure | None:
    """Return what an error of the database, or of writing a file, means; None for an error of another sort.

    The driver's own words stand in brackets; they hold no values of rows.
    """
    if isinstance(error, PoolTimeoutError):
        return _failure(FailureKind.LOCKED)  # every connection waits for the lock
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, LostError):
        return Failure(FailureKind.LOST, sentence(str(cause)), _WORDS[FailureKind.LOST][1])
    if isinstance(cause, sqlite3.DatabaseError | sqlite3.InterfaceError):
        return _failure(_kind_of(cause), str(cause))
    kind = _ERRNO.get(cause.errno or 0) if isinstance(cause, OSError) else None
    if isinstance(cause, OSError) and kind is not None:
        said, remedy = _FILE_WORDS[kind]
        place = f"{cause.filename}: " if cause.filename else ""
        return Failure(kind, sentence(f"{place}{said} ({cause.strerror})"), remedy)
    if isinstance(error, DBAPIError):
        return _failure(_kind_by_words(str(cause)), str(cause))
    return None


def lost(path: object) -> LostError:
    """Return the error of a file that was removed or replaced."""
    return LostError(f"{path} was removed or replaced while it was in use")


def is_locked(error: BaseException) -> bool:
    """Whether ``error`` says that another program holds the database."""
    failure = failure_of(error)
    return failure is not None and failure.kind is FailureKind.LOCKED


def failure(kind: FailureKind, detail: str = "") -> Failure:
    """Return a failure of one kind; ``detail`` is what was seen."""
    return _failure(kind, detail)


def _failure(kind: FailureKind, detail: str = "") -> Failure:
    said, remedy = _WORDS[kind]
    return Failure(
        kind, sentence(f"{said} ({detail})" if detail else said), remedy, passes=kind is FailureKind.LOCKED
    )


def _kind_of(error: sqlite3.Error) -> FailureKind:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return _kind_by_words(str(error))
    return _EXTENDED.get(code) or _CODES.get(code & 0xFF, FailureKind.OTHER)


def _kind_by_words(said: str) -> FailureKind:
    return next((kind for word, kind in _WITHOUT_CODE.items() if word in said), FailureKind.OTHER)
