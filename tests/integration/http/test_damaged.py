"""One cell after the other that another program has written so that it cannot be read: nobody else is stopped."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Float, Integer, Table
from sqlmodel import SQLModel
from sqlmodel.main import default_registry

from heartbeat.store import forum, unreadable
from heartbeat.store.columns import CheckedJson, UtcDateTime, Words
from heartbeat_service.doctor.databases import check_database
from heartbeat_service.timer import Timer
from tests.integration.heartbeat_service.test_timer import Recorder
from tests.integration.http.site import Site, serving
from tests.support.ollama import fake_ollama
from tests.support.world import World

NOT_UTF8 = "CAST(x'ff41' AS TEXT)"
_WRITTEN = "2026-11-02T11:00:00.000000Z"
"""A time in the past of the world's clock, as the store writes it."""
_HELD: dict[str, dict[str, Any]] = {
    "beat": {"id": 7, "thread_id": "a", "status": "acted", "reason": None, "slot": _WRITTEN},
    "action": {"id": 1, "beat_id": 7, "thread_id": "a", "target": "forum", "kind": "post", "status": "sent"},
    "delivery": {"id": 1, "thread_id": "a", "beat_id": 7, "target": "x", "payload": '{"kind": "post"}'},
    "message": {"id": 1, "thread_id": "a", "author": "owner", "content": "x"},
    "post": {"id": 1, "board": "general", "author": "ana", "content": "x"},
    "comment": {"id": 1, "post_id": 1, "author": "ana", "content": "x"},
    "correction": {"id": 1, "thread_id": "a"},
    "standingapproval": {"id": 1, "thread_id": "a", "kind": "post", "target": "forum", "beat_id": 7},
    "approvalthread": {"beat_id": 7, "thread_id": "a"},
    "connectionlook": {"name": "x"},
    "connection": {"name": "x", "kind": "feed", "values": '{"url": "https://example.org/feed"}'},
    "inboxitem": {"connection": "x", "id": 1, "kind": "entry"},
}
"""What the row of a table must hold, where the first value of its type does not do."""


TABLES = [table for table in SQLModel.metadata.sorted_tables if table.name != "revision"]
PAGES = {
    "thread": [
        "threads",
        "threads/a",
        "threads/b",
        "connections",
        "heartbeat/status",
        "heartbeat/schedule?thread=b",
    ],
    "beat": ["threads", "heartbeat/history", "beats/7", "heartbeat/stats"],
    "timer": ["threads", "heartbeat/status"],
    "workspace": ["threads", "heartbeat/config"],
    "action": ["heartbeat/history", "beats/7", "told"],
    "delivery": ["deliveries", "told"],
    "targethealth": ["connections", "deliveries"],
    "connection": ["connections", "connections/x"],
    "connectionlook": ["connections", "inbox", "threads"],
    "inboxitem": ["inbox", "inbox?thread=b"],
    "message": ["threads/a/messages"],
    "standingapproval": ["standing-approvals", "threads/a/heartbeat/config"],
    "correction": ["heartbeat/plan?thread=b"],
    "line_reading": ["heartbeat/plan"],
    "plan_reader": ["heartbeat/plan"],
    "board": ["forum/boards"],
    "post": ["forum/posts", "forum/posts/1"],
    "comment": ["forum/posts/1/comments"],
}
"""The pages that show something of a table."""
STOPS_ALL = {"defaults"}
"""Columns without which no thread has a config."""


def usual(column: Column[Any]) -> Any:
    """Return a value of a column as the store writes it."""
    kind = column.type
    if isinstance(kind, UtcDateTime):
        return _WRITTEN
    if isinstance(kind, Words):
        return next(iter(kind.vocabulary)).value
    if isinstance(kind, CheckedJson):
        return "[]" if kind.shape is list else "{}"
    if isinstance(kind, Boolean | Integer | Float):
        return 1
    return "x"


def fill(site: Site) -> None:
    """Let each table have a row, those that are of a thread one of the thread ``a``."""
    with closing(sqlite3.connect(site.world.settings.database_path)) as other, other:
        for table in TABLES:
            if table.name == "thread":
                continue
            held = {column.name: usual(column) for column in table.columns if not column.nullable}
            held |= _HELD.get(table.name, {})
            names = ", ".join(f'"{name}"' for name in held)
            places = ", ".join("?" for _ in held)
            other.execute(
                f'INSERT OR IGNORE INTO "{table.name}" ({names}) VALUES ({places})', [*held.values()]
            )


