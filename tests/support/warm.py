"""What many workspaces in one process share, so that each test need not work it out again."""

from __future__ import annotations

import os
import sqlite3
import ssl
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import EntryPoints, entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from httpx._transports import default as transports
from sqlalchemy import Engine, create_engine

from heartbeat import store
from heartbeat.plugins import names
from heartbeat.store import database
from heartbeat.store.migrate import migrate
from tests.support.database import migrated

if TYPE_CHECKING:
    from fastapi import FastAPI
    from langgraph.types import Checkpointer

    from graph.heartbeat import HeartbeatGraph


_NO_DISK = "PRAGMA synchronous=OFF"


def share(patch: pytest.MonkeyPatch) -> None:
    """Let engines share compiled statements, clients certificates, services the list of entry points, and apps calls.

    A process that serves has one engine, one app and one graph, and reads the entry points once; one of a command has
    one command line. A test run has thousands. A store whose file is not there begins with a copy of an empty
    database on which all migrations ran once, and no commit waits for the disk.
    """
    patch.setattr(store, "migrate", _migrate_a_copy)
    patch.setattr(database, "create_engine", _engine_with_shared_statements)
    patch.setattr(names, "entry_points", _cached_entry_points)
    patch.setattr(transports, "create_ssl_context", _shared_certificates)
    checkpoints = sys.modules.get("checkpoints.opening")
    if checkpoints is not None:
        patch.setattr(checkpoints, "_PRAGMAS", (*checkpoints._PRAGMAS, _NO_DISK))
    app = sys.modules.get("heartbeat_service.http.app")
    if app is not None:  # no test has it that did not import it; importing it here would take a second
        patch.setattr(app, "bare_app", _with_shared_routes(app.bare_app))
        patch.setattr(app.description, "get_openapi", _described_once(app.description.get_openapi))
    machine = sys.modules.get("graph.heartbeat")
    if machine is not None:
        patch.setattr(machine, "build_graph", lambda: _Compiled(machine.graph))
    runner = sys.modules.get("typer.testing")
    if runner is not None:
        command = cache(runner._get_command)
        patch.setattr(runner, "_get_command", command)
        patch.setattr(sys.modules["typer.main"], "get_command", command)


@dataclass(frozen=True)
class _Compiled:
    """A builder of the graph whose result is made from one that is compiled, as LangGraph's server makes its own."""

    graph: HeartbeatGraph

    def compile(self, *, checkpointer: Checkpointer, name: str) -> HeartbeatGraph:
        assert self.graph.name == name
        return self.graph.copy({"checkpointer": checkpointer})


def _migrate_a_copy(engine: Engine, path: Path) -> None:
    if not path.stat().st_size:
        path.write_bytes(migrated())
    migrate(engine, path)


@cache
def _first_engine() -> Engine:
    engine = create_engine("sqlite://")
    engine.connect().close()  # the first connection tells the dialect SQLite's version
    return engine


def _without_power_cuts(connect: Callable[[], sqlite3.Connection]) -> sqlite3.Connection:
    """Open a connection that does not wait for the disk: no test cuts the power."""
    connection = connect()
    connection.execute(_NO_DISK)
    return connection


def _engine_with_shared_statements(*arguments: Any, **options: Any) -> Engine:
    if "creator" in options:
        options["creator"] = partial(_without_power_cuts, options["creator"])
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


def _described_once(get_openapi: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Return ``get_openapi`` with one result for apps of the same routes; its caller copies what it returns."""
    known: dict[tuple[Any, ...], tuple[list[Any], dict[str, Any]]] = {}

    def described(*, routes: list[Any], **more: Any) -> dict[str, Any]:
        key = (*more.items(), *map(id, routes))
        if key not in known:
            known[key] = list(routes), get_openapi(routes=routes, **more)  # kept, so that no id is given anew
        return known[key][1]

    return described


def _shared_certificates(
    verify: ssl.SSLContext | str | bool = True, cert: Any = None, trust_env: bool = True
) -> ssl.SSLContext:
    """Load the usual certificates once: it takes 20 ms, and a client loads them though it speaks plain HTTP."""
    if verify is not True or cert is not None:
        return httpx.create_ssl_context(verify=verify, cert=cert, trust_env=trust_env)
    names = ("SSL_CERT_FILE", "SSL_CERT_DIR") if trust_env else ()
    return _certificates(tuple(os.environ.get(name) for name in names), trust_env)


@cache
def _certificates(named: tuple[str | None, ...], trust_env: bool) -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=trust_env)


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
