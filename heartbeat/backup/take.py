"""Take a backup of a workspace that may be in use."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

import heartbeat
from heartbeat.backup import layout
from heartbeat.backup.files import copy_new, sync_file, sync_tree, write_new
from heartbeat.backup.manifest import NAME, Manifest, StoredFile, format_of
from heartbeat.backup.own_folder import MARKER, make_own, release, remove_own
from heartbeat.errors import ConflictError, InvalidValueError, NotFoundError
from heartbeat.instructions import read_stored
from heartbeat.instructions.saving import sync_folder
from heartbeat.private import make_folder
from heartbeat.restoring import refuse_unfinished
from heartbeat.settings import Settings
from heartbeat.store.sqlite_file import copy_database, revision_of

_UNFINISHED = ".unfinished-"
_LOCK = ".backup.lock"
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True)
class Backup:
    """A backup that was taken: its folder and its manifest."""

    path: Path
    manifest: Manifest


def _nothing(_: str) -> None:
    pass


def take(
    settings: Settings,
    folder: Path,
    clock: Callable[[], datetime],
    *,
    probe: Callable[[str], None] = _nothing,
) -> Backup:
    """Copy the workspace to a new folder in ``folder``, named by the time of its start.

    It is there as a whole or not at all. What an earlier backup that was cut off has left, and marked as its own, is
    deleted first. ``probe`` is called after each step, with its name.

    Raises:
        NotFoundError: there is no workspace.
        InvalidValueError: ``folder`` is no folder, or in HOME; or this account may not read HOME.
        ConflictError: another backup is being made there, or a restore was cut off.
        OSError: the disk is full, or something cannot be read or written.
        sqlite3.Error: a database cannot be read, is damaged, or stays locked.
    """
    refuse_unfinished(settings)
    _check_workspace(settings.database_path)
    _check_folder(settings, folder)
    with _named(folder), _alone(folder):
        for remains in folder.glob(f"{_UNFINISHED}*"):
            remove_own(remains)
        name = _free_name(folder, clock())
        unfinished = folder / f"{_UNFINISHED}{name}"
        try:
            make_own(unfinished)
            probe("begun")
            manifest = _fill(settings, unfinished, clock, probe)
            sync_tree(unfinished)
            probe("synced")
            unfinished.rename(folder / name)
        except BaseException:
            with suppress(OSError):
                remove_own(unfinished)
            raise
        sync_folder(folder)
        release(folder / name)
        sync_folder(folder / name)
    return Backup(folder / name, manifest)


def _check_workspace(database: Path) -> None:
    try:
        found = database.is_file()
    except PermissionError:
        said = f"this account may not read {database}; make the backup as the account that Heartbeat runs as"
        raise InvalidValueError("home", said) from None
    if not found:
        said = f"there is no workspace here: no {database}; go to its folder, or set HEARTBEAT_HOME"
        raise NotFoundError(said)


def _check_folder(settings: Settings, folder: Path) -> None:
    if folder.resolve().is_relative_to(settings.home.resolve()):
        raise InvalidValueError(
            "dir", f"{folder} is in {settings.home}, which is backed up; allowed: a folder outside of it"
        )
    try:
        make_folder(folder)
    except (FileExistsError, NotADirectoryError):
        raise InvalidValueError(
            "dir", f"{folder} is no folder; allowed: a folder, which is made if needed"
        ) from None


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other processes from making a backup in the same folder; a process that dies ends that."""
    lock = FileLock(folder / _LOCK, timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise ConflictError(f"another backup is being made in {folder}; wait until it has ended") from None
    try:
        yield
    finally:
        lock.release()


@contextmanager
def _named(folder: Path) -> Iterator[None]:
    """Let the error of a full disk, and others that name no file, name the folder."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL or (error.filename is None and error.errno is not None):
            raise OSError(error.errno, os.strerror(error.errno), str(folder)) from error
        raise


def _free_name(folder: Path, now: datetime) -> str:
    name = f"{now.astimezone(UTC):%Y-%m-%dT%H%M%SZ}"
    names = (name, *(f"{name}-{number}" for number in range(2, 1_000)))
    return next(
        each for each in names if not any((folder / f"{mark}{each}").exists() for mark in ("", _UNFINISHED))
    )


def _fill(
    settings: Settings, folder: Path, clock: Callable[[], datetime], probe: Callable[[str], None]
) -> Manifest:
    # The database is copied after all that it says more about. A checkpoint that is older than its beat's row counts
    # less than the row; a newer one would count more, with marks of posts that the database does not have. Notes are
    # looked for only while they are on their way, which nothing is after a restore.
    _copy_texts(settings, folder)
    probe("texts")
    _copy_folder(settings.home / layout.NOTES, folder, layout.NOTES)
    if settings.checkpoints_path.is_file():
        copy_database(settings.checkpoints_path, folder / layout.CHECKPOINTS)
        sync_file(folder / layout.CHECKPOINTS)
    probe("checkpoints")
    # A row names its secrets by a file of its own version, which is made before the row and deleted after it: what
    # the copied rows name was there before or is there afterwards.
    _copy_folder(settings.home / layout.SECRETS, folder, layout.SECRETS)
    # Not earlier: what a restore says of "since the backup" is said of rows that were there.
    made_at = clock()
    copy_database(settings.database_path, folder / layout.DATABASE)
    sync_file(folder / layout.DATABASE)
    probe("database")
    _copy_folder(settings.home / layout.SECRETS, folder, layout.SECRETS)
    revision = revision_of(folder / layout.DATABASE)
    if revision is None:
        raise NotFoundError(f"{settings.database_path} holds no workspace; make one with: heartbeat init")
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    names.remove(MARKER)
    manifest = Manifest(
        format=format_of(names),
        made_at=made_at,
        heartbeat=heartbeat.__version__,
        database_schema=revision,
        files=tuple(StoredFile.of(name, folder / name) for name in names),
    )
    write_new(folder / NAME, manifest.model_dump_json(indent=2).encode())
    probe("manifest")
    return manifest


def _copy_texts(settings: Settings, folder: Path) -> None:
    places = layout.written(settings)
    for name in (layout.INSTRUCTIONS, layout.PLAN):
        text = read_stored(places[name], settings.home)
        if text is not None:
            write_new(folder / name, text)
    if settings.connections_path.is_file():
        copy_new(settings.connections_path, folder / layout.CONNECTIONS)
    _copy_folder(settings.prompts_path, folder, layout.PROMPTS)


def _copy_folder(source: Path, folder: Path, kind: str) -> None:
    """Copy the files of a folder that are not in the backup yet; one that is deleted meanwhile is left out."""
    for path in layout.files_in(source, kind):
        copy = folder / kind / path.name
        if copy.exists():
            continue
        copy.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            copy_new(path, copy)
        except FileNotFoundError:
            copy.unlink(missing_ok=True)
