"""A restore that goes on, or was cut off: until it has ended, nothing may be started on its workspace."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from heartbeat.errors import ConflictError
from heartbeat.settings import Settings

STAGE = ".heartbeat-restoring"
"""The name of the folders in which a restore prepares its files, each beside where they go."""


class Step(BaseModel):
    """One file or folder: ``path`` is where it goes, ``new`` where it was prepared, None if there is to be none.

    ``old`` is where that which is there is kept, None if nothing is there. A ``text`` is overwritten, so that links
    and mounts stay; all else is renamed.
    """

    model_config = ConfigDict(frozen=True)

    path: Path
    new: Path | None
    old: Path | None
    text: bool = False


class Journal(BaseModel):
    """The steps of one restore, and the folders in which its files were prepared."""

    model_config = ConfigDict(frozen=True)

    steps: tuple[Step, ...]
    stages: tuple[Path, ...]

    @property
    def replaces(self) -> bool:
        """Whether something was there that the restore keeps beside what it restores."""
        return any(step.old is not None for step in self.steps)


def journal_of(settings: Settings) -> Path:
    """Return the path of the file that is there while a restore puts its files in place."""
    return settings.home / "restoring.json"


def is_unfinished(settings: Settings) -> bool:
    """Return whether a restore is under way or was cut off."""
    try:
        return journal_of(settings).exists()
    except PermissionError:
        return False  # who may not look there cannot open the database either, which says so


def again(settings: Settings) -> str:
    """Return the command that does a restore again which was cut off."""
    try:
        replaces = Journal.model_validate_json(journal_of(settings).read_bytes()).replaces
    except (OSError, ValidationError):
        replaces = (
            False  # it has ended meanwhile, or the restore that is run again says what is wrong with it
        )
    return "heartbeat restore DIR --replace" if replaces else "heartbeat restore DIR"


def refuse_unfinished(settings: Settings) -> None:
    """Check that no restore is under way.

    Raises:
        ConflictError: one is, or was cut off, so that the files there are partly old and partly new.
    """
    if is_unfinished(settings):
        raise ConflictError(
            f"a restore into {settings.home} goes on or was cut off; "
            f"where it was cut off, run it again: {again(settings)}"
        )
