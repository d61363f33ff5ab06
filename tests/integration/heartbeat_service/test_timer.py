"""The timer: what it hands to its runner, when it looks again, and that nothing stops it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from heartbeat.errors import FenceLostError
from heartbeat.store import Claim, alignment, claims, due, slots, threads, timer, unreadable, unsettled
from heartbeat.store.tables import Beat
from heartbeat.store.unreadable import Unreadable
from heartbeat.vocabulary import Trigger
from heartbeat_service.timer import Timer
from tests.integration.simulation.loop import VirtualLoop
from tests.support.claiming import claim_due
from tests.support.world import World


@dataclass
class Recorder:
    """A runner that claims slots, runs nothing, and notes what it was told."""

    world: World
    free: int = 4
    broken: set[str] = field(default_factory=set)
    submitted: list[str] = field(default_factory=list)
    recovered: list[int] = field(default_factory=list)
    in_flight: frozenset[int] = frozenset()
    told: asyncio.Event = field(default_factory=asyncio.Event)

    async def submit(self, thread_id: str, slot: datetime | None) -> None:
        if thread_id in self.broken:
            raise RuntimeError("a runner that cannot")
        store, now = self.world.store, self.world.clock()
        store.write(claim_due, thread_id, slot, now, lease=store.lease)
        self.submitted.append(thread_id)
        self.told.set()

    async def recover(self, beat_id: int) -> None:
        self.recovered.append(beat_id)
        self.told.set()

    async def drain(self, seconds: float) -> None:
        raise AssertionError("the timer does not drain")


@pytest.fixture
def runner(world: World) -> Recorder:
    return Recorder(world)


@pytest.fixture
def ticking(world: World, runner: Recorder) -> Timer:
    return Timer(world.services, runner, poll=5.0, watch=0.01)


@asynccontextmanager
async def running(timer: Timer) -> AsyncIterator[None]:
    task = asyncio.create_task(timer.run())
    try:
        yield
    finally:
        timer.stop()
        await asyncio.wait_for(task, 20)


def next_slot(world: World, thread_id: str = "demo") -> datetime:
    slot = world.store.read(threads.get, thread_id).next_due
    assert slot is not None
    return slot


async def until(true: Callable[[], bool]) -> None:
    """Turn the loop until something is so; pytest's timeout ends what never comes."""
    while not true():
        await asyncio.sleep(0.005)


async def test_rests_until_the_next_slot_and_at_most_the_poll(
    world: World, runner: Recorder, ticking: Timer
) -> None:
    world.thread(every=600)
    assert await ticking.tick() == 5.0
    slot = next_slot(world)
    world.clock.now = slot - timedelta(seconds=1.5)
    assert await ticking.tick() == 1.5
    world.clock.now = slot
    assert await ticking.tick() == 0.0
    assert runner.submitted == ["demo"]
    assert await ticking.tick() == 5.0
    assert runner.submitted == ["demo"]


async def test_takes_no_more_than_the_runner_has_room_for(
    world: World, runner: Recorder, ticking: Timer
) -> None:
    for number in range(5):
        world.thread(f"t{number}", every=60)
    world.clock.move(seconds=90)
    runner.free = 2
    await ticking.tick()
    assert len(runner.submitted) == 2
    runner.free = 0
    assert await ticking.tick() == 5.0
    assert len(runner.submitted) == 2


async def test_thread_that_cannot_be_started_keeps_nobody_waiting(
    world: World, runner: Recorder, ticking: Timer, caplog: pytest.LogCaptureFixture
) -> None:
    for thread_id in ("a", "b", "c"):
        world.thread(thread_id, every=60)
    runner.broken = {"a"}
    world.clock.move(seconds=90)
    await ticking.tick()
    assert sorted(runner.submitted) == ["b", "c"]
    assert "thread a cannot be started and waits a minute: a runner that cannot" in caplog.text
    assert await ticking.tick() > 0
    runner.broken = set()
    world.clock.move(seconds=60)
    await ticking.tick()
    assert "a" in runner.submitted


UNREADABLE_TIMES = (
    "2026-02-30T00:00:00Z",
    "2026-02-30T00:00:00.000000Z",
    "2026-11-02T24:30:00Z",
    "2026-11-02T25:00:00.000000Z",
    "2026-11-02  12:00:00",
    "0000-01-01T00:00:00.000000Z",
)
"""Texts that SQLite takes for times, or nearly, and Python does not."""
READABLE_TIMES = ("2026-11-02T11:59:00+00", "2026-11-02T11", "2026-11-02 11:59:00", "20261102T115900Z")


