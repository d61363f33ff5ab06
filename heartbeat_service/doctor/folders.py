"""Check the folders of the databases: that they can be written, and the free space."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from heartbeat.private import exposed
from heartbeat.restoring import again, is_unfinished
from heartbeat.settings import Settings
from heartbeat.store.failure import FailureKind, failure_of
from heartbeat.store.place import try_folder
from heartbeat.text import sentence
from heartbeat_service.doctor.finding import Finding, ok, problem, warning

FOLDERS, DISK = "folders", "disk"
LITTLE, TOO_LITTLE = 500, 50
"""Megabytes of free space below which there is a warning, and below which writes are about to fail."""
_MEGABYTE = 1_000_000


def check_folders(settings: Settings) -> list[Finding]:
    """Write an unnamed file in each database folder, or where it will be, and check who may read it.

    A restore that was cut off is a problem too.
    """
    found: list[Finding] = []
    if is_unfinished(settings):
        said = f"A restore into {settings.home} goes on or was cut off, so nothing can be started."
        found.append(problem(FOLDERS, said, f"where it was cut off, run it again: {again(settings)}"))
    wanted = _folders(settings)
    for folder in wanted:
        place = _existing(folder)
        try:
            try_folder(place)
        except OSError as error:
            failure = failure_of(error)
            reason = (error.strerror or str(error)).lower()
            remedy = f"let this account write to {place}, or name another folder: HEARTBEAT_HOME"
            if failure is not None and failure.kind is FailureKind.FULL:
                remedy = f"free some space at {place}, or name another folder: HEARTBEAT_HOME"
            found.append(problem(FOLDERS, sentence(f"Nothing can be written to {place}: {reason}"), remedy))
    shown = exposed(settings)
    if shown is not None:
        mode = "700" if shown.is_dir() else "600"
        said = f"{shown} can be read by other accounts of this machine."
        found.append(warning(FOLDERS, said, f"as the account that owns it: chmod {mode} {shown}"))
    return found or [ok(FOLDERS, f"{_listed(wanted)} can be written to.")]


def free_megabytes(folder: Path) -> float:
    """Return the megabytes that this account may still write in a folder."""
    return shutil.disk_usage(folder).free / _MEGABYTE


def check_disk(settings: Settings, free: Callable[[Path], float] = free_megabytes) -> list[Finding]:
    """Check that the databases have room to grow."""
    least, place = min((free(place), str(place)) for place in map(_existing, _folders(settings)))
    said = sentence(f"There are {least:,.0f} MB free at {place}")
    remedy = "free some space, or move the databases to another disk and name it: HEARTBEAT_HOME"
    if least < TOO_LITTLE:
        return [problem(DISK, said, remedy)]
    if least < LITTLE:
        return [warning(DISK, said, remedy)]
    return [ok(DISK, said)]


def _folders(settings: Settings) -> list[Path]:
    paths = (settings.home, settings.database_path.parent, settings.checkpoints_path.parent)
    return list(dict.fromkeys(paths))


def _existing(folder: Path) -> Path:
    """Return the folder, or its nearest parent that exists."""
    return next(place for place in (folder, *folder.absolute().parents) if place.exists())


def _listed(folders: Iterable[Path]) -> str:
    return " and ".join(str(folder) for folder in folders)
