"""Put the files of a restore in place: all of them, or none.

What is there is moved beside itself, under another name. A journal says what is moved where;
while it is there no process opens the workspace, and the next restore undoes what one that was cut off has done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import ValidationError

from heartbeat.backup.files import keep_copy, remove_tree, write_new
from heartbeat.backup.own_folder import remove_own
from heartbeat.errors import ConflictError
from heartbeat.instructions.saving import save, sync_folder
from heartbeat.private import SQLITE_SUFFIXES, make_file, make_folder
from heartbeat.restoring import STAGE, Journal, Step


def moved_steps(path: Path, new: Path | None, mark: str) -> Iterator[Step]:
    """Yield the steps that put a file or folder in place; with a database its other files are moved away too."""
    kept = path.with_name(path.name + mark)
    if new is not None or path.exists():
        yield Step(path=path, new=new, old=kept if path.exists() else None)
    for ending in SQLITE_SUFFIXES[1:]:
        other = path.with_name(path.name + ending)
        if other.is_file():
            yield Step(path=other, new=None, old=kept.with_name(kept.name + ending))


def text_step(path: Path, new: Path, mark: str) -> Step:
    """Return the step that writes one of the owner's texts."""
    return Step(
        path=path, new=new, old=path.with_name(path.name + mark) if path.exists() else None, text=True
    )


def place(path: Path, journal: Journal, check: Callable[[], None], probe: Callable[[str], None]) -> None:
    """Do the steps of a journal, which is written to ``path`` first, and deleted when all are done.

    ``check`` is called between; what it raises, or any other error, undoes them all.
    """
    try:
        for step in journal.steps:
            if step.text and step.old is not None:
                keep_copy(step.path, step.old)
        # Renamed, since half a journal could not be undone.
        part = path.with_suffix(".part")
        part.unlink(missing_ok=True)
        write_new(part, journal.model_dump_json(indent=2).encode())
        part.replace(path)
        sync_folder(path.parent)
        probe("journal")
        check()
        for number, step in enumerate(journal.steps):
            _do(step)
            probe(f"placed {number}")
    except BaseException:
        _undo_steps(journal)
        _forget(path, journal)
        raise
    _forget(path, journal)


def undo(path: Path) -> Journal | None:
    """Undo the steps of a restore that was cut off, and return them; None if there was none.

    Raises:
        ConflictError: its journal cannot be read.
    """
    try:
        journal = Journal.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        raise ConflictError(
            f"{path} is damaged, so it is not known what an earlier restore has moved; "
            "look at the files named *.replaced-* beside it, put them back, and delete it"
        ) from None
    _undo_steps(journal)
    _forget(path, journal)
    return journal


def _do(step: Step) -> None:
    if step.text:
        if step.old is None:
            make_folder(step.path.parent)
            make_file(step.path)
        if step.new is not None:
            save(step.path, step.new.read_bytes(), None)
        return
    if step.old is not None:
        step.path.rename(step.old)
    if step.new is not None:
        step.new.rename(step.path)
    sync_folder(step.path.parent)


def _undo_steps(journal: Journal) -> None:
    for step in reversed(journal.steps):
        if step.text:
            _undo_text(step)
        elif step.old is not None:
            if step.old.exists():
                _remove(step.path)
                step.old.rename(step.path)
        elif step.new is not None and not step.new.exists():
            _remove(step.path)
        if step.path.parent.is_dir():
            sync_folder(step.path.parent)


def _undo_text(step: Step) -> None:
    if step.old is None:
        # An owner who wrote a text there since keeps it.
        written = step.new.read_bytes() if step.new is not None and step.new.is_file() else b""
        if step.path.is_file() and step.path.read_bytes() in (b"", written):
            step.path.unlink()
    elif step.old.exists():
        save(step.path, step.old.read_bytes(), None)
        step.old.unlink()


def _remove(path: Path) -> None:
    if path.is_dir():
        remove_tree(path)
    else:
        path.unlink(missing_ok=True)


def _forget(path: Path, journal: Journal) -> None:
    path.unlink(missing_ok=True)
    if path.parent.is_dir():
        sync_folder(path.parent)
    for stage in journal.stages:
        remove_own(stage)


def stage_beside(path: Path) -> Path:
    """Return the folder in which what goes to ``path`` is prepared: on the same disk, so that it can be renamed."""
    return path.parent / STAGE
