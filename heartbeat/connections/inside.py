"""Files inside a folder, opened so that neither a name nor a link leads out of it.

Where the system allows it, each folder on the way is opened relative to the one above it and no link is followed, so
that a link that is put there in between changes nothing. Elsewhere (Windows), the real path is compared.
"""

from __future__ import annotations

import errno
import os
import re
import stat
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from uuid import uuid4

from heartbeat.errors import NotSentError, RefusedError
from heartbeat.instructions.saving import copy_metadata, kind_of, sync_folder, write_all
from heartbeat.text import as_json

MAX_BYTES = 4 << 20
"""The largest file that is read or written."""
MAX_NAME = 500
"""The most characters of a name with its folders."""
_DEVICES = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])", re.IGNORECASE)
_FORBIDDEN = re.compile(r"[\x00-\x1f\x7f\\:\u202a-\u202e\u2066-\u2069]")
_CAN_WALK = os.open in os.supports_dir_fd
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
# O_NONBLOCK: opening a pipe without a reader must not wait.
_FILE = _NO_LINK | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)


@dataclass(frozen=True)
class Place:
    """The place of a file in its folder: ``parent`` is open, or its path where the system cannot open folders.

    ``name`` is the name with its folders, for people; ``leaf`` is the last part as it is spelled on the disk;
    ``folders`` are those that it lies in, up to the root of the disk.
    """

    parent: int | Path
    name: str
    leaf: str
    folders: tuple[os.stat_result, ...]

    @contextmanager
    def opened(self, flags: int) -> Iterator[int]:
        """Open the file, which must be a regular one, and close it in the end.

        Raises:
            RefusedError: it is something else.
            OSError: it cannot be opened; FileNotFoundError where it does not exist.
        """
        try:
            descriptor = os.open(self._at(self.leaf), flags | _FILE, 0o666, dir_fd=self._dir_fd)
        except OSError as error:
            if error.errno == errno.ELOOP:
                raise _refused(self.name, "is a link", "files of the folder itself") from error
            if error.errno in (errno.ENXIO, errno.EISDIR):
                raise _refused(self.name, "is no file", "text files") from error
            raise
        try:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                raise _refused(self.name, f"is {kind_of(mode)}", "text files")
            yield descriptor
        finally:
            os.close(descriptor)

    def exists(self) -> bool:
        """Return whether anything is there, a link included."""
        try:
            self._state()
        except FileNotFoundError:
            return False
        return True

    def is_within(self, root: Path, other: Path) -> bool:
        """Return whether another path leads here or to a folder above, by a link or in another case too."""
        here = _folded(root / self.name)
        for path in (_folded(other), _folded(Path(os.path.realpath(other)))):
            if here[: len(path)] == path:
                return True
        try:
            wanted = other.stat()
        except OSError:
            return False
        above = any(os.path.samestat(each, wanted) for each in self.folders)
        return above or (self.exists() and os.path.samestat(self._state(), wanted))

    def replace(self, old: int, before: bytes, data: bytes) -> None:
        """Replace the file atomically by a new one with the owner, mode and attributes of ``old``, its descriptor.

        Other names of the old file (hard links) keep the old content.

        Raises:
            NotSentError: the file does not hold ``before`` any more.
            OSError: the new file cannot be written; the old one is unchanged.
        """
        found = os.fstat(old)
        temporary = f".{self.leaf[:60]}.{uuid4().hex}.tmp"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _FILE
        new = os.open(self._at(temporary), flags, 0o600, dir_fd=self._dir_fd)
        try:
            try:
                write_all(new, data)
                copy_metadata(new, old, found)
                os.fsync(new)
            finally:
                os.close(new)
            # Nothing can make the comparison and the replacement one step, so they are next to each other.
            if not os.path.samestat(self._state(), found) or contents(old, self.name) != before:
                raise NotSentError(f"{self.name} was saved by another program at the same time")
            os.replace(
                self._at(temporary), self._at(self.leaf), src_dir_fd=self._dir_fd, dst_dir_fd=self._dir_fd
            )
        finally:
            with suppress(FileNotFoundError):
                os.unlink(self._at(temporary), dir_fd=self._dir_fd)
        if isinstance(self.parent, int):
            os.fsync(self.parent)
        else:
            sync_folder(self.parent)

    def _state(self) -> os.stat_result:
        return os.stat(self._at(self.leaf), dir_fd=self._dir_fd, follow_symlinks=False)

    @property
    def _dir_fd(self) -> int | None:
        return self.parent if isinstance(self.parent, int) else None

    def _at(self, leaf: str) -> str:
        return leaf if isinstance(self.parent, int) else str(self.parent / leaf)


