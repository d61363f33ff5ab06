"""Delete what is not kept from both databases, and give the free pages of their files back to the disk."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from checkpoints import GroupCommitSaver, open_saver
from heartbeat.errors import NotFoundError
from heartbeat.settings import Settings
from heartbeat.store import Store, timer
from heartbeat.store.database import BUSY_TIMEOUT
from heartbeat.store.retention import Kept, Rows, bites
from heartbeat.store.sqlite_file import is_in_use


@dataclass(frozen=True)
class File:
    """A database file: its size in bytes before and after, with its log, and whether it was in use."""

    path: Path
    before: int
    after: int
    in_use: bool


@dataclass(frozen=True)
class Compacted:
    """How many rows were deleted, and what became of the files.

    ``silent_since`` is when the workspace was last alive, where that is so long ago that the clock may be wrong; no
    row of the database was deleted then.
    """

    checkpoints: int
    rows: Mapping[Rows, int]
    files: tuple[File, ...]
    silent_since: datetime | None = None

    @property
    def freed(self) -> int:
        """The bytes that were given back."""
        return sum(each.before - each.after for each in self.files)


def compact(settings: Settings, clock: Callable[[], datetime], *, trusts_clock: bool = False) -> Compacted:
    """Delete what is not kept, in steps that hold no lock for long, and shrink the files that nobody else uses.

    A file that is in use keeps its free pages, which are filled again: to shrink it would hold its lock for as long
    as it takes to copy the file. Where the clock may be wrong, as `timer.silent_since` tells, only checkpoints are
    deleted, and no row of the database unless ``trusts_clock``.

    Raises:
        NotFoundError: there is no workspace yet.
        SchemaTooNewError: the database was written by a newer version.
        sqlite3.Error: a file cannot be read or written, or the disk has no room for a copy of it.
    """
    paths = [settings.database_path, settings.checkpoints_path]
    if not settings.database_path.exists():
        said = f"no {settings.database_path}; go to its folder, or set HEARTBEAT_HOME"
        raise NotFoundError(f"there is no workspace here: {said}")
    before = {path: _size(path) for path in paths}
    store = Store.from_settings(settings)
    try:
        rows = dict.fromkeys(Rows, 0)
        silent = None if trusts_clock else store.read(timer.silent_since, clock())
        for bite in () if silent is not None else bites(store, Kept.of(settings), clock, time.perf_counter):
            rows[bite.rows] += bite.number
    finally:
        store.close()
    with open_saver(settings.checkpoints_path) as saver:
        checkpoints = prune(saver, settings.checkpoints_kept)
    files = tuple(_shrunk(path, before[path]) for path in paths)
    return Compacted(checkpoints, rows, files, silent)


def prune(saver: GroupCommitSaver, kept: int) -> int:
    """Delete the checkpoints of all but the last ``kept`` runs of each thread; return how many."""
    number, after = 0, ""
    while True:
        piece = saver.over(kept, after=after)
        for thread_id in piece.over:
            while removed := saver.prune_runs(thread_id, kept):
                number += removed
        if piece.last is None:
            return number
        after = piece.last


def _shrunk(path: Path, before: int) -> File:
    in_use = is_in_use(path)
    if not in_use:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None)) as connection:
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return File(path, before, _size(path), in_use)


def _size(path: Path) -> int:
    parts = (path, path.with_name(path.name + "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())
