"""The place of a database file: whether it is still the one that is open, and whether it can be written."""

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
from heartbeat.settings import names_a_file
from heartbeat.store.failure import Failure, FailureKind, failure_of, lost
from heartbeat.text import sentence

ROOM = 64 * 1024
"""Bytes that must find room beside the file: what a beat writes at most at once, about."""
_NOT_OF_THE_FILE = frozenset({FailureKind.LOCKED, FailureKind.OTHER})

_LOOK = "See: heartbeat doctor."


class Place:
    """The path of a file, which file that was when it was opened first, and how writing to it went.

    ``failure`` is why the last write of this process failed; None where it did not, or was only kept waiting.
    To see that the file is the same costs one ``stat``. What is copied over it in place (``cp backup.db
    heartbeat.db``) keeps its identity and is not seen here.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failure: Failure | None = None
        self._identity: tuple[int, int] | None = None
        self._was_opened = False
        self._has_log = False

    @property
    def uri(self) -> str:
        """The address to connect to; a file that was opened once is never made anew."""
        mode = "rw" if self._was_opened else "rwc"
        return f"{self.path.absolute().as_uri()}?mode={mode}"

    def prepare(self) -> None:
        """Make the folder and the file, where they are not there yet, for this account alone.

        Raises:
            InvalidValueError: there is something else than a file, or its folder cannot be one.
            OSError: the folder cannot be made for another reason, such as a full disk.
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

    def keep(self) -> None:
        """Remember which file is open, the first time; afterwards, see that it is this one.

        Raises:
            LostError: it is another one.
        """
        if self._identity is None:
            self._identity = self._look()
        self._was_opened = True
        self.check()

    def release(self) -> None:
        """Forget which file it was, when nobody has it open any more: a backup may be put in its place."""
        self._identity, self._has_log = None, False

    def check(self) -> None:
        """See that the file is still there.

        Raises:
            LostError: it was removed or replaced.
            OSError: nobody can tell.
        """
        if self._identity is None:
            return
        try:
            now = self._look()
        except (FileNotFoundError, NotADirectoryError):
            raise lost(self.path) from None
        if now != self._identity:
            raise lost(self.path)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Write inside of it; how that goes is kept in mind."""
        try:
            yield
        except Exception as error:
            failure = failure_of(error)
            if failure is not None and failure.kind not in _NOT_OF_THE_FILE:
                self.failure = failure
            raise
        self.failure = None

    def keep_log(self) -> None:
        """From now on somebody has the file open, so that the log beside it must not go away either."""
        self._has_log = self._log.exists()

    def examine(self) -> Failure | None:
        """Return why the file cannot be written now; None where it can, or where only a lock is in the way."""
        try:
            self.check()
            if self._has_log and not self._log.exists():
                raise lost(self._log)
            self._try_to_open()
            if self.failure is not None:
                self._try_the_file()
        except (OSError, sqlite3.Error) as error:
            failure = failure_of(error) or Failure(
                FailureKind.UNREACHABLE, sentence(f"{self.path}: {error}"), _LOOK
            )
            return None if failure.kind is FailureKind.LOCKED else failure
        return None

    def _try_to_open(self) -> None:
        # Not by opening it: to close it again would drop the locks that SQLite holds on it in this process.
        if not os.access(self.path, os.R_OK | os.W_OK):
            number = errno.EROFS if _is_read_only(self.path) else errno.EACCES
            raise OSError(number, os.strerror(number), str(self.path))
        try_folder(self.path.parent)

    def _try_the_file(self) -> None:
        # Writing a number that is there already changes nothing, but takes the way of every commit.
        with closing(sqlite3.connect(self.uri, uri=True, timeout=0, isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            (number,) = connection.execute("PRAGMA user_version").fetchone()
            connection.execute(f"PRAGMA user_version = {int(number)}")
            connection.execute("COMMIT")
        self.failure = None

    @property
    def _log(self) -> Path:
        return self.path.with_name(f"{self.path.name}-wal")

    def _look(self) -> tuple[int, int]:
        found = self.path.stat()
        return found.st_dev, found.st_ino


def _is_read_only(path: Path) -> bool:
    return hasattr(os, "statvfs") and bool(os.statvfs(path).f_flag & os.ST_RDONLY)


def try_folder(folder: Path) -> None:
    """Write to a file that never has a name, so that nobody sees it.

    Raises:
        OSError: it could not be written; it names the folder.
    """
    try:
        with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
            written = file.write(bytes(ROOM))
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(folder)) from error
    if written < ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
