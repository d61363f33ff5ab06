"""Items of the inbox: numbers in order, changes, what is gone, and what a thread has not seen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import Session

from heartbeat.errors import FenceLostError, InvalidValueError
from heartbeat.fetching import FetchedItem, FetchResult
from heartbeat.store import inbox
from heartbeat.store.inbox import LookClaim, Written
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.vocabulary import FeedKind
from tests.support.world import START, World

NEWS = "news"


def entry(name: str, at: datetime = START, **more: Any) -> FetchedItem:
    return FetchedItem(name, FeedKind.ENTRY, at, **{"title": name, **more})


def event(name: str, due_at: datetime | None, **more: Any) -> FetchedItem:
    return FetchedItem(name, FeedKind.EVENT, START, title=name, due_at=due_at, **more)


def claim(world: World, name: str = NEWS, address: str = "here") -> LookClaim:
    found = world.store.write(inbox.claim, name, address, world.store.lease, world.clock(), seconds=60)
    assert found is not None
    return found


def look(
    world: World,
    items: Iterable[FetchedItem],
    *,
    oldest: datetime | None = None,
    whole: bool = False,
    name: str = NEWS,
) -> Written:
    """Look at a connection that is due, half an hour after the last look."""
    world.clock.move(minutes=30)
    result = FetchResult(tuple(items), is_whole=whole)
    held = claim(world, name)
    return world.store.write(inbox.write, held, result, world.clock(), every=1_800, oldest=oldest)


def next_crossing(world: World, names: Sequence[str], after: datetime | None) -> datetime | None:
    def read(session: Session) -> datetime | None:
        return inbox.Crossings(session, names, world.clock()).after(after)

    return world.store.read(read)


def rows(world: World) -> Sequence[InboxItem]:
    return world.store.read(inbox.page, limit=1_000)


def titles(
    world: World, above: int = 0, ids: Sequence[int] = (), kind: FeedKind = FeedKind.ENTRY
) -> list[str]:
    found = world.store.read(inbox.unseen, NEWS, kind, world.clock(), above=above, ids=ids)
    return [row.title for row in found.items]


def test_items_are_numbered_in_their_order(world: World) -> None:
    assert look(world, [entry("a"), entry("b")]) == Written(new=2)
    assert look(world, [entry("b"), entry("c")]) == Written(new=1)
    assert titles(world) == ["a", "b", "c"]
    assert titles(world, above=2) == ["c"]
    assert titles(world, above=2, ids=[1]) == ["a", "c"]


def test_a_changed_item_is_new_again_and_an_unchanged_one_is_not(world: World) -> None:
    look(world, [entry("a"), entry("b")])
    assert look(world, [entry("a", content="More."), entry("b")]) == Written(changed=1)
    assert titles(world, above=2) == ["a"]


def test_what_changes_at_each_look_is_new_once_a_day(world: World) -> None:
    for number in range(10):
        look(world, [entry("clock", content=str(number))])
    assert [row.seq for row in rows(world)] == [4]
    world.clock.move(days=1)
    look(world, [entry("clock", content="later")])
    assert [row.seq for row in rows(world)] == [5]


def said(world: World) -> str | None:
    return world.store.read(inbox.all_looks)[NEWS].said


def test_a_connection_says_that_what_it_brings_changes_at_every_look(world: World) -> None:
    for number in range(4):
        look(world, [entry("clock", content=str(number)), entry("quiet")])
        assert said(world) is None
    look(world, [entry("clock", content="4"), entry("quiet")])
    assert said(world) == "1 item changes at every look, which is news once a day only."


def test_the_last_change_of_what_changed_at_every_look_is_news_in_the_end(world: World) -> None:
    for number in range(6):
        look(world, [entry("clock", content=str(number))])
    assert [row.seq for row in rows(world)] == [4]
    # It changes no more, and its source says so.
    for _ in range(2):
        world.clock.move(days=1)
        world.store.write(
            inbox.write, claim(world), FetchResult(unchanged=True), world.clock(), every=60, oldest=None
        )
    assert [row.seq for row in rows(world)] == [5]
    assert said(world) is None


def test_what_changes_once_a_day_is_not_told_again_when_it_stops(world: World) -> None:
    for number in range(6):
        world.clock.move(days=1)
        look(world, [entry("daily", content=str(number))])
    for _ in range(3):
        world.clock.move(days=1)
        look(world, [entry("daily", content="5")])
    assert [row.seq for row in rows(world)] == [6]
    assert said(world) is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"due_at": START + timedelta(days=2)}),
        ({}, {"ends_at": START + timedelta(days=1, hours=2)}),
        ({}, {"due_at": None}),
        ({"due_at": None}, {}),
        ({}, {"all_day": True}),
    ],
)
def test_another_time_is_news_however_often_the_text_changes(
    world: World, before: dict[str, Any], after: dict[str, Any]
) -> None:
    times = {"due_at": START + timedelta(days=1)}
    for number in range(6):
        look(world, [event("party", content=str(number), **times | before)])
    [row] = rows(world)
    seq = row.seq
    look(world, [event("party", content="5", **times | after)])
    [row] = rows(world)
    assert (row.seq, row.changed_at) == (seq + 1, world.clock())


def test_each_of_many_moves_of_an_event_is_news(world: World) -> None:
    for number in range(10):
        look(world, [event("party", START + timedelta(days=1, minutes=number))])
    assert [row.seq for row in rows(world)] == [10]


@pytest.mark.parametrize(
    ("gone", "back", "is_told"),
    [(1, 3, False), (3, 5, True), (5, 6, False)],
    ids=["before", "while", "after"],
)
def test_an_event_that_came_due_while_it_was_missing_is_told_when_it_is_back(
    world: World, gone: int, back: int, is_told: bool
) -> None:
    """It comes due four hours after the start."""
    party = event("party", START + timedelta(hours=6))
    look(world, [party], whole=True)
    world.clock.now = START + timedelta(hours=gone) - timedelta(minutes=30)
    look(world, [], whole=True)
    world.clock.now = START + timedelta(hours=back) - timedelta(minutes=45)
    looked = world.clock()
    look(world, [party], whole=True)
    found = world.store.read(inbox.came_due, [NEWS], looked, world.clock())
    assert [row.title for row in found] == (["party"] if is_told else [])
    assert [row.seq for row in rows(world)] == [2 if is_told else 1]
    shown = world.clock()
    look(world, [party], whole=True)
    assert world.store.read(inbox.came_due, [NEWS], shown, world.clock()) == [], "once"


def test_an_event_that_is_back_before_it_comes_due_wakes_once(world: World) -> None:
    party = event("party", START + timedelta(hours=6))
    for items in ([party], [], [party]):
        look(world, items, whole=True)
    assert next_crossing(world, [NEWS], world.clock()) == START + timedelta(hours=4)


def test_items_with_one_name_are_told_apart_at_every_look(world: World) -> None:
    first = entry("same", title="A", url="https://a")
    second = entry("same", title="B", url="https://b")
    assert look(world, [first])[:3] == (1, 0, 0)
    found = look(world, [first, second, first])
    assert found[:3] == (1, 0, 0)
    assert titles(world) == ["A", "B"]
    assert said(world) == "1 item has the name of another one, and the link or text tells them apart."
    for items in ([first, second], [second, first], [second, replace(first, content="More.")]):
        assert look(world, items).new == 0
    assert titles(world) == ["B", "A"]
    # The one that has the plain name leaves; the others stay what they are.
    third, fourth = (entry("same", title=each, url=f"https://{each}") for each in "CD")
    assert look(world, [second, third])[:2] == (1, 0)
    assert look(world, [third, fourth])[:2] == (1, 0)
    assert [row.title for row in rows(world)] == ["D", "C", "B", "A"]


def test_items_of_one_name_link_and_title_are_all_kept(world: World) -> None:
    items = [entry("same", title="Status", url="https://a", content=each) for each in ("up", "down", "up")]
    assert look(world, items).new == 2
    assert look(world, items)[:2] == (0, 0)
    assert {row.content for row in rows(world)} == {"up", "down"}


def test_names_that_are_cut_stay_apart(world: World) -> None:
    long = "x" * 300
    look(world, [entry(long, title="A"), entry(long, title="B")])
    assert len({row.external_id for row in rows(world)}) == 2
    assert all(len(row.external_id) <= 300 for row in rows(world))


def test_what_is_shown_no_more_is_gone_and_may_come_back(world: World) -> None:
    look(world, [entry("a"), entry("b")], whole=True)
    assert look(world, [entry("b")], whole=True) == Written(gone=1)
    assert titles(world) == ["b"]
    assert look(world, [entry("a"), entry("b")], whole=True) == Written()
    assert titles(world) == ["a", "b"]


def test_the_first_look_takes_nothing_that_is_older(world: World) -> None:
    old, fresh = START - timedelta(days=30), START + timedelta(hours=1)
    assert look(world, [entry("old", old), entry("fresh", fresh)], oldest=START) == Written(new=1)
    assert titles(world) == ["fresh"]
    assert look(world, [entry("old", old), entry("late", old)], oldest=START) == Written(new=1)
    assert titles(world) == ["fresh", "late"]


def test_a_look_takes_five_hundred_and_the_rest_comes_in_order(world: World) -> None:
    items = [entry(f"{number:05}") for number in range(1_201)]
    assert look(world, items) == Written(new=500, held_back=701)
    assert look(world, items) == Written(new=500, held_back=201)
    assert look(world, items) == Written(new=201)
    found = world.store.read(inbox.unseen, NEWS, FeedKind.ENTRY, world.clock(), above=0)
    assert [row.title for row in found.items] == [f"{number:05}" for number in range(1_001, 1_201)]
    assert found.dropped == 1_001


def test_of_two_lookers_the_slower_one_writes_nothing(world: World) -> None:
    slow = claim(world)
    assert world.store.write(inbox.claim, NEWS, "here", world.store.lease, world.clock(), seconds=60) is None
    world.clock.move(seconds=61)
    fast = claim(world)
    world.store.write(inbox.write, fast, FetchResult((entry("a"),)), world.clock(), every=60, oldest=None)
    with pytest.raises(FenceLostError):
        world.store.write(inbox.write, slow, FetchResult((entry("b"),)), world.clock(), every=60, oldest=None)
    assert titles(world) == ["a"]


def test_one_that_fails_is_left_alone_longer_and_longer(world: World) -> None:
    waits = []
    for _ in range(6):
        row = world.store.write(inbox.failed, claim(world), "No answer.", world.clock())
        assert row.next_look is not None
        waits.append((row.next_look - world.clock()).total_seconds())
        world.clock.now = row.next_look
    assert waits == [30, 60, 300, 900, 3600, 3600]
    row = world.store.write(inbox.failed, claim(world), "Too often.", world.clock(), wait=7_200)
    assert row.next_look == world.clock() + timedelta(hours=2)


def test_which_are_due(world: World) -> None:
    names = {"news": "here", "other": "there"}
    assert world.store.read(inbox.due, names, world.clock()).names == ["news", "other"]
    look(world, [])
    assert world.store.read(inbox.due, names, world.clock()).names == ["other"]
    assert world.store.read(inbox.due, {"news": "here"}, world.clock()) == (
        [],
        world.clock() + timedelta(seconds=1_800),
    )
    assert world.store.read(inbox.due, {"news": "elsewhere"}, world.clock()).names == ["news"]


def test_what_was_brought_from_another_address_is_gone(world: World) -> None:
    look(world, [entry("a")])
    held = claim(world, address="elsewhere")
    assert held.memo == {}
    world.store.write(inbox.write, held, FetchResult((entry("b"),)), world.clock(), every=60, oldest=None)
    assert titles(world) == ["b"]


def test_done_and_snoozed_items_are_not_shown(world: World) -> None:
    look(world, [entry("a"), entry("b"), entry("c")])
    world.store.write(inbox.done, 1, world.clock())
    world.store.write(inbox.snooze, 2, world.clock() + timedelta(hours=1), world.clock())
    assert titles(world) == ["c"]
    world.clock.move(hours=1)
    assert world.store.write(inbox.end_snoozes, world.clock()) == 1
    assert titles(world, above=3) == ["b"]
    world.store.write(inbox.undone, 1, world.clock())
    assert titles(world, above=3) == ["b", "a"]
    look(world, [entry("b", content="More."), entry("c")])
    with pytest.raises(InvalidValueError, match="has passed"):
        world.store.write(inbox.snooze, 2, world.clock(), world.clock())


def test_a_change_takes_back_that_it_is_done(world: World) -> None:
    look(world, [entry("a")])
    world.store.write(inbox.done, 1, world.clock())
    look(world, [entry("a", content="More.")])
    assert titles(world, above=1) == ["a"]


def test_what_the_agent_made_is_no_news(world: World) -> None:
    look(world, [entry("a", own=True)])
    assert titles(world) == []


def test_an_event_comes_due_two_hours_before_and_once(world: World) -> None:
    at = START + timedelta(hours=5)
    look(world, [event("lunch", at)])
    names = [NEWS]
    assert next_crossing(world, names, None) == START + timedelta(hours=3)
    assert world.store.read(inbox.came_due, names, None, world.clock()) == []
    world.clock.now = START + timedelta(hours=3)
    [row] = world.store.read(inbox.came_due, names, None, world.clock())
    assert row.title == "lunch"
    assert next_crossing(world, names, None) == world.clock()
    assert world.store.read(inbox.came_due, names, world.clock(), world.clock()) == []
    assert next_crossing(world, names, world.clock()) is None


def test_an_event_that_is_fetched_late_comes_due_when_it_is_fetched(world: World) -> None:
    looked = world.clock()
    look(world, [event("soon", world.clock() + timedelta(hours=1, minutes=30))])
    [row] = world.store.read(inbox.came_due, [NEWS], looked, world.clock())
    assert row.title == "soon"
    seen = world.clock()
    assert next_crossing(world, [NEWS], seen) is None
    look(world, [event("soon", row.due_at or START, content="Room 2.")])
    assert [each.title for each in world.store.read(inbox.came_due, [NEWS], seen, world.clock())] == ["soon"]


def test_more_than_can_wait_are_counted_also_with_those_that_wait_already(world: World) -> None:
    look(world, [entry(f"{number:03}") for number in range(250)])
    found = world.store.read(
        inbox.unseen, NEWS, FeedKind.ENTRY, world.clock(), above=100, ids=list(range(1, 81))
    )
    assert [row.seq for row in found.items] == [*range(31, 81), *range(101, 251)]
    assert (found.dropped, found.upto) == (30, 250)


def test_what_has_waited_for_a_week_is_dropped_and_counted_once(world: World) -> None:
    look(world, [entry("open"), entry("seen")])
    look(world, [entry("late")])
    world.clock.move(days=7)
    due_at = world.clock() + timedelta(days=1)
    look(world, [entry("new")])
    found = world.store.read(inbox.unseen, NEWS, FeedKind.ENTRY, world.clock(), above=2, ids=[1])
    assert ([row.title for row in found.items], found.dropped, found.upto) == (["new"], 2, 4)
    found = world.store.read(inbox.unseen, NEWS, FeedKind.ENTRY, world.clock(), above=4)
    assert (found.items, found.dropped, found.upto) == ([], 0, 0)
    # A thread that has never looked has not missed what is older, and what is still due waits.
    look(world, [event("party", due_at + timedelta(days=30))])
    world.clock.move(days=8)
    assert titles(world, kind=FeedKind.EVENT) == ["party"]
    assert world.store.read(inbox.unseen, NEWS, FeedKind.ENTRY, world.clock(), above=0).dropped == 0


def test_what_a_source_has_besides_is_fetched_soon_by_its_memo(world: World) -> None:
    held = claim(world)
    result = FetchResult([entry("a")], {"place": 1}, left=7)
    written = world.store.write(inbox.write, held, result, world.clock(), every=1_800, oldest=None)
    assert (written.new, written.held_back) == (1, 7)
    row = world.store.read(inbox.all_looks)[NEWS]
    assert (row.memo, row.held_back) == ({"place": 1}, 7)
    assert row.next_look == world.clock() + timedelta(seconds=10)
    assert look(world, []).held_back == 0


@pytest.mark.parametrize(
    ("zone", "begins"),
    [("America/Los_Angeles", 8), ("UTC", 0), ("Pacific/Auckland", -13)],
    ids=["west", "utc", "east"],
)
def test_a_day_comes_due_and_is_over_by_the_midnights_of_a_zone(world: World, zone: str, begins: int) -> None:
    day = datetime(2026, 11, 4, tzinfo=UTC)
    look(world, [event("fair", day, all_day=True), event("lunch", day + timedelta(days=9))])
    at = day + timedelta(hours=begins)
    here = ZoneInfo(zone)

    def found(now: datetime) -> list[str]:
        rows = world.store.read(inbox.came_due, [NEWS], None, now, zone=here)
        seen = world.store.read(inbox.unseen, NEWS, FeedKind.EVENT, now, above=0, zone=here)
        assert {row.title for row in rows} <= {row.title for row in seen.items}
        return [row.title for row in rows]

    def crossing(session: Session) -> datetime | None:
        return inbox.Crossings(session, [NEWS], world.clock(), here).after(None)

    second = timedelta(seconds=1)
    assert world.store.read(crossing) == at - timedelta(hours=2)
    assert found(at - timedelta(hours=2) - second) == []
    assert found(at - timedelta(hours=2)) == ["fair"]
    assert found(at + timedelta(days=1) - second) == ["fair"]
    assert found(at + timedelta(days=1)) == []
