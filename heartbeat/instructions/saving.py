"""Bytes put into a file: by a new file in its place, or, where that would change what the file is, into it.

A new file is all there or not there at all. It would cut a hard link, take the file from its owner, or fail where the
name is a mount point or the folder is not to be written; there the bytes go into the file as it is. A journal holds
both texts meanwhile, so that a save that was cut off is finished by whoever looks next.
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

_FINAL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG})
"""Errors of the folder that would meet the file, too."""
_LARGEST_OLD = 1 << 20
"""Bytes of a file that is written into; far beyond what is read as instructions."""

logger = logging.getLogger("heartbeat")


def save(path: Path, data: bytes, journal: Path | None) -> None:
    """Put the bytes into the file that ``path`` leads to; links stay links, and owner, mode and attributes stay.

    ``journal`` is where both texts are kept while the bytes are written into the file; none are kept without.

    Raises:
        OSError: it cannot be written; the file is as it was.
    """
    target = Path(os.path.realpath(path))
    try:
        found = target.stat()
    except FileNotFoundError:
        _put_new(target, data, None)
        return
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, f"it is not a file but {kind_of(found.st_mode)}")
    if not stat.S_IMODE(found.st_mode) & 0o222:
        # Neither the folder's permission nor that of root is a reason to overwrite what is locked.
        raise PermissionError(errno.EACCES, "it is read-only")
    with target.open("r+b", buffering=0):
        pass
    if found.st_nlink == 1 and _is_replaced(target, data, found):
        return
    _write_into(target, data, journal)


def finish(journal: Path) -> None:
    """Finish the save that this journal tells of, if it was cut off half-way; a file that is whole stays as it is.

    Raises:
        OSError: it cannot be finished; the journal stays.
    """
    try:
        head, _, texts = journal.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return
    try:
        told = json.loads(head)
        target, length = Path(told["path"]), int(told["old"])
    except (ValueError, TypeError, KeyError):
        # Written by nobody here, or damaged with the disk; it is kept for who looks for a lost text.
        kept = journal.with_suffix(".damaged")
        journal.replace(kept)
        said = "the record of a save cannot be read; it is kept as %s"
        logger.warning(said, kept, extra={"action": "save_unreadable"})
        return
    old, new = texts[:length], texts[length:]
    with suppress(FileNotFoundError):
        if stat.S_ISREG(target.stat().st_mode) and _is_torn(target.read_bytes(), old, new):
            with target.open("r+b", buffering=0) as file:
                _overwrite(file.fileno(), new)
            said = "a save of %s was cut off, and has been finished"
            logger.warning(said, target, extra={"action": "save_finished"})
    journal.unlink(missing_ok=True)


def kind_of(mode: int) -> str:
    """Return what a thing that is no file is, as words of a sentence."""
    return "a folder" if stat.S_ISDIR(mode) else "a device, a pipe or a socket"


def _is_replaced(target: Path, data: bytes, found: os.stat_result) -> bool:
    """Whether a new file with all that the old one had could be put in its place."""
    try:
        _put_new(target, data, found)
    except OSError as error:
        if error.errno in _FINAL:
            raise
        return False
    return True


def _put_new(target: Path, data: bytes, found: os.stat_result | None, mode: int = 0o666) -> None:
    neighbour = target.with_name(f".{target.name}.{uuid4().hex}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    # Until it has the mode of the old one, nobody else may read it.
    descriptor = os.open(neighbour, flags, 0o600 if found else mode)
    try:
        try:
            _write(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if found:
            _keep(neighbour, target, found)
        neighbour.replace(target)
    finally:
        neighbour.unlink(missing_ok=True)
    _sync_folder(target.parent)


def _keep(new: Path, old: Path, found: os.stat_result) -> None:
    """Give the new file the owner, mode and extended attributes (access lists among them) of the old one."""
    made = new.stat()
    if hasattr(os, "chown") and (made.st_uid, made.st_gid) != (found.st_uid, found.st_gid):
        os.chown(new, found.st_uid, found.st_gid)
    new.chmod(stat.S_IMODE(found.st_mode))
    if hasattr(os, "listxattr"):
        has = _attributes(new)
        for name, value in _attributes(old).items():
            if has.get(name) != value:
                os.setxattr(new, name, value)


def _attributes(path: Path) -> dict[str, bytes]:
    try:
        return {name: os.getxattr(path, name) for name in os.listxattr(path)}
    except OSError as error:
        if error.errno == errno.ENOTSUP:
            return {}
        raise


def _write_into(target: Path, data: bytes, journal: Path | None) -> None:
    with target.open("r+b", buffering=0) as file:
        old = file.read(_LARGEST_OLD + 1)
        if len(old) > _LARGEST_OLD:
            raise OSError(errno.EFBIG, "what it holds is too large to be kept meanwhile")
        if journal:
            head = json.dumps({"path": str(target), "old": len(old)}).encode()
            _put_new(journal, b"\n".join([head, old + data]), None, mode=0o600)
        try:
            _overwrite(file.fileno(), data)
        except OSError:
            # Where this fails too, the journal stays, and the save is finished when there is room again.
            _overwrite(file.fileno(), old)
            _drop(journal)
            raise
    _drop(journal)


def _drop(journal: Path | None) -> None:
    if journal:
        journal.unlink(missing_ok=True)


def _overwrite(descriptor: int, data: bytes) -> None:
    # Not emptied first: what was cut off then begins with the new text, and has all of the old one after it.
    os.lseek(descriptor, 0, os.SEEK_SET)
    _write(descriptor, data)
    os.ftruncate(descriptor, len(data))
    os.fsync(descriptor)


def _write(descriptor: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _is_torn(found: bytes, old: bytes, new: bytes) -> bool:
    """Whether a file holds what a save that was cut off leaves: nothing, or parts of both texts and of neither.

    What somebody has written since is none of these, and is left alone.
    """
    if found in (old, new):
        return False
    if len(found) not in (0, len(old), len(new)):
        return False
    pairs = zip(found, old.ljust(len(found), b"\0"), new.ljust(len(found), b"\0"), strict=False)
    return all(byte in (before, after, 0) for byte, before, after in pairs)


def _sync_folder(folder: Path) -> None:
    # Without this a power cut may bring the old name back; Windows cannot open folders and needs no such thing.
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
