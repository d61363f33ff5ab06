"""The claim of reading: one reader at a time, and how long a model that is down is left alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from heartbeat.errors import FenceLostError
from heartbeat.store import Lease, reading_claim
from heartbeat.store.reading_claim import ReadingClaim
from tests.support.world import START, World

LEASE, OTHER = Lease(30, "one"), Lease(30, "other")


def claim(world: World, lease: Lease = LEASE, *, at_once: bool = False) -> ReadingClaim | None:
    return world.store.write(reading_claim.claim, lease, world.clock(), at_once=at_once)


def claimed(world: World, lease: Lease = LEASE) -> ReadingClaim:
    found = claim(world, lease)
    assert found is not None
    return found


def test_one_reads_at_a_time(world: World) -> None:
    mine = claimed(world)
    assert claim(world, OTHER) is None
    assert claim(world, LEASE) is None
    world.clock.move(seconds=20)
    world.store.write(reading_claim.renew, mine, LEASE, world.clock())
    world.clock.move(seconds=20)
    assert claim(world, OTHER) is None
    assert world.store.read(reading_claim.free_at, world.clock()) == world.clock() + timedelta(seconds=10)
    world.store.write(reading_claim.release, mine, world.clock())
    assert world.store.read(reading_claim.free_at, world.clock()) == world.clock()
    assert claim(world, OTHER) is not None


def test_a_claim_that_expired_is_lost(world: World) -> None:
    mine = claimed(world)
    world.clock.move(seconds=30)
    claimed(world, OTHER)
    with pytest.raises(FenceLostError, match="read by somebody else"):
        world.store.write(reading_claim.renew, mine, LEASE, world.clock())
    world.store.write(reading_claim.release, mine, world.clock())
    assert world.store.read(reading_claim.state, world.clock()).is_reading


def test_a_model_that_cannot_be_asked_is_left_alone_longer_each_time(world: World) -> None:
    waits = []
    for _ in range(6):
        world.store.write(
            reading_claim.miss, claimed(world), "small", "It is down.", world.clock(), jitter=1.0
        )
        free = world.store.read(reading_claim.free_at, world.clock())
        waits.append((free - world.clock()).total_seconds())
        assert claim(world, OTHER) is None
        world.clock.now = free
    assert waits == [33, 66, 330, 990, 3600, 3600]
    state = world.store.read(reading_claim.state, world.clock())
    assert (state.model, state.problem, state.is_reading) == ("small", "It is down.", False)
    mine = claimed(world)
    world.store.write(reading_claim.answered, mine)
    assert world.store.read(reading_claim.state, world.clock()).problem is None


def test_a_person_does_not_wait_for_the_next_try(world: World) -> None:
    world.store.write(reading_claim.miss, claimed(world), "small", "It is down.", world.clock())
    assert claim(world, OTHER, at_once=True) is not None


def test_what_was_written_while_the_clock_was_ahead_holds_nobody_up(world: World) -> None:
    world.clock.move(days=3)
    world.store.write(reading_claim.miss, claimed(world), "small", "It is down.", world.clock())
    world.clock.now = START
    assert claim(world) is not None
    world.clock.move(days=4)
    claimed(world)
    world.clock.now = START
    assert claim(world, OTHER) is not None


def test_a_restored_workspace_has_no_reader(world: World) -> None:
    mine = claimed(world)
    world.store.write(reading_claim.forget)
    assert claim(world, OTHER) is not None
    with pytest.raises(FenceLostError):
        world.store.write(reading_claim.renew, mine, LEASE, world.clock())
