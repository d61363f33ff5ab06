"""A page of the history looks at so many beats and no more, by the indexes, and says where it stopped."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import event
from sqlmodel import Session

from heartbeat.store import history
from heartbeat.store.history import Filter, Found
from heartbeat.store.tables import Beat
from heartbeat.vocabulary import BeatStatus, Reason, Trigger
from tests.support.world import START, World

MINUTE = timedelta(minutes=1)
SILENT, FAILED, WAITING = BeatStatus.SKIPPED, BeatStatus.FAILED, BeatStatus.AWAITING_APPROVAL


@pytest.fixture
def ten(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world in which a search looks at four beats; of ten beats of two threads every fifth has failed."""
    monkeypatch.setattr(history, "SEARCHED", 4)
    for thread in ("one", "two"):
        world.thread(thread)

    def fill(session: Session) -> None:
        for number in range(1, 11):
            fails = number % 5 == 1
            session.add(
                Beat(
                    thread_id="two" if number % 2 == 0 else "one",
                    trigger=Trigger.SCHEDULED,
                    status=FAILED if fails else SILENT,
                    reason=Reason.INTERNAL if fails else Reason.UNCHANGED,
                    summary=f"Beat {number} about a Zebra" if fails else f"Beat {number}",
                    started_at=START + number * MINUTE,
                )
            )

    world.store.write(fill)
    return world


def pages(world: World, among: Filter, limit: int = 2) -> list[Found]:
    """Return all pages of a search."""
    found = [world.store.read(history.search, among, limit=limit)]
    while found[-1].next is not None:
        found.append(world.store.read(history.search, among, limit=limit, before=found[-1].next))
    return found


def ids(found: Found) -> list[int | None]:
    """Return the numbers of the beats of a page."""
    return [row.id for row in found.rows]


def test_a_search_stops_says_where_and_goes_on_to_the_end(ten: World) -> None:
    found = pages(ten, Filter(words="zebra"))
    assert [ids(each) for each in found] == [[], [6], [1]]
    assert [each.next for each in found] == [7, 3, None]
    assert [each.stop and each.stop.started_at for each in found] == [
        START + 7 * MINUTE,
        START + 3 * MINUTE,
        None,
    ]
    assert [each.total for each in found] == [0, 1, 1]


def test_a_search_has_no_beat_twice_and_none_left_out(ten: World) -> None:
    for words in ("beat", "beat 1", "unchanged"):
        for thread in (None, "two"):
            for status in (None, SILENT):
                among = Filter(thread, status, START + 2 * MINUTE, words)
                found = [number for each in pages(ten, among) for number in ids(each)]
                rows = ten.store.read(history.latest, among, limit=100)
                assert found == [row.id for row in rows], among
                assert all(newer > older for newer, older in pairwise(row.id or 0 for row in rows))


def test_a_search_of_one_thread_looks_at_its_beats_alone(ten: World) -> None:
    first, second = pages(ten, Filter("two", words="zebra"))
    assert (ids(first), first.next, first.stop and first.stop.id) == ([6], 4, 4)
    assert (ids(second), second.stop) == ([], None), "beat 2, the last of its thread"


def test_a_search_of_an_outcome_looks_at_such_beats_alone(ten: World) -> None:
    (found,) = pages(ten, Filter(status=FAILED, words="zebra"))
    assert (ids(found), found.total, found.stop) == ([6, 1], 2, None)


def test_a_search_is_at_its_end_where_all_older_beats_began_before(ten: World) -> None:
    (found,) = pages(ten, Filter(since=START + 7 * MINUTE, words="zebra"))
    assert (ids(found), found.stop) == ([], None)
    first, second = pages(ten, Filter(since=START + 6 * MINUTE, words="zebra"))
    assert (ids(first), first.stop and first.stop.id, ids(second)) == ([], 7, [6])


def test_a_full_page_goes_on_after_its_last_beat(ten: World) -> None:
    first = ten.store.read(history.search, Filter(words="beat"), limit=2)
    assert (ids(first), first.next, first.total, first.stop and first.stop.id) == ([10, 9], 9, 4, 7)


def test_what_is_not_searched_for_words_is_counted_in_full(ten: World) -> None:
    def total(among: Filter) -> int:
        return ten.store.read(history.search, among, limit=1).total

    assert [
        total(each) for each in (Filter(), Filter("two"), Filter(status=FAILED), Filter("one", FAILED))
    ] == [
        *(10, 5, 2, 1),
    ]
    since = START + 5 * MINUTE
    assert [
        total(Filter(since=since)),
        total(Filter("two", since=since)),
        total(Filter(None, FAILED, since)),
        total(Filter("two", FAILED, since)),
    ] == [6, 3, 1, 1]


