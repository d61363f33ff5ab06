"""What is kept from the other accounts of the machine: the folder of the databases, and the databases."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from heartbeat.settings import Settings

_OF_OTHERS = 0o077
_USUAL_NAME = ".heartbeat"
_BESIDE = ("heartbeat.db", "checkpoints.db", "instructions.lock", "prompts")
"""How names begin of what the product itself puts into HOME."""
_OF_SQLITE = ("", "-wal", "-shm", "-journal")


def make_folder(folder: Path) -> None:
    """Make a folder, where there is none, that only this account may enter; folders above it are made as usual."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_file(path: Path) -> None:
    """Make an empty file, where there is none, that only this account may read.

    SQLite gives the files beside a database the mode of the database. Where nothing can be made, whoever opens the
    file finds out why.
    """
    with suppress(OSError):
        # Never an existing one: to close it would end the locks that this process holds on it (POSIX).
        os.close(os.open(path.resolve(), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def keep_private(settings: Settings) -> None:
    """Take HOME and the databases in it away from other accounts, as far as this account may.

    A folder that holds other things than the product's keeps its mode, and so do databases outside of HOME, whose
    place was chosen by name: see `is_own`.
    """
    for path in _open_to_others(settings):
        with suppress(OSError):
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~_OF_OTHERS)


def exposed(settings: Settings) -> Path | None:
    """Return what other accounts may read or enter and should not; None where all is kept private.

    What is in a folder that nobody else may enter is private, whatever its own mode.
    """
    with suppress(OSError):
        if settings.home.stat().st_mode & _OF_OTHERS:
            return next(_open_to_others(settings), None)
    return None


def is_own(folder: Path, settings: Settings) -> bool:
    """Whether a folder is the product's alone: it has the usual name, or holds nothing else.

    Never the home of the account, the working folder, the folder of HEARTBEAT.md, or one above them; nor a folder
    that is made for many accounts, such as /tmp.
    """
    if _holds(folder, _home_of_account()) or folder.stat().st_mode & stat.S_ISVTX:
        return False
    if folder.name == _USUAL_NAME:
        return True
    if _holds(folder, Path.cwd()) or _holds(folder, settings.instructions.parent.resolve()):
        return False
    names = (*_BESIDE, settings.database_path.name, settings.checkpoints_path.name)
    return all(entry.name.startswith(names) for entry in folder.iterdir())


def _open_to_others(settings: Settings) -> Iterator[Path]:
    if os.name != "posix":
        return
    with suppress(OSError):
        folder = settings.home.resolve()
        for path in (folder, *_databases(folder, settings)):
            is_open = path.exists() and path.stat().st_mode & _OF_OTHERS
            if is_open and (path != folder or is_own(folder, settings)):
                yield path


def _databases(folder: Path, settings: Settings) -> Iterable[Path]:
    for path in (settings.database_path, settings.checkpoints_path):
        if path.parent.resolve() == folder:
            yield from (path.with_name(path.name + ending) for ending in _OF_SQLITE)


def _holds(folder: Path, other: Path | None) -> bool:
    return other is not None and other.is_relative_to(folder)


def _home_of_account() -> Path | None:
    try:
        return Path.home().resolve()
    except RuntimeError:  # an account without one
        return None