def damage(world: World, table: str, column: str, value: object) -> None:
    """Write a cell of thread a, or of its beats, as another program does."""
    key = "id" if table == "thread" else "thread_id"
    with closing(sqlite3.connect(world.settings.database_path)) as other, other:
        other.execute(f'UPDATE "{table}" SET "{column}" = ? WHERE {key} = ?', (value, "a"))


@pytest.mark.parametrize("column", ["next_due", "wake_at", "woken_at", "due_through"])
async def test_time_without_a_zone_is_one_in_utc(
    world: World, runner: Recorder, ticking: Timer, column: str
) -> None:
    for thread_id in ("a", "b"):
        world.thread(thread_id, every=60)
    damage(world, "thread", column, "2026-11-02 11:59:00")
    world.clock.move(seconds=90)
    await ticking.tick()
    assert {"a", "b"} == set(runner.submitted)


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        *(("thread", column, "tomorrow") for column in ("next_due", "wake_at", "woken_at", "created_at")),
        *(("thread", column, "{") for column in ("overrides", "woken_by", "instants", "starts")),
        *(("thread", "wake_at", when) for when in UNREADABLE_TIMES),
        ("thread", "waiting", "tea"),
        ("thread", "next_due", b"2026-11-02T12:00:00.000000Z"),
        ("beat", "retry_at", "tomorrow"),
        ("beat", "lease_until", "2026-02-30T00:00:00Z"),
    ],
)
async def test_thread_that_cannot_be_read_keeps_nobody_waiting(
    world: World,
    runner: Recorder,
    ticking: Timer,
    caplog: pytest.LogCaptureFixture,
    table: str,
    column: str,
    value: str,
) -> None:
    for thread_id in ("a", "b"):
        world.thread(thread_id, every=60)
    world.store.open_beat("a", Trigger.MANUAL, None, world.clock(), supervised=True)
    await ticking.tick()
    damage(world, table, column, value)
    for number in range(1, 4):
        world.clock.move(seconds=61)
        await ticking.tick()
        await ticking.tick()
        assert runner.submitted.count("b") == number
    assert "a" not in runner.submitted
    assert "thread a" in caplog.text


@pytest.mark.parametrize("when", READABLE_TIMES)
def test_time_that_can_be_read_is_no_problem(world: World, when: str) -> None:
    thread = world.thread("a", every=60)
    damage(world, "thread", "wake_at", when)
    assert world.store.read(threads.get, thread).wake_at is not None
    assert world.store.read(unreadable.of_threads) == {}


async def test_text_that_is_not_utf8_keeps_nobody_waiting(
    world: World, runner: Recorder, ticking: Timer, caplog: pytest.LogCaptureFixture
) -> None:
    """A plain column, which no query looks at: the threads are read one by one."""
    for thread_id in ("a", "b"):
        world.thread(thread_id, every=60)
    with closing(sqlite3.connect(world.settings.database_path)) as other, other:
        other.execute("UPDATE thread SET paused_reason = CAST(x'ff41' AS TEXT) WHERE id = 'a'")
    world.clock.move(seconds=61)
    await ticking.tick()
    await ticking.tick()
    assert runner.submitted == ["b"]
    assert caplog.messages == [
        'thread a is left alone until it can be read: paused_reason of row "a" of the table thread is '
        "something else; allowed: text in UTF-8."
    ]


@pytest.mark.parametrize("status", ["running", "awaiting_approval"])
async def test_beat_that_cannot_be_ended_keeps_nobody_waiting(
    world: World, runner: Recorder, ticking: Timer, caplog: pytest.LogCaptureFixture, status: str
) -> None:
    for thread_id in ("a", "b"):
        world.thread(thread_id, every=60)
    world.store.open_beat("a", Trigger.MANUAL, None, world.clock())
    damage(world, "beat", "status", status)
    damage(world, "beat", "lease_until", "2026-02-28T25:00:00Z")
    damage(world, "beat", "expires_at", "2026-02-28T25:00:00Z")
    world.clock.move(seconds=61)
    await ticking.tick()
    await ticking.tick()
    assert runner.submitted == ["b"]
    assert "thread a is left alone" in caplog.text


