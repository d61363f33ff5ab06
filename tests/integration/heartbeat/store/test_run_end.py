from __future__ import annotations

import pytest
from sqlmodel import Session

from heartbeat.errors import FenceLostError, NotFoundError
from heartbeat.store import Claim, Lease, Outcome, beats, claims, views
from heartbeat.vocabulary import BeatStatus, Trigger
from tests.support.world import World


@pytest.fixture
def claim(world: World) -> Claim:
    world.thread()
    opened = world.store.open_beat("demo", Trigger.SCHEDULED, world.clock(), world.clock(), supervised=True)
    assert isinstance(opened, Claim)
    return opened


def test_the_end_of_a_run_is_its_beat(world: World, claim: Claim) -> None:
    world.store.write(beats.settle, claim, Outcome(BeatStatus.NONE, "Quiet."), world.clock())
    end = world.store.read(views.end_of, claim)
    assert end == world.store.read(views.beat_detail, claim.beat_id)
    assert end is not None
    assert end.summary == "Quiet."


def test_the_end_of_a_beat_that_was_taken_over_is_not_for_its_first_run(world: World, claim: Claim) -> None:
    world.clock.move(seconds=2 * world.store.lease.seconds)
    other = Lease(30, "other")
    later = world.store.write(claims.take_over, claim.beat_id, other, world.clock())
    with pytest.raises(FenceLostError, match="another process"):
        world.store.read(views.end_of, claim)
    assert world.store.read(views.end_of, later) is not None


def test_a_run_that_a_person_has_answered_to_meanwhile_has_no_end_to_report(
    world: World, claim: Claim
) -> None:
    def answered(session: Session, by: str) -> None:
        row = beats.get(session, claim.beat_id)
        row.approval, row.fence = {"answer": "approve", "by": by}, claim.fence + 1

    world.store.write(answered, "api")
    assert world.store.read(views.end_of, claim) is None
    world.store.write(answered, "standing")
    with pytest.raises(FenceLostError):
        world.store.read(views.end_of, claim)


def test_a_beat_that_was_removed_has_no_end(world: World) -> None:
    with pytest.raises(NotFoundError):
        world.store.read(views.end_of, Claim(7, 1))
