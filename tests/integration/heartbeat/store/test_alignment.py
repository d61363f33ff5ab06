"""What a wrong clock, another version or other rules of a time zone have written is found and corrected."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import col, update

from heartbeat.store import alignment, due, threads
from heartbeat.store.tables import Thread
from tests.support.aligning import align
from tests.support.claiming import claim_due
from tests.support.counting import counting
from tests.support.ollama import FakeOllama
from tests.support.world import START, World

NIGHT = {"active_hours": "22:00-23:00", "timezone": "America/New_York"}


def put(world: World, thread_id: str = "demo", **values: Any) -> None:
    """Write columns past all that keeps them right, as another version may have."""
    change = update(Thread).where(col(Thread.id) == thread_id).values(**values)
    world.store.write(lambda session: session.execute(change))


def planned(world: World, thread_id: str = "demo") -> tuple[datetime | None, datetime | None]:
    thread = world.store.read(threads.get, thread_id)
    return thread.next_due, thread.wake_at


def off(world: World, **bounds: Any) -> list[str]:
    return world.store.read(alignment.look, world.clock(), **bounds).off


def test_what_is_right_is_looked_at_and_neither_read_whole_nor_written(world: World) -> None:
    for number in range(7):
        world.thread(f"t{number}", **(NIGHT if number % 2 else {"every": 60 * (number + 1)}))
    with counting(world.store.engine) as counts:
        first = world.store.read(alignment.look, world.clock(), limit=4)
        rest = world.store.read(alignment.look, world.clock(), after="t3", limit=4)
    assert (first, rest) == (alignment.Piece([], "t3"), alignment.Piece([], None))
    # The workspace's defaults and one page of columns, in each of the two pieces.
    assert (len(counts.statements), counts.writing) == (4, []), counts.told()


def test_only_those_that_are_off_are_read_whole(world: World) -> None:
    for number in range(7):
        world.thread(f"t{number}", every=600)
    ahead = START + timedelta(days=3)
    put(world, "t5", next_due=ahead, wake_at=ahead)
    found = off(world)
    assert found == ["t5"]
    with counting(world.store.engine) as counts:
        world.store.write(alignment.correct, world.clock(), found)
    assert sum("FROM thread" in sql for _, sql in counts.statements) == 1, counts.told()
    slot, wake_at = planned(world, "t5")
    assert slot == wake_at
    assert slot is not None
    assert slot - START <= timedelta(minutes=10)


def test_a_piece_ends_early_where_much_is_off(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alignment, "AT_ONCE", 2)
    for number in range(5):
        world.thread(f"t{number}", every=600)
        put(world, f"t{number}", next_due=None, wake_at=None)
    assert world.store.read(alignment.look, world.clock()) == alignment.Piece(["t0", "t1"], "t1")
    assert align(world.store, world.clock()) == ["t0", "t1", "t2", "t3", "t4"]
    assert off(world) == []
    assert None not in planned(world, "t4")


@pytest.mark.parametrize(
    ("config", "spoil"),
    [
        pytest.param({}, {"next_due": None, "wake_at": None}, id="never planned"),
        pytest.param({}, {"wake_at": START + timedelta(days=9)}, id="wakes later than its slot"),
        pytest.param(NIGHT, {"next_due": START + timedelta(days=2)}, id="a night is left out"),
        pytest.param({"enabled": False}, {"next_due": START, "wake_at": START}, id="disabled and planned"),
        pytest.param({}, {"due_through": START + timedelta(days=1)}, id="looked at what comes later"),
        pytest.param({}, {"woken_by": [{"reason": "read", "at": "2026-11-03T12:00:00Z"}]}, id="to be woken"),
    ],
)
def test_what_is_off_is_found(world: World, config: dict[str, Any], spoil: dict[str, Any]) -> None:
    world.thread(**config)
    assert off(world) == []
    if "next_due" in spoil:
        spoil = {"wake_at": spoil["next_due"], **spoil}
    put(world, **spoil)
    assert off(world) == ["demo"]


def test_a_thread_of_which_the_zone_has_other_rules_now_is_found(world: World) -> None:
    """Its slot was planned by rules under which its window opens an hour later."""
    world.thread(every=86_400, active_hours="22:00-23:00", timezone="America/New_York")
    slot, _ = planned(world)
    assert slot is not None
    put(world, next_due=slot + timedelta(hours=1), wake_at=slot + timedelta(hours=1))
    assert align(world.store, world.clock()) == ["demo"]
    assert planned(world) == (slot, slot)


def test_a_thread_that_was_removed_meanwhile_is_left(world: World) -> None:
    world.thread()
    world.store.write(alignment.correct, world.clock(), ["gone", "demo"])
    assert off(world) == []


moves = st.lists(
    st.tuples(
        st.sampled_from(["begin", "pause", "resume", "every", "night", "clock"]),
        st.integers(-2 * 86_400, 2 * 86_400),
    ),
    max_size=6,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=moves)
def test_what_is_not_found_is_right(
    tmp_path_factory: pytest.TempPathFactory, ollama: FakeOllama, moves: list[tuple[str, int]]
) -> None:
    """Whatever happened, by whatever clock: correcting those that are not found changes nothing."""
    world = World(tmp_path_factory.mktemp("aligned"), ollama)
    ids = [world.thread("day", every=3_600), world.thread("night", every=1_800, **NIGHT)]
    for what, seconds in moves:
        for each in ids:
            _do(world, each, what)
        world.clock.move(seconds=seconds)
        right = [each for each in ids if each not in off(world)]
        before = [planned(world, each) for each in right]
        world.store.write(alignment.correct, world.clock(), right)
        assert [planned(world, each) for each in right] == before
        align(world.store, world.clock())
    world.close()


def _do(world: World, thread_id: str, what: str) -> None:
    store, now = world.store, world.clock()
    slot, _ = planned(world, thread_id)
    if what == "begin" and slot is not None and slot <= now:
        store.write(claim_due, thread_id, slot, now, lease=store.lease)
    elif what == "pause":
        store.write(threads.pause, thread_id, "for a while", now)
    elif what == "resume":
        store.write(threads.resume, thread_id, now)
    elif what in {"every", "night"}:
        config = {"every": 7_200} if what == "every" else NIGHT
        store.write(threads.configure, thread_id, config, now, replace=True)


def test_what_is_due_is_counted_by_an_index(world: World) -> None:
    with counting(world.store.engine) as counts:
        world.store.read(due.backlog, world.clock())
    ((_, sql),) = counts.statements
    with world.store.engine.connect() as connection:
        plan = connection.execute(text(f"EXPLAIN QUERY PLAN {sql}".replace("?", "'x'"))).fetchall()
    assert "ix_thread_due" in str(plan)