async def test_threads_left_alone_are_all_that_is_looked_at_again(
    world: World, runner: Recorder, ticking: Timer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for thread_id in ("a", "b"):
        world.thread(thread_id, every=60)
    damage(world, "thread", "wake_at", "tomorrow")
    world.clock.move(seconds=61)
    await ticking.tick()
    looked_at: list[object] = []
    of_threads = unreadable.of_threads

    def noted(session: Session, only: Collection[str] | None = None) -> dict[str, Unreadable]:
        looked_at.append(only)
        return of_threads(session, only)

    monkeypatch.setattr(unreadable, "of_threads", noted)
    ticking.poll = 0.0
    for _ in range(3):
        await ticking.tick()
    assert looked_at == [["a"]] * 3


async def test_failing_tick_that_no_cell_explains_searches_once(
    world: World, ticking: Timer, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.thread("a", every=60)
    searched: list[int] = []

    def fail(*_: object, **__: object) -> None:
        raise ValueError("no cell")

    def noted(session: Session) -> dict[str, Unreadable]:
        searched.append(1)
        return {}

    monkeypatch.setattr(due, "look", fail)
    monkeypatch.setattr(unreadable, "one_by_one", noted)
    for _ in range(3):
        with pytest.raises(ValueError, match="no cell"):
            await ticking.tick()
    assert searched == [1]


async def test_thread_that_can_be_read_again_goes_on(
    world: World, runner: Recorder, ticking: Timer, caplog: pytest.LogCaptureFixture
) -> None:
    world.thread("a", every=60)
    damage(world, "thread", "wake_at", "tomorrow")
    world.clock.move(seconds=61)
    await ticking.tick()
    await ticking.tick()
    assert caplog.messages == [
        'thread a is left alone until it can be read: wake_at of row "a" of the table thread is "tomorrow"; '
        "allowed: a time such as 2026-11-02T12:00:00.000000Z."
    ]
    damage(world, "thread", "wake_at", "2026-11-02T12:00:00.000000Z")
    ticking.poll = 0.0
    await ticking.tick()
    await ticking.tick()
    assert runner.submitted == ["a"]


async def test_stopped_means_stopped_also_for_what_was_left_behind(
    world: World, runner: Recorder, ticking: Timer
) -> None:
    world.thread(every=60)
    assert isinstance(
        world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), supervised=True), Claim
    )
    world.store.write(timer.switch, False, world.clock())
    world.clock.move(minutes=10)
    await ticking.tick()
    assert (runner.submitted, runner.recovered) == ([], [])
    world.store.write(timer.switch, True, world.clock())
    await ticking.tick()
    assert (runner.submitted, runner.recovered) == (["demo"], [1])


async def test_keeps_house(world: World, ticking: Timer) -> None:
    world.thread()
    assert isinstance(world.store.open_beat("demo", Trigger.MANUAL, None, world.clock()), Claim)
    world.clock.move(seconds=40)
    await ticking.tick()
    [row] = world.history()
    assert row.status == "abandoned"
    state = world.store.read(timer.state)
    assert (state.last_tick, state.ticked_by) == (world.clock(), "test-process")
    assert ticking.ticked_at == world.clock()


async def test_recovers_what_is_left_behind_but_not_its_own(
    world: World, runner: Recorder, ticking: Timer
) -> None:
    world.thread("a")
    world.thread("b")
    for thread_id in ("a", "b"):
        world.store.open_beat(thread_id, Trigger.MANUAL, None, world.clock(), supervised=True)
    world.clock.move(seconds=31)
    runner.in_flight = frozenset({1})
    await ticking.tick()
    assert runner.recovered == [2]


async def test_clock_step_realigns_and_holds_recovery(
    world: World, runner: Recorder, ticking: Timer, caplog: pytest.LogCaptureFixture
) -> None:
    world.thread(every=600)
    start = world.clock()
    await ticking.tick()
    world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), supervised=True)
    world.clock.move(days=1)
    await ticking.tick()
    assert runner.recovered == []
    assert "the clock was set by +86" in caplog.text
    world.clock.now = start
    await ticking.tick()
    assert next_slot(world) - start <= timedelta(minutes=10)


