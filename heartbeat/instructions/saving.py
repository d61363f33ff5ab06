"""Crash-safe replacement of the content of a file, atomically or in place.

A file is replaced atomically by renaming a new one. Where that would break a hard link, lose owner or attributes, or
is impossible (a mount point, a folder without write permission), the content is overwritten in place. A journal then
holds the old and new content, so that the next reader can complete an interrupted save.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import stat
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

_FATAL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG})
"""Errors of the atomic replacement that would occur in place too."""
_MAX_OLD_SIZE = 1 << 20
"""Maximum bytes of a file that is overwritten in place; far above the limit for instructions."""

logger = logging.getLogger("heartbeat")


def save(path: Path, data: bytes, journal: Path | None) -> None:
    """Replace the content of the file that ``path`` resolves to; links, owner, mode and attributes are kept.

    ``journal`` is the path of the journal for writing in place; None writes without one.

    Raises:
        OSError: the file cannot be written; its content is unchanged.
    """
    target = Path(os.path.realpath(path))
    try:
        found = target.stat()
    except FileNotFoundError:
        _write_atomically(target, data, None)
        return
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, f"it is not a file but {kind_of(found.st_mode)}")
    if not stat.S_IMODE(found.st_mode) & 0o222:
        # Folder permissions or root privileges would allow it, but a read-only file is not overwritten.
        raise PermissionError(errno.EACCES, "it is read-only")
    with target.open("r+b", buffering=0):
        pass
    if found.st_nlink == 1 and _try_replace(target, data, found):
        return
    _write_in_place(target, data, journal)


def finish(journal: Path) -> None:
    """Complete the save of a journal, if it exists and the save was interrupted, and delete the journal.

    Raises:
        OSError: the save cannot be completed; the journal is kept.
    """
    try:
        head, _, texts = journal.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return
    try:
        header = json.loads(head)
        target, length = Path(header["path"]), int(header["old"])
    except (ValueError, TypeError, KeyError):
        # The journal is foreign or damaged; it is kept so that a lost text can be recovered by hand.
        kept = journal.with_suffix(".damaged")
        journal.replace(kept)
        message = "the record of a save cannot be read; it is kept as %s"
        logger.warning(message, kept, extra={"action": "save_unreadable"})
        return
    old, new = texts[:length], texts[length:]
    with suppress(FileNotFoundError):
        if stat.S_ISREG(target.stat().st_mode) and _is_torn(target.read_bytes(), old, new):
            with target.open("r+b", buffering=0) as file:
                _overwrite(file.fileno(), new)
            message = "a save of %s was cut off, and has been finished"
            logger.warning(message, target, extra={"action": "save_finished"})
    journal.unlink(missing_ok=True)


def kind_of(mode: int) -> str:
    """Return words for the type of a path that is not a regular file."""
    return "a folder" if stat.S_ISDIR(mode) else "a device, a pipe or a socket"


def _try_replace(target: Path, data: bytes, found: os.stat_result) -> bool:
    """Replace the file atomically and return whether that was possible with owner, mode and attributes."""
    try:
        _write_atomically(target, data, found)
    except OSError as error:
        if error.errno in _FATAL_ERRNOS:
            raise
        return False
    return True


def _write_atomically(target: Path, data: bytes, found: os.stat_result | None, mode: int = 0o666) -> None:
    temporary = target.with_name(f".{target.name}.{uuid4().hex}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    # It stays private until it has the mode of the old file.
    descriptor = os.open(temporary, flags, 0o600 if found else mode)
    try:
        try:
            write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if found:
            copy_metadata(temporary, target, found)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(target.parent)


def copy_metadata(new: Path | int, old: Path | int, found: os.stat_result) -> None:
    """Copy owner, mode and extended attributes (including ACLs) of the old file to the new one.

    Both are paths or descriptors; ``found`` is the state of the old one.
    """
    created = os.stat(new)  # noqa: PTH116 - pathlib knows no descriptors
    if hasattr(os, "chown") and (created.st_uid, created.st_gid) != (found.st_uid, found.st_gid):
        os.chown(new, found.st_uid, found.st_gid)
    os.chmod(new, stat.S_IMODE(found.st_mode))  # noqa: PTH101 - see above
    if hasattr(os, "listxattr"):
        has = _attributes(new)
        for name, value in _attributes(old).items():
            if has.get(name) != value:
                os.setxattr(new, name, value)


def _attributes(path: Path | int) -> dict[str, bytes]:
    try:
        return {name: os.getxattr(path, name) for name in os.listxattr(path)}
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return {}
        raise


def _write_in_place(target: Path, data: bytes, journal: Path | None) -> None:
    with target.open("r+b", buffering=0) as file:
        old = file.read(_MAX_OLD_SIZE + 1)
        if len(old) > _MAX_OLD_SIZE:
            raise OSError(errno.EFBIG, "what it holds is too large to be kept meanwhile")
        if journal:
            head = json.dumps({"path": str(target), "old": len(old)}).encode()
            _write_atomically(journal, b"\n".join([head, old + data]), None, mode=0o600)
        try:
            _overwrite(file.fileno(), data)
        except OSError:
            # If this fails too, the journal is kept, and the save is completed once there is room again.
            _overwrite(file.fileno(), old)
            _drop(journal)
            raise
    _drop(journal)


def _drop(journal: Path | None) -> None:
    if journal:
        journal.unlink(missing_ok=True)


def _overwrite(descriptor: int, data: bytes) -> None:
    # Not truncated first, so that an interrupted write leaves new bytes followed by the old rest.
    os.lseek(descriptor, 0, os.SEEK_SET)
    write_all(descriptor, data)
    os.ftruncate(descriptor, len(data))
    os.fsync(descriptor)


def write_all(descriptor: int, data: bytes) -> None:
    """Write all bytes to a descriptor, in as many calls as that takes."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _is_torn(found: bytes, old: bytes, new: bytes) -> bool:
    """Return whether the content is that of an interrupted save: empty, or bytes of the old and new content and NUL.

    Any other content was written by somebody else since, and is kept.
    """
    if found in (old, new):
        return False
    if len(found) not in (0, len(old), len(new)):
        return False
    pairs = zip(found, old.ljust(len(found), b"\0"), new.ljust(len(found), b"\0"), strict=False)
    return all(byte in (before, after, 0) for byte, before, after in pairs)


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder last through a power failure."""
    # Without fsync, the rename may be lost in a power failure. Windows cannot open folders and does not need it.
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
