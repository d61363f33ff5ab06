"""Restore a backup: check and prepare it beside the workspace, then put it in place as a whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from heartbeat.backup import layout
from heartbeat.backup.files import copy_new, sync_file, sync_tree
from heartbeat.backup.manifest import Manifest, StoredFile, find_backup, read_manifest
from heartbeat.backup.own_folder import check_own, make_own, remove_own
from heartbeat.backup.place import moved_steps, place, stage_beside, text_step, undo
from heartbeat.errors import ConflictError, HeartbeatError, InvalidValueError
from heartbeat.private import make_folder
from heartbeat.restoring import Journal, Step, journal_of
from heartbeat.settings import Settings
from heartbeat.sources.marks import newest_marks
from heartbeat.store import Store
from heartbeat.store.migrate import check_known
from heartbeat.store.restored import Restored, settle_restored
from heartbeat.store.sqlite_file import is_in_use, use_wal


@dataclass(frozen=True)
class Report:
    """What a restore did.

    ``kept`` are the files and folders of the workspace that was there. ``undone`` is whether an earlier restore had
    been cut off and was undone first.
    """

    backup: Path
    manifest: Manifest
    restored: Restored
    kept: tuple[Path, ...]
    undone: bool


def _nothing(_: str) -> None:
    pass


def restore(
    settings: Settings,
    folder: Path,
    now: datetime,
    *,
    replace_old: bool = False,
    keep_marks: bool = False,
    probe: Callable[[str], None] = _nothing,
) -> Report:
    """Restore the backup in ``folder``, or the newest of those in it; nothing is changed if it cannot be.

    With ``replace_old`` a workspace that is there is kept beside the new one. With ``keep_marks`` what was new to a
    thread at the time of the backup is new to it afterwards. ``probe`` is called after each step, with its name.

    Raises:
        NotFoundError: there is no backup.
        InvalidValueError: the backup is damaged.
        SchemaTooNewError: a newer version made it.
        ConflictError: a workspace is there that is not to be replaced, or that a process has open; or a folder of
            the name under which files are prepared, which Heartbeat has not made.
        OSError: something cannot be read or written.
    """
    make_folder(settings.home)
    with _alone(settings.home):
        undone = undo(journal_of(settings))
        try:
            backup, manifest, restored, kept = _restore(
                settings, folder, now, replace_old=replace_old, keep_marks=keep_marks, probe=probe
            )
        except HeartbeatError as error:
            if undone is not None:
                there = ", and the old workspace is there again" if undone.replaces else ""
                error.args = (f"the restore that was cut off was undone{there}; {error}",)
            raise
    return Report(backup, manifest, restored, kept, undone is not None)


def _restore(
    settings: Settings,
    folder: Path,
    now: datetime,
    *,
    replace_old: bool,
    keep_marks: bool,
    probe: Callable[[str], None],
) -> tuple[Path, Manifest, Restored, tuple[Path, ...]]:
    backup = find_backup(folder)
    manifest = read_manifest(backup)
    check_known(manifest.database_schema, backup, "upgrade langgraph-heartbeat, then restore it again")
    _check_unused(settings)
    texts = _texts(settings, manifest)
    _check_place(settings, backup, texts, replace_old=replace_old)
    stages = _stages(settings)
    for stage in stages:
        check_own(stage)
    try:
        for stage in stages:
            remove_own(stage)
            make_folder(stage.parent)
            make_own(stage)
        staged = _stage(settings, backup, manifest, stages)
        probe("staged")
        for name in {layout.DATABASE, layout.CHECKPOINTS} & staged.keys():
            use_wal(staged[name])
        restored = _settle(staged[layout.DATABASE], manifest, now, keep_marks=keep_marks)
        for stage in stages:
            sync_tree(stage)
        probe("settled")
        steps = tuple(_steps(settings, backup, staged, texts, _free_mark(settings, texts, now)))
        journal = Journal(steps=steps, stages=tuple(stages))
        place(journal_of(settings), journal, lambda: _check_unused(settings), probe)
    finally:
        for stage in stages:
            remove_own(stage)
    kept = tuple(step.old for step in steps if step.old is not None)
    return backup, manifest, restored, kept


@contextmanager
def _alone(home: Path) -> Iterator[None]:
    lock = FileLock(home / "restoring.lock", timeout=0, mode=0o600)
    try:
        lock.acquire()
    except Timeout:
        raise ConflictError(f"another restore into {home} goes on; wait until it has ended") from None
    try:
        yield
    finally:
        lock.release()


def _check_unused(settings: Settings) -> None:
    for path in (settings.database_path, settings.checkpoints_path):
        if is_in_use(path):
            raise ConflictError(
                f"{path} is in use; stop heartbeat serve and whatever else has it open, then restore again"
            )


def _texts(settings: Settings, manifest: Manifest) -> dict[str, Path]:
    """Return where the owner's texts in the backup go."""
    places = layout.written(settings)
    found = {}
    for each in manifest.files:
        folder, _, file = each.name.rpartition("/")
        if each.name in places:
            found[each.name] = places[each.name]
        elif folder == layout.PROMPTS:
            found[each.name] = places[folder] / file
    return found


