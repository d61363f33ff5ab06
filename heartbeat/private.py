"""File permissions that keep the databases and their folder private to the account."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from heartbeat.settings import Settings

_OTHERS_MASK = 0o077
_DEFAULT_NAME = ".heartbeat"
_OWN_PREFIXES = (
    "address",
    "heartbeat.db",
    "checkpoints.db",
    "instructions.lock",
    "notes",
    "prompts",
    ".heartbeat-restoring",
    "restoring.",
    "secrets",
    "token",
)
"""Prefixes of the names that Heartbeat itself creates in HOME."""
SQLITE_SUFFIXES = ("", "-wal", "-shm", "-journal")
"""What SQLite adds to the name of a database for its other files."""


def make_folder(folder: Path) -> None:
    """Create a folder with mode 0700 if it does not exist; parent folders get the default mode."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_file(path: Path) -> None:
    """Create an empty file with mode 0600 if it does not exist.

    SQLite gives its -wal, -shm and -journal files the mode of the database. Errors are ignored here; they
    reappear with a message when the file is opened.
    """
    with suppress(OSError):
        # O_EXCL: closing an existing file would release the POSIX locks that this process holds on it.
        os.close(os.open(path.resolve(), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def keep_private(settings: Settings) -> None:
    """Remove the permissions of other accounts from HOME and the databases in it; errors are ignored.

    A folder that also holds other things keeps its mode (see `is_own`), and so do databases outside of HOME, whose
    location was configured explicitly.
    """
    for path in _exposed_paths(settings):
        with suppress(OSError):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OTHERS_MASK)


def exposed(settings: Settings) -> Path | None:
    """Return the first path that other accounts can access and should not, or None.

    Nothing is exposed inside a folder that other accounts cannot enter, whatever its own mode.
    """
    with suppress(OSError):
        if settings.home.stat().st_mode & _OTHERS_MASK:
            return next(_exposed_paths(settings), None)
    return None


def is_own(folder: Path, settings: Settings) -> bool:
    """Return whether a folder belongs to Heartbeat alone: it has the default name or holds nothing else.

    The account's home, its parents and folders with the sticky bit (such as /tmp) never do. Without the default
    name, neither do the working folder, the folder of HEARTBEAT.md and their parents.
    """
    if _contains(folder, _home_of_account()) or folder.stat().st_mode & stat.S_ISVTX:
        return False
    if folder.name == _DEFAULT_NAME:
        return True
    if _contains(folder, Path.cwd()) or _contains(folder, settings.instructions.parent.resolve()):
        return False
    names = (*_OWN_PREFIXES, settings.database_path.name, settings.checkpoints_path.name)
    return all(entry.name.startswith(names) for entry in folder.iterdir())


def _exposed_paths(settings: Settings) -> Iterator[Path]:
    if os.name != "posix":
        return
    with suppress(OSError):
        folder = settings.home.resolve()
        for path in (folder, *_databases(folder, settings)):
            is_open = path.exists() and path.stat().st_mode & _OTHERS_MASK
            if is_open and (path != folder or is_own(folder, settings)):
                yield path


def _databases(folder: Path, settings: Settings) -> Iterable[Path]:
    for path in (settings.database_path, settings.checkpoints_path):
        if path.parent.resolve() == folder:
            yield from (path.with_name(path.name + ending) for ending in SQLITE_SUFFIXES)


def _contains(folder: Path, other: Path | None) -> bool:
    return other is not None and other.is_relative_to(folder)


def _home_of_account() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:  # the account has no home folder
        return None
