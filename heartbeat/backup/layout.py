"""Which files of a workspace are in a backup, and under which names.

Left out are the token of the HTTP API, which a restored workspace makes anew, caches, logs, locks, the journal of an
unfinished save (which is finished first), what connections lead to, and the files and variables that
connections.toml names.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from heartbeat.plan.shipped import SUFFIX, shipped_path
from heartbeat.settings import Settings

DATABASE, CHECKPOINTS = "heartbeat.db", "checkpoints.db"
INSTRUCTIONS, CONNECTIONS = "HEARTBEAT.md", "connections.toml"
PLAN = f"HEARTBEAT{SUFFIX}"
SECRETS, NOTES, PROMPTS = "secrets", "notes", "prompts"
_FOLDERS = {SECRETS: "*.json", NOTES: "*.jsonl", PROMPTS: "*.txt"}
"""Folders in a backup, and which files are in them."""
_FILES = frozenset({DATABASE, CHECKPOINTS, INSTRUCTIONS, PLAN, CONNECTIONS})


def moved(settings: Settings) -> dict[str, Path]:
    """Return where the files and folders go that only Heartbeat writes, with links resolved."""
    home = settings.home
    return {
        name: Path(os.path.realpath(path))
        for name, path in {
            DATABASE: settings.database_path,
            CHECKPOINTS: settings.checkpoints_path,
            SECRETS: home / SECRETS,
            NOTES: home / NOTES,
        }.items()
    }


def written(settings: Settings) -> dict[str, Path]:
    """Return where the owner's own texts go, by name; of the prompts the folder."""
    return {
        INSTRUCTIONS: settings.instructions,
        PLAN: shipped_path(settings.instructions),
        CONNECTIONS: settings.connections_path,
        PROMPTS: settings.prompts_path,
    }


def files_in(folder: Path, kind: str) -> Iterator[Path]:
    """Yield the files of a folder, of the kind `SECRETS`, `NOTES` or `PROMPTS`, that belong to a backup."""
    yield from sorted(path for path in folder.glob(_FOLDERS[kind]) if path.is_file())


def is_named_well(name: str) -> bool:
    """Return whether a backup may hold a file of this name, a path with ``/`` inside the backup."""
    folder, slash, file = name.rpartition("/")
    if not slash:
        return name in _FILES
    return (
        folder in _FOLDERS and bool(file) and file[0] != "." and Path(file).name == file and "\\" not in file
    )