@contextmanager
def inside(root: Path, glob: str, name: str) -> Iterator[Place]:
    """Find the place of a file by its name in ``root``, a real path; the file itself need not exist.

    Raises:
        RefusedError: the name is not allowed, does not match ``glob``, or leads through a link, or ``root`` does.
        OSError: the folder cannot be read.
    """
    if Path(os.path.realpath(root)) != root:
        raise RefusedError(f"path: {root} has become a link; allowed: the folder itself")
    parts = _parts(name)
    if not matches(parts, glob):
        raise _refused(name, "is none of the files of this folder", f"names that match {glob}")
    *folders, leaf = parts
    if not _CAN_WALK:
        parent = root.joinpath(*(_spelled(_names(root), each, name) or each for each in folders))
        if not parent.is_dir() or Path(os.path.realpath(parent)) != parent:
            raise _refused(name, "leads through a link or a missing folder", "files of the folder itself")
        above = tuple(each.stat() for each in (parent, *parent.parents))
        yield Place(parent, name, _spelled(_names(parent), leaf, name) or leaf, above)
        return
    above = tuple(each.stat() for each in root.parents)
    current = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        above = (*above, os.fstat(current))
        for each in folders:
            below = _enter(current, each, name)
            os.close(current)
            current = below
            above = (*above, os.fstat(current))
        yield Place(current, name, _spelled(_names(current), leaf, name) or leaf, above)
    finally:
        os.close(current)


def contents(descriptor: int, name: str) -> bytes:
    """Return all bytes of an open file.

    Raises:
        RefusedError: it is larger than `MAX_BYTES`.
    """
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(descriptor, "rb", closefd=False) as file:
        data = file.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise _refused(name, "is too large", f"up to {MAX_BYTES >> 20} MB")
    return data


def matches(parts: Sequence[str], glob: str) -> bool:
    """Return whether the parts of a name match a pattern, in which ``**`` stands for any number of folders.

    As in a shell, only a pattern that begins with a dot matches a name that does.
    """
    return _match([_normal(part) for part in parts], _normal(glob).split("/"))


def _match(parts: Sequence[str], patterns: Sequence[str]) -> bool:
    if not patterns:
        return not parts
    first, rest = patterns[0], patterns[1:]
    if first == "**":
        if _match(parts, rest):
            return True
        return bool(parts) and not parts[0].startswith(".") and _match(parts[1:], patterns)
    if not parts or (parts[0].startswith(".") and not first.startswith(".")):
        return False
    return fnmatchcase(parts[0], first) and _match(parts[1:], rest)


def _parts(name: str) -> list[str]:
    """Return the folders and the file of a name that means the same on all systems."""
    allowed = "a name inside the folder, such as lists/todo.md"
    if not name.strip() or len(name) > MAX_NAME:
        raise _refused(name, "is no name of a file", f"{allowed}, of up to {MAX_NAME} characters")
    if _FORBIDDEN.search(name) or not _is_encodable(name):
        raise _refused(name, "holds a control character, a backslash or a colon", allowed)
    parts = name.split("/")
    if not parts[0] or ".." in parts:
        raise _refused(name, "leads outside the folder", allowed)
    for part in parts:
        if part in ("", ".") or part != part.rstrip(". ") or len(part.encode()) > 240:
            raise _refused(name, "is no name of a file", allowed)
        if _DEVICES.fullmatch(part.split(".")[0].strip()):
            raise _refused(name, "is the name of a device", allowed)
    return parts


def _enter(folder: int, part: str, name: str) -> int:
    spelled = _spelled(_names(folder), part, name)
    if spelled is None:
        raise _refused(name, f"lies in {as_json(part, 80)}, which is not there", "folders that exist")
    try:
        return os.open(spelled, os.O_RDONLY | os.O_DIRECTORY | _NO_LINK, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise _refused(name, "leads through a link or a file", "files of the folder itself") from error
        raise


def _names(folder: int | Path) -> list[str]:
    return os.listdir(folder)  # noqa: PTH208 - pathlib knows no descriptors


def _spelled(names: Sequence[str], part: str, name: str) -> str | None:
    """Return a name as the disk has it, None if it has none.

    Raises:
        RefusedError: it is there in another case: on some systems that is the same file, on others a second one.
    """
    if part in names:
        return part
    wanted = _normal(part)
    for each in names:
        if _normal(each) == wanted:
            return each
    for each in names:
        if _normal(each).casefold() == wanted.casefold():
            raise _refused(name, f"is spelled {as_json(each, 120)} there", "that spelling")
    return None


def _folded(path: Path) -> tuple[str, ...]:
    return tuple(_normal(part).casefold() for part in path.parts)


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _is_encodable(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refused(name: str, what: str, allowed: str) -> RefusedError:
    return RefusedError(f"file: {as_json(name, 120)} {what}; allowed: {allowed}")