def _check_place(settings: Settings, backup: Path, texts: Mapping[str, Path], *, replace_old: bool) -> None:
    """Check that nothing is lost by the restore."""
    if backup.resolve().is_relative_to(settings.home.resolve()):
        raise InvalidValueError(
            "dir", f"{backup} is in {settings.home}, which is restored; move it elsewhere"
        )
    for path in texts.values():
        if path.exists() and not path.is_file():
            raise InvalidValueError("dir", f"{path} is no file; put it away, then restore again")
    there = [path for path in layout.moved(settings).values() if _holds_something(path)]
    there += [path for name, path in texts.items() if _differs(path, backup / name)]
    if there and not replace_old:
        raise ConflictError(
            f"{there[0]} is there already; restore into an empty HEARTBEAT_HOME, "
            "or with --replace, which keeps the old one beside it"
        )


def _holds_something(path: Path) -> bool:
    return any(path.iterdir()) if path.is_dir() else path.exists()


def _differs(path: Path, stored: Path) -> bool:
    return path.exists() and path.read_bytes() != stored.read_bytes()


def _stages(settings: Settings) -> list[Path]:
    """Return the folders in which files are prepared; the first is for the owner's texts."""
    home = settings.home.resolve()
    places = (home / layout.SECRETS, *layout.moved(settings).values())
    return list(dict.fromkeys(stage_beside(path) for path in places))


def _stage(settings: Settings, backup: Path, manifest: Manifest, stages: Sequence[Path]) -> dict[str, Path]:
    """Copy the backup to where it is prepared, check what was copied, and return the paths by name."""
    places = layout.moved(settings)
    texts = stages[0] / "texts"
    staged: dict[str, Path] = {}
    for each in manifest.files:
        top, _, rest = each.name.partition("/")
        if top in places:
            staged[top] = stage_beside(places[top]) / places[top].name
            copy = staged[top] / rest if rest else staged[top]
        else:
            copy = staged[each.name] = texts / each.name
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _copy(backup, each, copy)
    return staged


def _copy(backup: Path, stored: StoredFile, copy: Path) -> None:
    try:
        copy_new(backup / stored.name, copy)
    except FileNotFoundError:
        raise InvalidValueError(
            "dir", f"{backup} is damaged: {stored.name} is missing; take another backup"
        ) from None
    # What is put in place is checked, not what it was copied from.
    if StoredFile.of(stored.name, copy) != stored:
        raise InvalidValueError("dir", f"{backup} is damaged: {stored.name} has changed; take another backup")


def _settle(database: Path, manifest: Manifest, now: datetime, *, keep_marks: bool) -> Restored:
    """Migrate the prepared database, and close what was under way."""
    store = Store(database)
    try:
        restored = store.write(
            settle_restored, manifest.made_at, now, marks=None if keep_marks else newest_marks
        )
    finally:
        store.close()
    sync_file(database)
    return restored


def _free_mark(settings: Settings, texts: Mapping[str, Path], now: datetime) -> str:
    """Return what is added to the names of what is replaced, so that none of them exists."""
    mark = f".replaced-{now.astimezone(UTC):%Y-%m-%dT%H%M%SZ}"
    marks = (mark, *(f"{mark}-{number}" for number in range(2, 1_000)))
    paths = (*layout.moved(settings).values(), *texts.values())
    return next(
        each for each in marks if not any(path.with_name(path.name + each).exists() for path in paths)
    )


def _steps(
    settings: Settings, backup: Path, staged: Mapping[str, Path], texts: Mapping[str, Path], mark: str
) -> Iterator[Step]:
    places = layout.moved(settings)
    for name in (layout.SECRETS, layout.NOTES, layout.CHECKPOINTS, layout.DATABASE):
        yield from moved_steps(places[name], staged.get(name), mark)
    for name, path in texts.items():
        if not path.exists() or _differs(path, backup / name):
            yield text_step(path, staged[name], mark)
