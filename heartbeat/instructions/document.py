"""Reading and writing the HEARTBEAT.md file, with its hash and under a lock."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock
from pydantic import BaseModel, ConfigDict

from heartbeat.errors import InvalidValueError, UnreadableError
from heartbeat.instructions.condition import Condition
from heartbeat.instructions.encoding import EncodingError, decode
from heartbeat.instructions.model import MAX_BYTES
from heartbeat.instructions.saving import finish, kind_of, save
from heartbeat.text import sentence

VARIABLE = "HEARTBEAT_INSTRUCTIONS"
_JOURNAL = "instructions.saving"
_LOCK_TIMEOUT = 30
"""Seconds to wait for another save."""
_REMEDIES = {
    errno.EACCES: "Let this account {do} it.",
    errno.EPERM: "Let this account {do} it.",
    errno.EROFS: "Mount it so that it may be written.",
    errno.ELOOP: "Its links lead in a circle; put a file in their place.",
    errno.ENOENT: "Its folder is not there; make it first.",
    errno.ENOSPC: "Make room, then save again.",
    errno.EDQUOT: "Make room, then save again.",
}


class Document(BaseModel):
    """The text of instructions and its origin.

    ``sha256`` is that of the text in UTF-8, whatever the encoding of the file. ``last_modified`` is aware (UTC); it
    and ``path`` are None for a text without a file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    content: str
    sha256: str
    last_modified: datetime | None = None
    path: str | None = None


def sha256_of(content: str) -> str:
    """Return the SHA-256 hex digest of the UTF-8 bytes; a lone surrogate is hashed as three bytes."""
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def read_document(path: Path, home: Path | None = None) -> Document | None:
    """Return the file with its content exactly as stored, BOM and line ends included; None if it does not exist.

    An interrupted save that used the same ``home`` is completed first.

    Raises:
        UnreadableError: not a readable file, larger than 65,536 bytes, or of unknown encoding.
    """
    try:
        if home and (home / _JOURNAL).exists():
            with _locked(home):
                finish(home / _JOURNAL)
        # Opening a pipe would block, so the type of file is checked first.
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            message = sentence(
                f"{path} is not a file but {kind_of(mode)}; put a text file in its place, or set {VARIABLE}"
            )
            raise UnreadableError("content", message)
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
            modified = os.fstat(file.fileno()).st_mtime
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UnreadableError("content", _failed(path, "read", error)) from error
    return _document(_decoded(data, path), path, modified)


def read_stored(path: Path, home: Path) -> bytes | None:
    """Return the bytes of the file, whatever they are; None if it does not exist.

    An interrupted save is completed first, and none begins meanwhile.

    Raises:
        UnreadableError: it cannot be read, or is no file.
    """
    try:
        with _locked(home):
            finish(home / _JOURNAL)
            mode = path.stat().st_mode
            if not stat.S_ISREG(mode):
                raise UnreadableError("content", sentence(f"{path} is not a file but {kind_of(mode)}"))
            return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise UnreadableError("content", _failed(path, "read", error)) from error


def write_document(
    path: Path, content: str, *, condition: Condition | None = None, home: Path | None = None
) -> Document:
    """Replace the file's content by ``content`` in UTF-8 and return it; see `heartbeat.instructions.saving`.

    ``condition`` applies to the file that is replaced. ``home`` is the folder of the databases: it holds a lock from
    the check to the write, and a journal from which an interrupted save is completed later.

    Raises:
        StaleError: the condition does not hold; nothing was written.
        UnreadableError: a condition is given and the file cannot be read.
        InvalidValueError: the content is larger than 65,536 bytes or not valid Unicode, or the file cannot be
            written; the old file is unchanged.
    """
    data = check_content(content, path)
    try:
        with _locked(home):
            if home:
                finish(home / _JOURNAL)
            if condition is not None:
                found = read_document(path)
                condition.check(found.sha256 if found else None, path)
            save(path, data, home / _JOURNAL if home else None)
            modified = path.stat().st_mtime
    except OSError as error:
        raise InvalidValueError("content", _failed(path, "written", error)) from error
    return _document(content, path, modified)


def check_content(content: str, name: object = "The text") -> bytes:
    """Return the UTF-8 bytes of a text if it can be stored as instructions.

    Raises:
        InvalidValueError: larger than 65,536 bytes, or not valid Unicode.
    """
    try:
        data = content.encode()
    except UnicodeEncodeError as error:
        message = sentence(f"The text has half a character (lone surrogate) at {error.start}")
        raise InvalidValueError("content", message) from error
    if len(data) > MAX_BYTES:
        raise InvalidValueError("content", _too_large(name))
    return data


def _document(content: str, path: Path, modified: float) -> Document:
    return Document(
        content=content,
        sha256=sha256_of(content),
        last_modified=datetime.fromtimestamp(modified, UTC),
        path=str(path),
    )


def _locked(home: Path | None) -> AbstractContextManager[object]:
    return FileLock(home / "instructions.lock", timeout=_LOCK_TIMEOUT, mode=0o600) if home else nullcontext()


def _failed(path: Path, done: str, error: OSError) -> str:
    remedy = _REMEDIES.get(error.errno or 0, "").format(do="read" if done == "read" else "write")
    message = sentence(f"{path} cannot be {done}: {error.strerror or error}")
    return f"{message} {remedy}".rstrip()


def _decoded(data: bytes, path: Path) -> str:
    if len(data) > MAX_BYTES:
        raise UnreadableError("content", _too_large(path))
    try:
        return decode(data)
    except EncodingError as error:
        raise UnreadableError("content", sentence(f"{path} {error}")) from error


def _too_large(name: object) -> str:
    return f"{name} is larger than 64 KiB; allowed: up to {MAX_BYTES:,} bytes."
