"""What many workspaces in one process share, so that each test need not work it out again."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from functools import cache
from importlib.metadata import EntryPoints, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Engine, create_engine

from heartbeat import store
from heartbeat.plugins import names
from heartbeat.store import database
from heartbeat.store.migrate import migrate
from tests.support.database import migrated

if TYPE_CHECKING:
    from fastapi import FastAPI


def share(patch: pytest.MonkeyPatch) -> None:
    """Let engines share compiled statements, services the list of entry points, and apps what their calls expect.

    A process that serves has one engine and one app, and reads the entry points once; a test run has thousands. A
    store whose file is not there begins with a copy of an empty database on which all migrations ran once.
    """
    patch.setattr(store, "migrate", _migrate_a_copy)
    patch.setattr(database, "create_engine", _engine_with_shared_statements)
    patch.setattr(names, "entry_points", _cached_entry_points)
    app = sys.modules.get("heartbeat_service.http.app")
    if app is not None:  # no test has it that did not import it; importing it here would take a second
        patch.setattr(app, "bare_app", _with_shared_routes(app.bare_app))


def _migrate_a_copy(engine: Engine, path: Path) -> None:
    if not path.stat().st_size:
        path.write_bytes(migrated())
    migrate(engine, path)


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


def _with_shared_routes(bare_app: Callable[[], FastAPI]) -> Callable[[], FastAPI]:
    first = cache(bare_app)

    def made() -> FastAPI:
        app = bare_app()
        # FastAPI works out parameters and answers of all calls at an app's first request, and keeps them here.
        app.router.routes[:] = first().router.routes
        return app

    return made


def _cached_entry_points() -> EntryPoints:
    return _entry_points_of(tuple((folder, _changed(folder)) for folder in sys.path))


@cache
def _entry_points_of(folders: tuple[tuple[str, int], ...]) -> EntryPoints:
    """Read the plug-ins in the metadata of all packages; ``folders`` are the path, with when each was changed.

    Entry points of other groups are left out: to look through some two hundred takes longer than to open a store.
    """
    every = entry_points()
    return EntryPoints(entry for group in names.GROUPS for entry in every.select(group=group))


def _changed(folder: str) -> int:
    try:
        return os.stat(folder).st_mtime_ns  # noqa: PTH116 - ten a workspace, and a Path costs more than the call
    except OSError:
        return 0
