"""An empty database of this version, migrated once a process and copied for each test."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from heartbeat.private import make_folder
from heartbeat.store import Store


@cache
def migrated() -> bytes:
    """Return the bytes of an empty database that all migrations have run on."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "heartbeat.db"
        Store(path).close()
        return path.read_bytes()


def lay(path: Path) -> Path:
    """Copy the migrated database to ``path``, unless a database is there already."""
    if not path.exists():
        make_folder(path.parent)
        path.write_bytes(migrated())
    return path
