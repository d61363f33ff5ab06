"""What the simulator has found, each as small as it gets."""

from __future__ import annotations

import itertools
from contextlib import closing
from datetime import datetime, timedelta

from heartbeat.config import Config
from heartbeat.schedule import Plan, next_due
from heartbeat.store import (
    Claim,
    Lease,
    Outcome,
    Refusal,
    beats,
    claims,
    retry,
    slots,
    threads,
    timer,
    unsettled,
)
from heartbeat.store.tables import Beat
from heartbeat.vocabulary import BeatStatus, Reason, Trigger
from tests.integration.simulation.run import Simulation
from tests.support.aligning import align
from tests.support.claiming import claim_due
from tests.support.world import World

MINUTE = timedelta(seconds=60)


def plan_of(world: World, thread_id: str = "demo") -> Plan:
    config = world.store.read(lambda session: threads.config(session, threads.get(session, thread_id)))
    return slots.plan_of(thread_id, config)


def stored(world: World) -> datetime:
    slot = world.store.read(threads.get, "demo").next_due
    assert slot is not None
    return slot


def claim(world: World) -> object:
    return world.store.write(claim_due, "demo", stored(world), world.clock(), lease=world.store.lease)


def beat(world: World) -> None:
    claimed = claim(world)
    assert isinstance(claimed, Claim)
    world.store.write(beats.settle, claimed, Outcome(BeatStatus.NONE, "Quiet."), world.clock())


def held(world: World) -> list[tuple[datetime, datetime]]:
    rows = [row for row in world.history() if row.slot is not None]
    return sorted((row.slot, row.last_slot or row.slot) for row in rows)


def test_slots_missed_around_a_row_from_before_the_clock_was_set_back(world: World) -> None:
    world.thread(every=60)
    first = stored(world)
    world.clock.now = first + 30 * MINUTE
    beat(world)  # one beat for the newest, the thirty before it are missed
    world.clock.now = first + 10 * MINUTE
    align(world.store, world.clock())
    world.clock.now = first + 40 * MINUTE
    beat(world)
    spans = held(world)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(spans)), spans
    assert sum(int((last - slot) / MINUTE) + 1 for slot, last in spans) == 41


def test_a_process_that_slept_since_it_looked_at_the_switch_starts_nothing(world: World) -> None:
    world.thread(every=60)
    world.clock.now = stored(world)
    world.store.write(timer.switch, False, world.clock())
    assert claim(world) is None
    world.store.write(timer.switch, True, world.clock())
    assert isinstance(claim(world), Claim)


def test_slots_of_an_earlier_plan_stay_as_they_were_counted(world: World) -> None:
    world.thread(every=60)
    first = stored(world)
    world.clock.now = first + 30 * MINUTE
    world.configure(every=3600)
    world.clock.now = first + 10 * MINUTE
    align(world.store, world.clock())
    (row,) = world.history()
    assert isinstance(row, Beat)
    assert (row.slot, row.last_slot, row.missed) == (first, first + 30 * MINUTE, 31)
    assert stored(world) == next_due(plan_of(world), first + 30 * MINUTE)


def test_a_beat_that_died_before_the_clock_was_set_back_holds_its_thread_for_one_lease(world: World) -> None:
    """Seed 30: its lease ended hours ahead, and all that time the thread was busy."""
    world.thread(every=60)
    slot = stored(world)
    world.clock.now = slot
    left = claim(world)
    assert isinstance(left, Claim)
    world.clock.now = slot - timedelta(hours=12)
    lease = world.store.lease
    world.store.write(claims.shorten_leases, lease, world.clock())
    assert world.store.read(unsettled.left_behind, world.clock()) == []
    world.clock.move(seconds=lease.seconds)
    assert world.store.read(unsettled.left_behind, world.clock()) == [left.beat_id]


def test_the_lease_of_a_process_with_longer_leases_is_believed(world: World) -> None:
    world.thread(every=60)
    world.clock.now = stored(world)
    patient = Lease(3 * world.store.lease.seconds, "patient")
    world.store.write(claim_due, "demo", stored(world), world.clock(), lease=patient)
    world.clock.move(seconds=1)
    world.store.write(claims.shorten_leases, world.store.lease, world.clock())
    world.clock.move(seconds=2 * world.store.lease.seconds)
    assert world.store.read(unsettled.left_behind, world.clock()) == []


def test_the_pause_itself_writes_down_the_slot_that_waited_behind_the_tenth_failure() -> None:
    """Seed 43: the referee took that row for the newest, and the pause for one without ten failures."""
    with closing(Simulation(43)) as simulation:
        store, lease = simulation.admin, simulation.admin.lease
        simulation.oracle.add("t1", simulation.clock())
        store.write(threads.create, "t1", simulation.clock(), config={"every": 60})
        simulation.oracle.plan("t1", slots.plan_of("t1", Config(every=60)))

        def knock() -> Claim | Refusal | None:
            slot = store.read(threads.get, "t1").next_due
            assert slot is not None
            simulation.step_clock((slot - simulation.clock()).total_seconds())
            return store.write(claim_due, "t1", slot, simulation.clock(), lease=lease)

        for number in range(1, retry.FAILURES + 1):
            claimed = knock()
            assert isinstance(claimed, Claim)
            if number == retry.FAILURES:
                refused = knock()
                assert isinstance(refused, Refusal)
                assert refused.gate == Reason.BUSY
            else:
                simulation.step_clock(40)  # too late for another try
            store.write(
                beats.settle,
                claimed,
                Outcome(BeatStatus.FAILED, "No.", Reason.MODEL_ERROR),
                simulation.clock(),
            )
        *failed, waited = simulation.referee.rows.values()
        assert [row.status for row in failed] == ["failed"] * retry.FAILURES
        assert (waited.status, waited.reason) == ("skipped", "busy")
        assert simulation.referee.paused == {"t1"}
        assert simulation.violation is None


def test_starts_from_before_the_clock_was_set_back_keep_nobody_waiting(world: World) -> None:
    """Seed 432: the thread cooled down after each of them once more when their instants came again."""
    world.thread(every=3600)
    first = stored(world)
    world.clock.now = first
    for _ in range(20):
        world.clock.move(seconds=30)
        opened = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock())
        assert isinstance(opened, Claim)
        world.store.write(beats.settle, opened, Outcome(BeatStatus.NONE, "Quiet."), world.clock())
    world.clock.now = first
    beat(world)
    world.configure(every=60)
    late = []
    for _ in range(8):
        slot = stored(world)
        world.clock.now = slot
        claimed = claim(world)
        while isinstance(claimed, Refusal):
            wake_at = world.store.read(threads.get, "demo").wake_at
            assert wake_at is not None
            world.clock.now = wake_at
            claimed = claim(world)
        assert isinstance(claimed, Claim)
        world.store.write(beats.settle, claimed, Outcome(BeatStatus.NONE, "Quiet."), world.clock())
        late.append((world.clock() - slot).total_seconds())
    assert late == [0] * 8