async def test_goes_on_after_a_failure(
    world: World,
    runner: Recorder,
    ticking: Timer,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.thread(every=60)
    world.clock.move(seconds=90)
    failures = [OperationalError("SELECT", None, Exception("database is locked")), ZeroDivisionError("a bug")]
    look = due.look

    def failing(session: Session, now: datetime, limit: int, without: Collection[str]) -> due.Look:
        if failures:
            raise failures.pop()
        return look(session, now, limit, without)

    monkeypatch.setattr(due, "look", failing)
    ticking.poll = 0.02
    async with running(ticking):
        await asyncio.wait_for(runner.told.wait(), 20)
    assert runner.submitted == ["demo"]
    assert caplog.text.count("the timer failed and goes on") == 2


async def test_wakes_when_another_process_changes_something(
    world: World, runner: Recorder, ticking: Timer
) -> None:
    """With a poll far away, the commit of the other is what wakes it."""
    ticking.poll = 1_000.0
    other = world.elsewhere()
    async with running(ticking):
        await until(lambda: ticking.ticked_at is not None)
        world.clock.move(seconds=90)
        other.clock = world.clock
        other.store.write(threads.create, "late", world.clock() - timedelta(seconds=80), config={"every": 60})
        await asyncio.wait_for(runner.told.wait(), 20)
    assert runner.submitted == ["late"]
    other.close()


async def test_a_free_place_wakes_it(world: World, runner: Recorder, ticking: Timer) -> None:
    ticking.poll, ticking.watch, runner.free = 1_000.0, 1_000.0, 0
    world.thread(every=60)
    world.clock.move(seconds=90)
    async with running(ticking):
        await until(lambda: ticking.ticked_at is not None)
        runner.free = 1
        ticking.wake.set()
        await asyncio.wait_for(runner.told.wait(), 20)


async def test_older_database_is_planned_at_the_start(world: World, runner: Recorder, ticking: Timer) -> None:
    world.thread(every=60)

    def forget(session: Session) -> None:
        thread = threads.get(session, "demo")
        slots.arm(session, thread, None)

    world.store.write(forget)
    async with running(ticking):
        await until(lambda: world.store.read(threads.get, "demo").next_due is not None)


def test_release_lets_another_go_on_at_once(world: World) -> None:
    world.thread()
    claim = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), supervised=True)
    assert isinstance(claim, Claim)
    other = world.elsewhere()
    with pytest.raises(FenceLostError):
        other.store.write(claims.release, claim._replace(fence=claim.fence + 1), world.clock())
    assert world.store.read(unsettled.left_behind, world.clock()) == []
    world.store.write(claims.release, claim, world.clock())
    assert world.store.read(unsettled.left_behind, world.clock()) == [claim.beat_id]
    taken = other.store.write(claims.take, claim.beat_id, other.store.lease, world.clock())
    assert taken.fence == claim.fence + 1
    row = world.store.read(lambda session: session.get_one(Beat, claim.beat_id))
    assert (row.status, row.lease_owner, row.takeovers) == ("running", "other-process", 0)
    world.clock.move(seconds=31)
    world.store.write(claims.take, claim.beat_id, world.store.lease, world.clock())
    assert world.store.read(lambda session: session.get_one(Beat, claim.beat_id)).takeovers == 1
    other.close()


async def test_nothing_that_fails_while_it_rests_ends_it(
    world: World, runner: Recorder, ticking: Timer, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> bool:
        raise OSError("disk I/O error")

    async with running(ticking):
        await until(lambda: ticking.ticked_at is not None)
        ticking._changed = broken
        await until(lambda: "disk I/O error" in caplog.text)
        world.thread(every=60)
        world.clock.move(seconds=90)
        await asyncio.wait_for(runner.told.wait(), 20)


async def test_slots_are_set_right_even_if_that_fails_at_first(
    world: World, runner: Recorder, ticking: Timer, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.thread(every=600)
    start = world.clock()
    world.clock.move(days=1)
    await ticking.tick()
    world.clock.now = start
    correct = alignment.correct

    def fails(session: Session, now: datetime, thread_ids: Sequence[str]) -> None:
        monkeypatch.setattr(alignment, "correct", correct)
        raise OperationalError("UPDATE", None, Exception("disk I/O error"))

    monkeypatch.setattr(alignment, "correct", fails)
    with pytest.raises(OperationalError):
        await ticking.tick()
    await ticking.tick()
    assert next_slot(world) - start <= timedelta(minutes=10)


def test_a_rest_asks_for_commits_between_its_ends_only(world: World, runner: Recorder) -> None:
    resting = Timer(world.services, runner, poll=5.0, watch=0.5)
    asked: list[float] = []

    def changed() -> bool:
        asked.append(loop.time())
        return False

    resting._changed = changed
    with closing(VirtualLoop(Random(0))) as loop:
        loop.run_until_complete(resting._rest(1.5))
        assert [round(instant / 0.5) for instant in asked] == [1, 2]
        assert loop.time() >= 1.5


async def test_a_database_that_stays_unusable_is_told_once(
    world: World, ticking: Timer, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = 0

    def full(session: Session, now: datetime, owner: str, without: Collection[str]) -> None:
        nonlocal failed
        failed += 1
        raise OperationalError("UPDATE", None, Exception("database or disk is full"))

    monkeypatch.setattr(timer, "housekeeping", full)
    ticking.poll, ticking.watch = 0.02, 0.005
    async with running(ticking):
        await until(lambda: failed >= 5)
        assert ticking.is_alive(10)
    assert caplog.text.count("the timer failed and goes on: The disk is full") == 1
    assert "Traceback" not in caplog.text
