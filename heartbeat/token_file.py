"""HOME/token: the token of the HTTP API where HEARTBEAT_API_TOKEN is not set."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from heartbeat.errors import HeartbeatError
from heartbeat.private import make_folder
from heartbeat.settings import Settings

NAME = "token"
SHORTEST = 32
"""Minimum characters; one that was made at random cannot be guessed, however often it is tried."""
_BYTES = 32
_LARGEST = 4_096
_OTHERS_MASK = 0o077


class TokenFileError(HeartbeatError):
    """The token file exists, but cannot be used; ``mend`` is the step that helps."""

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(f"{message}; {mend}")
        self.said, self.mend = message, mend


@dataclass(frozen=True)
class TokenFile:
    """The file, which may not exist yet; it is read anew each time, so a change counts at once."""

    path: Path

    @classmethod
    def of(cls, settings: Settings) -> TokenFile:
        """Return the file of a workspace."""
        return cls(settings.home / NAME)

    def read(self) -> str | None:
        """Return the token, None if there is no file.

        Raises:
            TokenFileError: others may read it, somebody else owns it, or it holds no token.
        """
        try:
            # O_NONBLOCK: opening a pipe without a writer must not wait.
            number = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        except FileNotFoundError:
            return None
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise TokenFileError(f"{self.path} cannot be read: {reason}", self._make_anew) from None
        try:
            self._check(os.fstat(number))
            content = os.read(number, _LARGEST)
        finally:
            os.close(number)
        token = content.decode("utf-8", "replace").strip()
        if len(token) < SHORTEST or not token.isascii() or not token.isprintable():
            what = "is empty" if not token else f"holds no token of at least {SHORTEST} printable characters"
            raise TokenFileError(f"{self.path} {what}", self._make_anew)
        return token

    def ensure(self) -> str:
        """Return the token, after making the file if there is none; processes that do so together agree.

        Raises:
            TokenFileError: there is a file, but it cannot be used.
            OSError: it cannot be written.
        """
        for _ in range(3):
            found = self.read()
            if found is not None:
                return found
            made = self._written()
            try:
                # A link is made only where nothing has the name, and then the whole content is there.
                with suppress(FileExistsError):
                    os.link(made, self.path)
            except OSError:
                # A file system without hard links: here others may see the file for a moment before its content.
                self._copy_new(made)
            finally:
                made.unlink(missing_ok=True)
        raise TokenFileError(f"{self.path} disappears while it is made", "try again")

    def renew(self) -> str:
        """Replace the token by a new one and return it; all sessions end, since their cookies are signed with it.

        Raises:
            OSError: it cannot be written.
        """
        made = self._written()
        try:
            token = made.read_text(encoding="ascii").strip()
            made.replace(self.path)
        except BaseException:
            made.unlink(missing_ok=True)
            raise
        return token

    @property
    def _make_anew(self) -> str:
        return "make a new one with: heartbeat token --new"

    def _check(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise TokenFileError(f"{self.path} is no regular file", f"remove it, and {self._make_anew}")
        if os.name != "posix":
            return
        # Whoever owns the folder can replace the file anyway.
        if status.st_uid not in {os.geteuid(), self._folder_owner()}:
            raise TokenFileError(f"{self.path} belongs to another account", self._make_anew)
        if stat.S_IMODE(status.st_mode) & _OTHERS_MASK:
            said = f"other accounts of this machine may read {self.path}"
            raise TokenFileError(said, f"close it with: chmod 600 {self.path}, and {self._make_anew}")

    def _folder_owner(self) -> int:
        return self.path.parent.stat().st_uid

    def _written(self) -> Path:
        """Write a new token to a file of its own beside the real one."""
        make_folder(self.path.parent)
        made = self.path.with_name(f"{NAME}.{uuid4().hex}")
        _write_new(made, f"{secrets.token_urlsafe(_BYTES)}\n".encode())
        return made

    def _copy_new(self, made: Path) -> None:
        with suppress(FileExistsError):
            _write_new(self.path, made.read_bytes())


def make_token(settings: Settings) -> None:
    """Make the token file if HEARTBEAT_API_TOKEN is not set and there is none.

    Raises:
        TokenFileError: there is a file, but it cannot be used.
        OSError: it cannot be written.
    """
    if settings.api_token is None:
        TokenFile.of(settings).ensure()


def _write_new(path: Path, content: bytes) -> None:
    # Born with its mode, since a file that is closed to others later has been open until then.
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
