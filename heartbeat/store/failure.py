"""Classify errors of database files into a few kinds, each with an explanation and a remedy.

The codes are those of https://www.sqlite.org/rescode.html. The HTTP API, the command line, doctor, the rows of
beats, the timer and the notices all use this classification.
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
"""Errors that SQLAlchemy raises if the database fails; the second if every connection waits for a lock."""


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
    """The open file is no longer the one at its path, so that writes to it would be lost."""


@dataclass(frozen=True)
class Failure:
    """A classified error.

    ``said`` is the explanation and ``remedy`` what to do, one sentence each. ``passes`` is whether waiting alone
    may help.
    """

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
        "Stop Heartbeat, then: heartbeat restore DIR --replace; see: heartbeat doctor.",
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
    # SQLite extends its shared-memory file by writing to it, which fails only on a full disk.
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
"""Parts of SQLite's messages, for errors that were raised again without their code."""
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
    """Classify an error of the database or of writing a file; return None for any other error.

    The explanation quotes the driver's message in brackets, which contains no values of rows.
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
    """Return the error for a file that was removed or replaced."""
    return LostError(f"{path} was removed or replaced while it was in use")


def is_locked(error: BaseException) -> bool:
    """Return whether ``error`` means that another program holds the database locked."""
    failure = failure_of(error)
    return failure is not None and failure.kind is FailureKind.LOCKED


def failure(kind: FailureKind, detail: str = "") -> Failure:
    """Return a failure of one kind; ``detail`` is added to its explanation in brackets."""
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
