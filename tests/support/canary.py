"""A word that no file of a workspace may hold after what it came with is forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from heartbeat.settings import Settings

CANARY = "Zaunkönig4711"
"""Holds a letter that JSON escapes, so that it stands in files in two forms."""


def files_with(settings: Settings, *more: Path) -> list[str]:
    """Return the names of the files of the databases, and of ``more``, in whose bytes the word is in any form."""
    return sorted(path.name for path in (*_databases(settings), *more) if holds_canary(path))


def holds_canary(path: Path) -> bool:
    """Return whether the bytes of a file hold the word, in UTF-8 or as JSON escapes it."""
    data = path.read_bytes()
    return any(form in data for form in (CANARY.encode(), json.dumps(CANARY)[1:-1].encode(), b"nig4711"))


def _databases(settings: Settings) -> Iterator[Path]:
    for path in (settings.database_path, settings.checkpoints_path):
        yield from path.parent.glob(f"{path.name}*")
