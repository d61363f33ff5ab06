"""Folders that a backup or a restore makes for its work; a marker in them says that it may delete them again."""

from __future__ import annotations

from pathlib import Path

from heartbeat.backup.files import remove_tree, write_new
from heartbeat.errors import ConflictError
from heartbeat.instructions.saving import sync_folder

MARKER = ".made-by-heartbeat"
_TEXT = b"Heartbeat has made this folder for a backup or a restore, and deletes it with all that it holds.\n"


def is_own(folder: Path) -> bool:
    """Return whether a folder has the marker; a link to one does not count."""
    return not folder.is_symlink() and (folder / MARKER).is_file()


def check_own(folder: Path) -> None:
    """Check that a folder is not there, is empty, or has the marker.

    Raises:
        ConflictError: somebody else made it.
    """
    if folder.is_symlink() or (folder.exists() and not is_own(folder) and not _is_empty(folder)):
        raise ConflictError(
            f"{folder} is there, and Heartbeat has not made it; give it another name, then restore again"
        )


def make_own(folder: Path) -> None:
    """Make a folder with the marker and mode 0700; an empty one that is there is used."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    write_new(folder / MARKER, _TEXT)
    sync_folder(folder)


def remove_own(folder: Path) -> None:
    """Delete a folder that has the marker; any other stays. The marker goes last, so that it can be cut off."""
    if not is_own(folder):
        return
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            remove_tree(path)
        elif path.name != MARKER:
            path.unlink()
    release(folder)
    folder.rmdir()


def release(folder: Path) -> None:
    """Delete the marker of a folder, which stays."""
    (folder / MARKER).unlink(missing_ok=True)


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())