def bad(column: Column[Any]) -> list[str]:
    """Return SQL of values that another program may have written into a column."""
    kind = column.type
    if isinstance(kind, UtcDateTime):
        return ["'tomorrow'", "'9999-12-31T23:59:59-14:00'", "'0001-01-01T00:00:00+14:00'"]
    if isinstance(kind, Words):
        return ["'tea'"]
    if isinstance(kind, CheckedJson):
        of_shape = ["'[1, 2]'", "'[[1]]'", """'[{"at": 7}]'"""] if kind.shape is list else ["""'{"a": 1}'"""]
        return ["'{'", "'null'", *of_shape]
    return ["'many'" if isinstance(kind, Boolean | Integer | Float) else NOT_UTF8]


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with fake_ollama() as ollama:
        world = World(tmp_path_factory.mktemp("damaged"), ollama)
        for thread in ("a", "b"):
            world.thread(thread, every=60)
        try:
            with serving(world) as site:
                fill(site)
                yield site
        finally:
            world.close()


@contextmanager
def one_cell(site: Site, table: str, column: str, value: str) -> Iterator[None]:
    path = site.world.settings.database_path
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.text_factory = bytes
        where = " WHERE id = 'a'" if table == "thread" else ""
        kept = other.execute(f'SELECT rowid, "{column}" FROM "{table}"{where}').fetchall()
        other.execute(f'UPDATE "{table}" SET "{column}" = {value}{where}')
        try:
            yield
        finally:
            for row, cell in kept:
                text = cell.decode() if isinstance(cell, bytes) else cell
                other.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE rowid = ?', (text, row))


# A service is only warned by pydantic, and then refuses the view that is made of such a number.
@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings")
@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_cell_that_cannot_be_read_stops_nobody_else(damaged: Site, table: Table) -> None:
    columns = [each for each in table.columns if not each.primary_key and not each.foreign_keys]
    wrong = [
        f"{column.name} {value}: {said}"
        for column in columns
        for value in bad(column)
        for said in met_by(damaged, table.name, column, value)
    ]
    assert wrong == []


def test_bug_is_not_put_down_to_a_cell_that_it_has_not_met(
    damaged: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(forum, "boards", fails)
    with one_cell(damaged, "post", "created_at", "'tomorrow'"):
        answer = damaged.client.get("/api/forum/boards")
    assert (answer.status_code, answer.json()["detail"]) == (
        500,
        "An unexpected error; the log of the service says more.",
    )


def test_search_that_fails_leaves_the_first_error_to_the_caller(
    damaged: Site, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: object) -> None:
        raise AttributeError("no set_progress_handler")

    monkeypatch.setattr(unreadable, "find", fails)
    assert unreadable.search(damaged.world.store.read) is None
    assert "no cell was looked for: no set_progress_handler" in caplog.messages


def met_by(site: Site, table: str, column: Column[Any], value: str) -> Iterator[str]:
    """Yield what is stopped by a cell: the timer, pages, and doctor where it does not name the cell."""
    with one_cell(site, table, column.name, value):
        if column.name not in STOPS_ALL and "b" not in ticked(site.world):
            yield "the timer starts no other thread"
        for page in PAGES.get(table, ()):
            answer = site.client.get(f"/api/{page}")
            if answer.status_code == 500 or (answer.status_code == 503 and column.name not in answer.text):
                yield f"{page} answers {answer.status_code}: {answer.text}"
            is_text = value == NOT_UTF8 and table != "thread"
            if (
                answer.status_code != 200
                and page == "threads"
                and column.name not in STOPS_ALL
                and not is_text
            ):
                yield f"{page} answers {answer.status_code}"
        yield from unnamed(site, column, value)
    with closing(sqlite3.connect(site.world.settings.database_path)) as other, other:
        other.execute("DELETE FROM beat WHERE id <> 7")


def refused(column: Column[Any], value: str) -> bool:
    """Return whether a column refuses a value; one of JSON whose content nobody relies on takes it."""
    kind = column.type
    if not isinstance(kind, CheckedJson) or value == "'{'":
        return True
    if value == "'null'":
        return not kind.nullable
    return kind.check is not None or kind.quick is not None


def unnamed(site: Site, column: Column[Any], value: str) -> Iterator[str]:
    """Yield what doctor lacks of a cell that is still there; a service may have written it anew."""
    path, table = site.world.settings.database_path, column.table.name
    with closing(sqlite3.connect(path)) as other:
        is_there = other.execute(f'SELECT 1 FROM "{table}" WHERE "{column.name}" = {value}').fetchone()
        if value == NOT_UTF8 or not is_there or not refused(column, value):
            return
        (model,) = [each.class_ for each in default_registry.mappers if each.local_table is column.table]
        if all(cell.column != column.name for cell in unreadable.cells(other.execute, model)):
            yield "no search finds the cell"
    if column.name == "created_at" and not any(
        f"{column.name} of row" in each.said for each in check_database(path)
    ):
        yield "doctor does not name the cell"


def ticked(world: World) -> list[str]:
    """Return the threads that a timer has started a minute later."""
    runner = Recorder(world)
    world.clock.move(seconds=61)

    async def tick() -> None:
        timer = Timer(world.services, runner)
        for _ in range(2):
            with suppress(Exception):
                await timer.tick()

    asyncio.run(tick())
    return runner.submitted
