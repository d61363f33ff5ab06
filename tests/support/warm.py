"""What many workspaces in one process share, so that each test need not work it out again."""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine

from heartbeat.plugins import names
from heartbeat.store import database


def share(patch: pytest.MonkeyPatch) -> None:
    """Let all engines of this process share compiled statements, and all services the list of entry points.

    A process that serves has one engine and reads the entry points once; a test run has thousands of both.
    """
    patch.setattr(database, "create_engine", _engine_with_shared_statements)
    patch.setattr(names, "entry_points", _cached_entry_points)


@cache
def _first_engine() -> Engine:
    engine = create_engine("sqlite://")
    engine.connect().close()  # the first connection tells the dialect SQLite's version
    return engine


def _engine_with_shared_statements(*arguments: Any, **options: Any) -> Engine:
    engine = create_engine(*arguments, **options)
    first = _first_engine()
    # The key of a compiled statement holds its dialect, so both are shared.
    engine.dialect, engine.pool._dialect, engine._compiled_cache = (
        first.dialect,
        first.dialect,
        first._compiled_cache,
    )
    return engine


def _cached_entry_points() -> Any:
    return _entry_points_of(tuple((folder, _changed(folder)) for folder in sys.path))


@cache
def _entry_points_of(folders: tuple[tuple[str, int], ...]) -> Any:
    """Read the metadata of all packages; ``folders`` are those on the path, with when each was changed."""
    return entry_points()


def _changed(folder: str) -> int:
    try:
        return Path(folder).stat().st_mtime_ns
    except OSError:
        return 0
