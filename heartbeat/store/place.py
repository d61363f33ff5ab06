"""The place of a database file: whether the file that is open is still the one that its path names."""

from __future__ import annotations

from pathlib import Path

from heartbeat.errors import InvalidValueError
from heartbeat.private import make_file, make_folder
from heartbeat.store.failure import lost


class Place:
    """The path of a file, and which file that was when it was opened first.

    A look costs one ``stat``. What is copied over the file in place (``cp backup.db heartbeat.db``) keeps its
    identity and is not seen here.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._identity: tuple[int, int] | None = None

    @property
    def uri(self) -> str:
        """The address to connect to; a file that was opened once is never made anew."""
        mode = "rwc" if self._identity is None else "rw"
        return f"{self.path.absolute().as_uri()}?mode={mode}"

    def prepare(self) -> None:
        """Make the folder and the file, where they are not there yet, for this account alone.

        Raises:
            InvalidValueError: there is something else than a file.
        """
        make_folder(self.path.parent)
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
        self.check()

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

    def _look(self) -> tuple[int, int]:
        found = self.path.stat()
        return found.st_dev, found.st_ino
