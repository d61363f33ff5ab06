"""Check whether the file at a database's path is still the open one, and whether it can be written."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from heartbeat.errors import InvalidValueError
from heartbeat.private import make_file, make_folder
from heartbeat.setting_values import names_a_file
from heartbeat.store.failure import Failure, FailureKind, failure_of, lost
from heartbeat.text import sentence

ROOM = 64 * 1024
"""Bytes that must be free on the disk: about the most that a beat writes at once."""
_IGNORED = frozenset({FailureKind.LOCKED, FailureKind.OTHER})

_REMEDY = "See: heartbeat doctor."


class Place:
    """The path of a database file, with the identity of the open file and the result of the last write.

    ``failure`` is why a write of this process failed, until a write succeeds; locks are ignored. `check` costs
    one ``stat``. It does not detect content copied over the file (``cp backup.db heartbeat.db``), which keeps
    device and inode.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failure: Failure | None = None
        self._identity: tuple[int, int] | None = None
        self._was_opened = False
        self._log_identity: tuple[int, int] | None = None

    @property
    def uri(self) -> str:
        """The URI to connect to; it creates the file only if this process has not opened it before."""
        mode = "rw" if self._was_opened else "rwc"
        return f"{self.path.absolute().as_uri()}?mode={mode}"

    def prepare(self) -> None:
        """Create the folder and the file if they are missing, accessible to the current user only.

        Raises:
            InvalidValueError: the path, or its folder, is something else.
            OSError: the folder cannot be created for another reason, such as a full disk.
        """
        if not names_a_file(str(self.path)):
            said = f"{self.path} is no file; allowed: the path of a file, since what is in memory is lost at the end"
            raise InvalidValueError("database", said)
        try:
            make_folder(self.path.parent)
        except (FileExistsError, FileNotFoundError, NotADirectoryError) as error:
            allowed = "a folder, which is made where there is none; HEARTBEAT_HOME names it"
            said = f"{self.path.parent} cannot be the folder of a database ({error.strerror}); allowed: {allowed}"
            raise InvalidValueError("database", said) from None
        make_file(self.path)
        if self.path.exists() and not self.path.is_file():
            kind = "a folder" if self.path.is_dir() else "no regular file"
            said = f"{self.path} is {kind}; allowed: the path of a file, which is made where there is none"
            raise InvalidValueError("database", said)

    def record_identity(self) -> None:
        """Store the identity of the open file at the first call; later, check that it is the same.

        Raises:
            LostError: the file was removed or replaced.
        """
        if self._identity is None:
            self._identity = self._stat()
        self._was_opened = True
        self.check()

    def release(self) -> None:
        """Forget the identity of the file once it is closed, so that a backup may replace it."""
        self._identity = self._log_identity = None

    def check(self) -> None:
        """Check that the open file is still at its path.

        Raises:
            LostError: the file was removed or replaced.
            OSError: the check failed.
        """
        if self._identity is None:
            return
        try:
            found = self._stat()
        except (FileNotFoundError, NotADirectoryError):
            raise lost(self.path) from None
        if found != self._identity:
            raise lost(self.path)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Store in ``failure`` whether the writes inside this context succeed."""
        try:
            yield
        except Exception as error:
            failure = failure_of(error)
            if failure is not None and failure.kind not in _IGNORED:
                self.failure = failure
            raise
        self.failure = None

    @property
    def has_log(self) -> bool:
        """Whether `examine` also checks the write-ahead log."""
        return self._log_identity is not None

    def require_log(self) -> None:
        """Let `examine` also check the write-ahead log, which stays the same while the file is open.

        Where it was removed, the next connection makes another one, which those that are open do not write to.
        """
        self._log_identity = self._identity_of_log()

    def examine(self) -> Failure | None:
        """Return why the file cannot be written now; None if it can, or if it is only locked."""
        try:
            self.check()
            if self.has_log and self._identity_of_log() != self._log_identity:
                raise lost(self._log)
            self._check_access()
            if self.failure is not None:
                self._try_commit()
        except (OSError, sqlite3.Error) as error:
            failure = failure_of(error) or Failure(
                FailureKind.UNREACHABLE, sentence(f"{self.path}: {error}"), _REMEDY
            )
            return None if failure.kind is FailureKind.LOCKED else failure
        return None

    def _check_access(self) -> None:
        # Does not open the file: closing it would drop the POSIX locks that SQLite holds on it in this process.
        if not os.access(self.path, os.R_OK | os.W_OK):
            number = errno.EROFS if _is_read_only(self.path) else errno.EACCES
            raise OSError(number, os.strerror(number), str(self.path))
        try_folder(self.path.parent)

    def _try_commit(self) -> None:
        # Setting user_version to its own value changes no data, but takes the same path as every commit.
        with closing(sqlite3.connect(self.uri, uri=True, timeout=0, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            (number,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute(f"PRAGMA user_version = {int(number)}")
            connection.execute("COMMIT")
        self.failure = None

    @property
    def _log(self) -> Path:
        return self.path.with_name(f"{self.path.name}-wal")

    def _identity_of_log(self) -> tuple[int, int] | None:
        """Return the identity of the write-ahead log, None if there is none."""
        try:
            found = self._log.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _stat(self) -> tuple[int, int]:
        found = self.path.stat()
        return found.st_dev, found.st_ino


def _is_read_only(path: Path) -> bool:
    return hasattr(os, "statvfs") and bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def try_folder(folder: Path) -> None:
    """Check that `ROOM` bytes can be written to a folder, with a temporary file.

    Raises:
        OSError: the file could not be written; the error names the folder.
    """
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            written = file.write(bytes(ROOM))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error
    if written < ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
