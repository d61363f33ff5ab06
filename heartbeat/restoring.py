"""A restore that goes on, or was cut off: until it has ended, nothing may be started on its workspace."""

from __future__ import annotations

from pathlib import Path

from heartbeat.errors import ConflictError
from heartbeat.settings import Settings

STAGE = ".heartbeat-restoring"
"""The name of the folders in which a restore prepares its files, each beside where they go."""


def journal_of(settings: Settings) -> Path:
    """Return the path of the file that is there while a restore puts its files in place."""
    return settings.home / "restoring.json"


def is_unfinished(settings: Settings) -> bool:
    """Return whether a restore is under way or was cut off."""
    try:
        return journal_of(settings).exists()
    except PermissionError:
        return False  # who may not look there cannot open the database either, which says so


def refuse_unfinished(settings: Settings) -> None:
    """Check that no restore is under way.

    Raises:
        ConflictError: one is, or was cut off, so that the files there are partly old and partly new.
    """
    if is_unfinished(settings):
        raise ConflictError(
            f"a restore into {settings.home} goes on or was cut off; "
            "where it was cut off, run it again: heartbeat restore DIR"
        )