def test_a_clock_that_was_set_back_hides_no_beat(ten: World) -> None:
    def later(session: Session) -> None:
        row = session.get(Beat, 2)
        assert row is not None
        row.started_at = START + 60 * MINUTE

    ten.store.write(later)
    found = pages(ten, Filter(since=START + 9 * MINUTE))
    assert [number for each in found for number in ids(each)] == [10, 9, 2]
    assert found[0].total == 3


def plans(world: World, among: Filter) -> list[str]:
    """Return how SQLite finds the beats of each statement of a search."""
    found: list[tuple[str, Any]] = []

    def keep(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        found.append((statement, parameters))

    event.listen(world.store.engine, "before_cursor_execute", keep)
    world.store.read(history.search, among, limit=20)
    event.remove(world.store.engine, "before_cursor_execute", keep)
    with world.store.engine.connect() as connection:
        explained = [
            connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            for statement, parameters in found
            if statement != "BEGIN"
        ]
    return ["; ".join(row[3] for row in each).replace("SEARCH beat USING ", "") for each in explained]


SINCE = START + 2 * MINUTE
PLANS: dict[str, Any] = {
    "all": (
        Filter(),
        [
            "SCAN beat",
            "SCAN beat USING COVERING INDEX ix_beat_thread",
        ],
    ),
    "outcome": (
        Filter(status=SILENT),
        [
            "INDEX ix_beat_status (status=? AND lease_until=?)",
            "COVERING INDEX ix_beat_status (status=? AND lease_until=?)",
        ],
    ),
    "running": (
        Filter(status=BeatStatus.RUNNING),
        [
            "INDEX ix_beat_status (status=?); USE TEMP B-TREE FOR ORDER BY",
            "COVERING INDEX ix_beat_status (status=?)",
        ],
    ),
    "since": (
        Filter(since=SINCE),
        [
            "SCAN beat",
            "INTEGER PRIMARY KEY (rowid>?)",
            "COVERING INDEX ix_beat_figures (started_at>?)",
            "COVERING INDEX ix_beat_figures (started_at>?)",
        ],
    ),
    "outcome since": (
        Filter(status=SILENT, since=SINCE),
        [
            "INDEX ix_beat_status (status=? AND lease_until=?)",
            "INDEX ix_beat_status (status=? AND lease_until=? AND rowid>?)",
            "COVERING INDEX ix_beat_figures (started_at>?)",
            "COVERING INDEX ix_beat_figures (started_at>?)",
        ],
    ),
    "words": (
        Filter(words="beat"),
        [
            "SCAN beat",
            "INTEGER PRIMARY KEY (rowid>?)",
            "INTEGER PRIMARY KEY (rowid=?)",
            "INTEGER PRIMARY KEY (rowid<?)",
        ],
    ),
    "words outcome": (
        Filter(status=SILENT, words="beat"),
        [
            "INDEX ix_beat_status (status=? AND lease_until=?)",
            "INDEX ix_beat_status (status=? AND lease_until=? AND rowid>?)",
            "INTEGER PRIMARY KEY (rowid=?)",
            "COVERING INDEX ix_beat_status (status=? AND lease_until=? AND rowid<?)",
        ],
    ),
    "thread since": (
        Filter("one", since=SINCE),
        [
            "INDEX ix_beat_thread (thread_id=?)",
            "INDEX ix_beat_thread (thread_id=? AND id>?)",
            "COVERING INDEX ix_beat_day (thread_id=? AND started_at>?)",
            "COVERING INDEX ix_beat_day (thread_id=? AND started_at>?)",
        ],
    ),
    "thread words outcome": (
        Filter("one", SILENT, words="beat"),
        [
            "INDEX ix_beat_thread (thread_id=?)",
            "INDEX ix_beat_thread (thread_id=? AND id>?)",
            "INTEGER PRIMARY KEY (rowid=?)",
            "COVERING INDEX ix_beat_thread (thread_id=? AND id<?)",
        ],
    ),
    "thread words outcome since": (
        Filter("one", SILENT, SINCE, words="beat"),
        [
            "INDEX ix_beat_thread (thread_id=?)",
            "INDEX ix_beat_thread (thread_id=? AND id>?)",
            "INTEGER PRIMARY KEY (rowid=?)",
            "COVERING INDEX ix_beat_day (thread_id=? AND started_at>?)",
        ],
    ),
}


@pytest.mark.parametrize("among", PLANS)
def test_a_search_goes_by_an_index_in_the_order_of_the_beats(ten: World, among: str) -> None:
    asked, expected = PLANS[among]
    assert plans(ten, asked) == expected
