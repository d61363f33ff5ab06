"""Bites: what one transaction takes, and what is left where the process is killed between or within two."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session, func, select

from heartbeat.store import events, notices
from heartbeat.store.retention import LONGEST, Bite, BiteSize, Kept, Rows, bites
from heartbeat.store.retry import FAILURES
from heartbeat.store.tables import Event, Thread
from heartbeat.vocabulary import BeatStatus, DeliveryStatus, EventKind, NoticeKind
from tests.integration.heartbeat.store.retention.conftest import KEPT, Past

OLD = 400


def filled(past: Past) -> Past:
    """Write many old beats with actions, and their events, in few transactions."""
    at = f"{past.at(200):%Y-%m-%dT%H:%M:%S.%fZ}"
    path = past.world.settings.database_path
    number = past.beat(300, BeatStatus.ACTED)
    past.action(number, 300)
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, changes in (
            ("beat", {"slot": "NULL"}),
            ("action", {"key": "'k' || n", "beat_id": "n + 1"}),
        ):
            names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] != "id"]
            values = {"started_at": f"'{at}'", "finished_at": f"'{at}'", "created_at": f"'{at}'"} | changes
            chosen = ", ".join(values.get(name, f'"{name}"') for name in names)
            columns = ", ".join(f'"{name}"' for name in names)
            numbers = f"WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {OLD})"
            connection.execute(
                f"INSERT INTO {table} ({columns}) {numbers} SELECT {chosen} FROM c, (SELECT * FROM {table} LIMIT 1)"
            )
    for days in range(30, 0, -1):
        past.beat(days, BeatStatus.NONE)
    return past


class Statements:
    """Counts the statements of each writing transaction."""

    def __init__(self, past: Past) -> None:
        self.all: list[list[str]] = []
        engine = past.world.store.engine
        event.listen(engine, "before_cursor_execute", self._heard)

    def _heard(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if not connection.get_execution_options().get("heartbeat_writing"):
            return
        if statement.startswith("BEGIN"):
            self.all.append([])
        else:
            self.all[-1].append(statement)


def test_a_bite_is_a_few_statements_and_rows(past: Past) -> None:
    filled(past)
    heard = Statements(past)
    made = list(bites(past.world.store, KEPT, past.world.clock, time.perf_counter))
    deleted = [bite for bite in made if bite.rows == Rows.BEATS and bite.number]
    assert sum(bite.number for bite in deleted) == OLD
    assert max(bite.number for bite in deleted) <= BiteSize.MOST
    kinds = {tuple(each.split()[0] for each in transaction) for transaction in heard.all}
    whole = ("SELECT", "SELECT", "SELECT", "SELECT", "DELETE", "DELETE", "DELETE")
    assert {each for each in kinds if len(each) > 1} <= {whole, (*whole, "UPDATE")}
    assert past.actions() == [OLD + 1]  # of the last old beat that looked


def test_a_step_that_takes_long_makes_the_next_ones_small(past: Past) -> None:
    filled(past)
    ticks = iter(range(1_000_000))
    made = bites(past.world.store, KEPT, past.world.clock, lambda: next(ticks) * LONGEST)
    sizes = [bite.number for bite in made if bite.number]
    assert sizes[0] == BiteSize().now
    assert max(sizes[3:]) == BiteSize.LEAST


def test_quick_ones_grow_up_to_a_bound() -> None:
    size = BiteSize()
    for _ in range(50):
        size.took(0.0)
    assert size.now == BiteSize.MOST
    size.took(LONGEST)
    assert size.now == BiteSize.MOST // 2


@pytest.mark.parametrize("taken", [1, 2, 5])
def test_whoever_stops_goes_on_later(past: Past, taken: int) -> None:
    filled(past)
    made = bites(past.world.store, KEPT, past.world.clock, time.perf_counter)
    begun: list[Bite] = [next(made) for _ in range(taken)]
    made.close()
    left = set(past.beats())
    orphans = "SELECT count(*) FROM action WHERE beat_id NOT IN (SELECT id FROM beat)"
    with closing(sqlite3.connect(past.world.settings.database_path)) as connection:
        assert connection.execute(orphans).fetchone() == (0,)
    deleted = sum(bite.number for bite in begun if bite.rows == Rows.BEATS)
    assert len(left) == OLD + 1 + 30 - deleted
    past.prune()
    assert len(past.beats()) == 30 + 1  # the last old beat that looked


def since_found(past: Past, change: Callable[[list[int]], None]) -> None:
    """Make a pass in which something changes between the look and the first deletion."""
    made = bites(past.world.store, KEPT, past.world.clock, time.perf_counter)
    read, store = past.world.store.read, past.world.store

    def reading(work: Any, *args: Any, **kwargs: Any) -> Any:
        found = read(work, *args, **kwargs)
        if ids := getattr(found, "ids", None):
            change(ids)
        return found

    store.read = reading  # type: ignore[method-assign]
    try:
        list(made)
    finally:
        store.read = read  # type: ignore[method-assign]


def execute(past: Past, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(past.world.settings.database_path)) as connection, connection:
        connection.execute(statement, values)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE beat SET retry_at = started_at WHERE id = ?",
        "UPDATE beat SET status = 'running' WHERE id = ?",
        "UPDATE beat SET memory = CASE id WHEN ? THEN '{}' END",
        "INSERT INTO forgetting (name, asked_at, threads, pieces) VALUES (?, '2026', '{}', '[]')",
    ],
)
def test_what_is_needed_since_it_was_found_stays(past: Past, change: str) -> None:
    filled(past)
    changed: list[int] = []

    def once(ids: list[int]) -> None:
        if not changed:
            changed.append(ids[0])
            execute(past, change, ids[0])

    since_found(past, once)
    assert changed[0] in past.beats()


def test_a_delivery_that_goes_on_since_it_was_found_stays(past: Past) -> None:
    for number in range(3):
        past.delivery(200, action_id=number)
    past.delivery(1)
    since_found(
        past, lambda ids: execute(past, "UPDATE delivery SET status = 'pending' WHERE id = ?", ids[0])
    )
    assert past.deliveries() == [1, 4]


@pytest.mark.parametrize("group", [(None, None), (7, 7)])
def test_a_delivery_that_was_sent_again_since_it_was_found_stays(
    past: Past, group: tuple[int | None, ...]
) -> None:
    for action in group:
        past.delivery(200, DeliveryStatus.FAILED, action_id=action)
    past.delivery(1)
    now = f"{past.at(0):%Y-%m-%dT%H:%M:%S.%fZ}"
    again = "UPDATE delivery SET status = 'sent', finished_at = ? WHERE id = ?"
    since_found(past, lambda ids: execute(past, again, now, ids[0]))
    assert past.deliveries() == ([1, 3] if group == (None, None) else [1, 2, 3])


def test_events_go_in_bites_too(past: Past) -> None:
    def write(session: Any) -> None:
        session.add_all(Event(kind=EventKind.TIMER_STARTED, at=past.at(1)) for _ in range(500))

    past.world.store.write(write)
    made = list(bites(past.world.store, Kept(events=120), past.world.clock, time.perf_counter))
    sizes = [bite.number for bite in made if bite.rows == Rows.EVENTS]
    assert max(sizes) <= BiteSize.MOST
    assert sum(sizes) >= 380
    assert past.world.store.read(lambda session: session.exec(select(func.count(Event.id))).one()) == 120  # type: ignore[arg-type]


def test_an_event_that_no_notice_has_read_stays(past: Past) -> None:
    store, now = past.world.store, past.at(0)

    def write(session: Session) -> None:
        session.exec(select(Thread)).one().paused_reason = "ten failures"
        events.add(session, EventKind.THREAD_PAUSED, now, thread_id="demo", reason="ten failures")
        for _ in range(120):
            events.add(session, EventKind.BEAT_STARTED, now, thread_id="demo")

    store.write(notices.begin, now)
    store.write(write)
    assert not past.prune(Kept(events=100))
    taken = store.write(notices.take, now, owners=["phone"])
    assert [notice.kind for notice in taken.notices] == [NoticeKind.THREAD_PAUSED]
    past.prune(Kept(events=100))
    assert store.read(events.oldest) == store.read(events.newest) - 99


def test_events_go_though_nobody_is_told_any_more(past: Past) -> None:
    def write(session: Session) -> None:
        for _ in range(120):
            events.add(session, EventKind.BEAT_STARTED, past.at(0), thread_id="demo")

    past.world.store.write(notices.begin, past.at(0))
    past.world.store.write(write)
    past.world.clock.move(days=2)
    past.prune(Kept(events=100))
    assert past.world.store.read(events.oldest) == past.world.store.read(events.newest) - 99


def test_an_age_alone_is_not_enough(past: Past) -> None:
    past.beat(200)
    assert not past.prune(Kept(beat_age=timedelta(days=2), beats=1))


def test_a_thread_that_cannot_be_read_stops_no_other(past: Past, caplog: pytest.LogCaptureFixture) -> None:
    past.world.thread("a")
    broken = past.beat(200, thread_id="a", memory={"beat": 1})
    for days in (190, 2, 1):
        past.beat(days, thread_id="a")
    execute(past, "UPDATE beat SET memory = '{' WHERE id = ?", broken)
    old = past.beat(200)
    for each in range(FAILURES):
        past.beat(30 - each)
    past.prune()
    left = past.beats()
    assert left[:4] == [broken, broken + 1, broken + 2, broken + 3]
    assert old not in left
    assert "old beats of thread a are not deleted, since a row of it cannot be read" in caplog.text
