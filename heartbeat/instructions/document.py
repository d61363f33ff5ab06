"""A HEARTBEAT.md on disk: read with its hash, written all at once or not at all."""

from __future__ import annotations

import hashlib
import os
import stat
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from filelock import FileLock
from pydantic import BaseModel, ConfigDict

from heartbeat.errors import InvalidValueError, StaleError
from heartbeat.instructions.model import MAX_BYTES


class Document(BaseModel):
    """The text of instructions and where it came from.

    ``sha256`` is over the UTF-8 bytes; ``last_modified`` is aware (UTC); both it and ``path`` are None for a text
    that has no file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    content: str
    sha256: str
    last_modified: datetime | None = None
    path: str | None = None


def sha256_of(content: str) -> str:
    """Return the hex digest of the UTF-8 bytes; a lone surrogate is hashed as three bytes, not refused."""
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def read_document(path: Path) -> Document | None:
    """Return the file with its content exactly as stored, BOM and line ends included; None if there is none.

    Raises:
        InvalidValueError: not a readable file, larger than 65,536 bytes, or not UTF-8.
    """
    try:
        # A pipe would block the open, so the kind of file is looked at first.
        if not stat.S_ISREG(path.stat().st_mode):
            raise _refused(f"{path} is not a file; allowed: a text file")
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
            modified = os.fstat(file.fileno()).st_mtime
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _refused(f"{path} cannot be read: {error.strerror or error}") from error
    content = _decoded(data, path)
    return Document(
        content=content,
        sha256=sha256_of(content),
        last_modified=datetime.fromtimestamp(modified, UTC),
        path=str(path),
    )


def write_document(
    path: Path, content: str, *, expected: str | None = None, new: bool = False, lock: Path | None = None
) -> Document:
    """Replace the file by exactly these characters as UTF-8, through a synced neighbour, and return it.

    The mode of an existing file stays, and a symbolic link stays a link. ``expected`` is the sha256 of the text
    that is to be replaced; with ``new`` there must be none; ``lock`` is a file that keeps other writers out between
    the comparison and the writing.

    Raises:
        StaleError: the text is another than expected, or there is one already; nothing was written.
        InvalidValueError: the content is larger than 65,536 bytes or no valid Unicode, or the file cannot be
            written; the old file is untouched then.
    """
    data = check_content(content, path)
    with FileLock(lock) if lock else nullcontext():
        if expected is not None:
            found = read_document(path)
            if found is None or found.sha256 != expected:
                raise StaleError(f"{path} was changed since it was read; read it again")
        if new and path.exists():
            raise StaleError(f"there is a {path} already, and nothing was written")
        return _written(path, content, data)


def check_content(content: str, name: object = "The text") -> bytes:
    """Return the UTF-8 bytes of a text that may be kept as instructions.

    Raises:
        InvalidValueError: larger than 65,536 bytes, or no valid Unicode.
    """
    try:
        data = content.encode()
    except UnicodeEncodeError as error:
        raise _refused(f"The text has half a character (lone surrogate) at {error.start}") from error
    _check_size(data, name)
    return data


def _written(path: Path, content: str, data: bytes) -> Document:
    try:
        target = path.resolve()
        _replace(target, data)
        modified = target.stat().st_mtime
    except OSError as error:
        raise _refused(f"{path} cannot be written: {error.strerror or error}") from error
    return Document(
        content=content,
        sha256=sha256_of(content),
        last_modified=datetime.fromtimestamp(modified, UTC),
        path=str(path),
    )


def _replace(target: Path, data: bytes) -> None:
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else None
    neighbour = target.with_name(f".{target.name}.{uuid4().hex}.tmp")
    try:
        with neighbour.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            neighbour.chmod(mode)
        neighbour.replace(target)
    finally:
        neighbour.unlink(missing_ok=True)
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    # Without this a power cut may bring the old name back; Windows cannot open folders and needs no such thing.
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _decoded(data: bytes, path: Path) -> str:
    _check_size(data, path)
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _refused(
            f"{path} is not UTF-8 on line {line} (byte {error.start}); save it as UTF-8"
        ) from error


def _check_size(data: bytes, path: object) -> None:
    if len(data) > MAX_BYTES:
        raise _refused(f"{path} is larger than 64 KiB; allowed: up to {MAX_BYTES:,} bytes")


def _refused(message: str) -> InvalidValueError:
    return InvalidValueError("content", f"{message}.")
