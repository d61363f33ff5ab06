"""Threads and beats that can be read, beside some that another program has written so that they cannot be."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

import pytest
from sqlalchemy.event import listen
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, func, select

from heartbeat.store import (
    beats,
    due,
    forgetting,
    history,
    pruned,
    readable,
    threads,
    unreadable,
    views,
    wakes,
    workspace,
)
from heartbeat.store.forgetting_tables import Forgetting
from heartbeat.store.inbox.visible import named
from heartbeat.store.tables import Beat, Thread
from heartbeat.vocabulary import Trigger
from heartbeat_service.thread_view import all_views, one_view
from tests.integration.heartbeat.store.test_wakes import DENTIST, event
from tests.integration.heartbeat_service.test_timer import damage
from tests.support.bringing import bring
from tests.support.world import World

CELLS = [("next_due", "tomorrow"), ("overrides", "{"), ("waiting", "tea")]
SAID = 'waiting of row "a" of the table thread is "tea"'


@pytest.fixture
def two(world: World) -> World:
    for thread in ("a", "b"):
        world.thread(thread, every=60)
    return world


@pytest.mark.parametrize(("column", "value"), CELLS)
def test_whoever_reads_all_threads_reads_those_that_can_be(
    two: World, caplog: pytest.LogCaptureFixture, column: str, value: str
) -> None:
    damage(two, "thread", column, value)
    now = two.clock()
    assert [row.id for row in two.store.read(threads.every)] == ["b"]
    assert f"{column} of row" in caplog.text
    bring(two, [event("Dentist", DENTIST)], "calendar")
    works: list[Callable[[Session], object]] = [
        lambda session: wakes.recompute_all(session, now),
        lambda session: workspace.set_defaults(session, {"every": 120}, now),
        lambda session: forgetting.begin(session, "calendar", now),
    ]
    for work in works:
        two.store.write(work)


def test_event_of_a_whole_day_is_taken_in_beside_a_thread_that_cannot_be_read(two: World) -> None:
    damage(two, "thread", "waiting", "tea")
    bring(two, [event("Fair", DENTIST.replace(hour=0, minute=0), all_day=True)], "calendar")
    bring(two, [], "calendar")
    bring(two, [event("Fair", DENTIST.replace(hour=0, minute=0), all_day=True)], "calendar")


def test_run_of_a_thread_that_cannot_be_read_counts_as_one_that_has_seen_what_is_forgotten(
    two: World,
) -> None:
    two.store.open_beat("a", Trigger.MANUAL, None, two.clock())
    damage(two, "thread", "waiting", "tea")
    two.store.write(forgetting.begin, "mail", two.clock())
    assert two.store.read(lambda session: session.exec(select(Forgetting)).one().threads) == {"a": 1}


def test_list_shows_a_thread_that_cannot_be_read_as_refused(two: World) -> None:
    damage(two, "thread", "waiting", "tea")
    now = two.clock()
    views_of_all = two.store.read(all_views, now)
    assert [(view.thread_id, view.status) for view in views_of_all] == [("a", "refused"), ("b", "on")]
    assert SAID in (views_of_all[0].config_problem or "")
    assert views_of_all[0].state.name == "refused"
    assert [view.thread_id for view in two.store.read(all_views, now, limit=1)] == ["a"]
    assert [view.thread_id for view in two.store.read(all_views, now, after="a")] == ["b"]
    assert two.store.read(one_view, "a", now) == views_of_all[0]


def test_rows_that_cannot_be_read_do_not_count_towards_a_limit(world: World) -> None:
    for thread in ("a", "b", "c", "d"):
        world.thread(thread, every=60)
    with closing(sqlite3.connect(world.settings.database_path)) as other, other:
        other.execute("UPDATE thread SET waiting = 'tea' WHERE id IN ('a', 'c')")
    assert [row.id for row in world.store.read(threads.every, limit=2)] == ["b", "d"]
    query = select(Thread).order_by(Thread.id).limit(2)
    found, others = world.store.read(lambda session: readable.split(session, Thread, query))
    assert ([row.id for row in found], [cell.row for cell in others]) == (["b", "d"], ["a", "c"])


def test_next_slot_is_that_of_a_thread_that_can_be_read(two: World) -> None:
    damage(two, "thread", "wake_at", "2026-02-30T00:00:00.000000Z")
    found = two.store.read(due.next_slot)
    assert found is not None
    assert found[0] == "b"


def test_backlog_counts_beside_a_thread_that_cannot_be_read(two: World) -> None:
    damage(two, "thread", "next_due", "0000-01-01T00:00:00.000000Z")
    two.clock.move(minutes=2)
    slot = two.store.read(threads.get, "b").next_due
    assert two.store.read(due.backlog, two.clock()) == due.Backlog(2, slot)


@pytest.mark.parametrize("text", ['{"sources": "mail"}', '{"sources": 5}', "{"])
def test_connections_are_listed_beside_overrides_that_cannot_be_used(two: World, text: str) -> None:
    two.store.write(threads.configure, "b", {"sources": ["mail"]}, two.clock())
    damage(two, "thread", "overrides", text)
    assert two.store.read(named) == {"mail"}


@pytest.mark.parametrize("text", ["{", "[]", '{"sources": null}', '{"sources": 5}', '{"sources": []}'])
def test_thread_without_names_names_none_of_the_defaults(world: World, text: str) -> None:
    world.thread("a", sources=["feed"])
    world.store.write(workspace.set_defaults, {"sources": ["mail"]}, world.clock())
    damage(world, "thread", "overrides", text)
    assert world.store.read(named) == set()
    damage(world, "thread", "overrides", '{"every": 60}')
    assert world.store.read(named) == {"mail"}


def test_names_are_read_without_what_older_sqlite_lacks(two: World) -> None:
    """SQLite knows the operator ``->`` since 3.38."""
    said: list[str] = []
    listen(two.store.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    two.store.read(named)
    assert any("overrides" in each for each in said)
    assert [each for each in said if "->" in each] == []


@pytest.mark.parametrize(
    ("column", "text"),
    [("pruned_slots", "[[1]]"), ("pruned_slots", '["x"]'), ("starts", '["x"]'), ("instants", "[1]")],
)
def test_json_of_another_content_is_named(two: World, column: str, text: str) -> None:
    damage(two, "thread", column, text)
    assert {name: cell.column for name, cell in two.store.read(unreadable.of_threads).items()} == {
        "a": column
    }
    assert [row.id for row in two.store.read(threads.every)] == ["b"]


MOONRISE = {"reason": "moonrise", "at": "2026-11-02T12:00:00Z"}


def test_wake_that_only_another_version_knows_is_passed_over(two: World) -> None:
    due_soon = {"reason": "due", "at": "2026-11-02T12:00:00Z"}
    damage(two, "thread", "woken_by", json.dumps([MOONRISE, due_soon]))
    assert two.store.read(unreadable.of_threads) == {}
    row, _ = two.store.read(threads.every)
    assert [each.reason for each in wakes.pending(row)] == ["due"]


def test_beat_that_was_woken_for_what_only_another_version_knows_is_shown(two: World) -> None:
    two.store.open_beat("a", Trigger.MANUAL, None, two.clock())
    damage(two, "beat", "woken_by", json.dumps([MOONRISE]))
    assert two.store.read(views.beat_view, 1).woken_by == []


@pytest.mark.parametrize("column", ["woken_by", "context", "prompt", "path", "action", "memory", "approval"])
def test_null_of_json_is_nothing_where_a_cell_may_hold_nothing(two: World, column: str) -> None:
    two.store.open_beat("a", Trigger.MANUAL, None, two.clock())
    damage(two, "beat", column, "null")
    assert getattr(two.store.read(beats.get, 1), column) is None
    with closing(sqlite3.connect(two.settings.database_path)) as other:
        assert list(unreadable.cells(other.execute, Beat)) == []


def test_slot_without_a_zone_is_one_in_utc(two: World) -> None:
    damage(two, "thread", "pruned_slots", '[["2026-11-02T11:00:00", "2026-11-02T11:30:00"]]')
    (span,) = pruned.spans(two.store.read(threads.get, "a").pruned_slots)
    assert span.first.utcoffset() == timedelta(0)


def test_error_that_no_cell_explains_is_raised(two: World, monkeypatch: pytest.MonkeyPatch) -> None:
    unknown = select(Thread).where(func.nobody_knows() == 1)
    with pytest.raises(OperationalError, match="nobody_knows"):
        two.store.read(lambda session: readable.split(session, Thread, unknown))
    monkeypatch.setattr(unreadable, "one_by_one", lambda *_: {})
    with closing(sqlite3.connect(two.settings.database_path)) as other, other:
        other.execute("UPDATE thread SET title = CAST(x'ff' AS TEXT)")
    with pytest.raises(OperationalError, match="UTF-8"):
        two.store.read(threads.every)


@pytest.mark.parametrize("words", [None, "beat"])
def test_page_of_history_shows_the_beats_that_can_be_read(
    two: World, caplog: pytest.LogCaptureFixture, words: str | None
) -> None:
    two.store.write(threads.pause, "b", "no beat", two.clock())
    for _ in range(4):
        two.store.open_beat("b", Trigger.SCHEDULED, two.clock(), two.clock())
        two.clock.move(minutes=1)
    with closing(sqlite3.connect(two.settings.database_path)) as other, other:
        other.execute("UPDATE beat SET status = 'tea' WHERE id = 3")
        other.execute("UPDATE beat SET summary = 'beat'")
    among = history.Filter("b", words=words)
    page = two.store.read(views.history_page, among, limit=2)
    rest = two.store.read(views.history_page, among, limit=2, before=page.next)
    assert [beat.id for beat in (*page.beats, *rest.beats)] == [4, 2, 1]
    assert 'status of row 3 of the table beat is "tea"' in caplog.text
    assert [beat.id for beat in two.store.read(history.recent, "b", 3)] == [4, 2, 1]
    assert two.store.read(one_view, "b", two.clock() + timedelta(minutes=1)).last_beat == 4
