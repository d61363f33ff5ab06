"""The runner at admission for a person: which beat they get."""

from __future__ import annotations

import asyncio

import pytest

from heartbeat.store import Claim, Refusal
from heartbeat.vocabulary import Reason, Trigger
from heartbeat_service.runner import Runner
from tests.support.plan_beats import order_post
from tests.support.world import World


@pytest.fixture
def left(world: World) -> World:
    world.thread()
    world.post("First")
    order_post(world)
    return world


def leave_behind(world: World, *, dry_run: bool) -> int:
    claim = world.elsewhere().store.open_beat(
        "demo", Trigger.MANUAL, None, world.clock(), supervised=True, dry_run=dry_run
    )
    assert isinstance(claim, Claim)
    world.clock.move(seconds=31)
    return claim.beat_id


def test_dry_run_never_goes_on_with_a_beat_that_may_act(left: World) -> None:
    leave_behind(left, dry_run=False)
    refusal = asyncio.run(Runner(left.services, left.graph).beat("demo", dry_run=True))
    assert isinstance(refusal, Refusal)
    assert refusal.gate == Reason.BUSY
    assert left.posts() == []


@pytest.mark.parametrize("dry_run", [False, True])
def test_a_person_gets_the_beat_that_was_left_behind(left: World, dry_run: bool) -> None:
    beat_id = leave_behind(left, dry_run=dry_run)
    beat = asyncio.run(Runner(left.services, left.graph).beat("demo", dry_run=dry_run))
    assert not isinstance(beat, Refusal)
    assert (beat.id, beat.dry_run) == (beat_id, dry_run)
    assert len(left.posts()) == (0 if dry_run else 1)
