"""Appointments that last all day, for threads west and east of the calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from heartbeat.fetching import FetchedItem
from heartbeat.store import inbox, threads
from heartbeat.vocabulary import FeedKind
from tests.support.bringing import bring
from tests.support.claiming import claim_due
from tests.support.ollama import decision
from tests.support.world import START, World

pytestmark = pytest.mark.one_question  # its prompt shows what comes due

FIRST = datetime(2026, 11, 4, tzinfo=UTC)


def day(first: datetime = FIRST, days: int = 1, **more: Any) -> FetchedItem:
    end = first + timedelta(days=days)
    return FetchedItem(
        "1",
        FeedKind.EVENT,
        START,
        **{"title": "Fair", "due_at": first, "ends_at": end, "all_day": True, **more},
    )


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}:00+00:00")


def woken_at(world: World) -> datetime | None:
    return world.store.read(threads.get, "demo").woken_at


def beat(world: World) -> str:
    """Let the thread look, and return what it was asked."""
    world.ollama.says(decision(action="none"))
    world.beat()
    asked = world.ollama.calls[-1]["messages"][-1]["content"]
    assert isinstance(asked, str)
    return asked


@pytest.mark.parametrize(
    ("zone", "crossing", "over"),
    [
        ("America/Los_Angeles", "11-04T06:00", "11-05T08:00"),
        ("UTC", "11-03T22:00", "11-05T00:00"),
        ("Europe/Berlin", "11-03T21:00", "11-04T23:00"),
        ("Pacific/Auckland", "11-03T09:00", "11-04T11:00"),
        ("Pacific/Kiritimati", "11-03T08:00", "11-04T10:00"),
    ],
)
def test_a_day_wakes_a_thread_by_its_own_midnight_and_is_shown_as_its_date(
    world: World, zone: str, crossing: str, over: str
) -> None:
    world.thread(every=86_400, timezone=zone)
    bring(world, [day()], "days")
    assert "Wednesday 2026-11-04, all day" in beat(world)
    assert woken_at(world) == at(crossing)
    world.clock.now = at(crossing)
    assert "Wednesday 2026-11-04, all day" in beat(world)
    assert woken_at(world) is None
    world.clock.now = at(over) - timedelta(minutes=1)
    bring(world, [day(content="Hall 2.")], "days")
    assert woken_at(world) == world.clock(), "a change of today's is news"
    asked = beat(world)
    assert "Wednesday 2026-11-04, all day" in asked
    assert woken_at(world) is None
    world.clock.now = at(over)
    bring(world, [day(content="Hall 3.")], "days")
    assert woken_at(world) is None
    assert "Fair" not in beat(world)


@pytest.mark.parametrize(
    ("first", "crossing"),
    [
        # The clocks of New York were set back on the first of November.
        (datetime(2026, 10, 31, tzinfo=UTC), "10-31T02:00"),
        (datetime(2026, 11, 1, tzinfo=UTC), "11-01T02:00"),
        (datetime(2026, 11, 2, tzinfo=UTC), "11-02T03:00"),
    ],
)
def test_days_beside_a_change_of_the_clocks(world: World, first: datetime, crossing: str) -> None:
    world.clock.now = at("10-30T12:00")
    world.thread(every=86_400, timezone="America/New_York")
    bring(world, [day(first)], "days")
    beat(world)
    assert woken_at(world) == at(crossing)


def test_a_day_without_a_midnight_begins_at_one(world: World) -> None:
    world.clock.now = at("09-05T00:00")
    world.thread(every=86_400, timezone="America/Santiago")
    bring(world, [day(datetime(2026, 9, 6, tzinfo=UTC))], "days")
    beat(world)
    assert woken_at(world) == at("09-06T02:00"), "two hours before 01:00, which follows 23:59"


def test_of_several_days_the_last_is_not_over_before_its_midnight(world: World) -> None:
    world.thread(every=86_400, timezone="America/Los_Angeles")
    bring(world, [day(days=3)], "days")
    beat(world)
    world.clock.now = at("11-07T07:59")
    assert "Wednesday 2026-11-04, all day" in beat(world)
    world.clock.now = at("11-07T08:00")
    bring(world, [FetchedItem("2", FeedKind.ENTRY, world.clock(), title="Other")])
    assert "Fair" not in beat(world)


def test_threads_of_several_zones_are_woken_each_by_its_own(world: World) -> None:
    world.thread("west", every=86_400, timezone="America/Los_Angeles")
    world.thread("east", every=86_400, timezone="Pacific/Auckland")
    bring(world, [day(), FetchedItem("2", FeedKind.EVENT, START, due_at=at("11-03T23:00"))], "days")
    found = {name: world.store.read(threads.get, name).due_through for name in ("west", "east")}
    assert found == {"west": datetime.fromtimestamp(0, UTC), "east": datetime.fromtimestamp(0, UTC)}
    woken = {name: world.store.read(threads.get, name).woken_at for name in ("west", "east")}
    assert woken == {"west": at("11-03T21:00"), "east": at("11-03T09:00")}


def test_the_reason_of_a_wake_names_the_date(world: World) -> None:
    world.thread(every=86_400, timezone="America/Los_Angeles")
    bring(world, [day(FIRST - timedelta(days=1))], "days")
    beat(world)
    world.clock.now = at("11-03T06:00")
    world.store.write(claim_due, "demo", None, world.clock(), lease=world.store.lease)
    row = world.history()[0]
    assert row.woken_by is not None
    assert (row.woken_by[0]["title"], row.woken_by[0]["due_on"]) == ("Fair", "2026-11-03")
    assert "due_at" not in row.woken_by[0]


def test_a_day_that_comes_from_elsewhere_keeps_the_date_of_its_own_zone(world: World) -> None:
    there = datetime.fromisoformat("2026-11-04T00:00:00+13:00")
    world.thread(every=86_400, timezone="America/Los_Angeles")
    bring(world, [day(there, due_at=there, ends_at=None)], "days")
    [row] = world.store.read(inbox.page)
    assert (row.due_at, row.ends_at) == (FIRST, FIRST + timedelta(days=1))


@pytest.mark.parametrize(
    ("gone", "back", "is_told"), [("11-03T20:00", "11-04T07:00", True), ("11-04T06:30", "11-04T07:00", False)]
)
def test_a_day_that_is_missing_as_it_comes_due_in_the_zone_of_a_thread(
    world: World, gone: str, back: str, is_told: bool
) -> None:
    world.thread(every=86_400, timezone="America/Los_Angeles")
    bring(world, [day()], "days")
    world.clock.now = at(gone)
    bring(world, [], "days", whole=True)
    world.clock.now = at(back)
    bring(world, [day()], "days", whole=True)
    [row] = world.store.read(inbox.page)
    assert row.seq == (2 if is_told else 1)
