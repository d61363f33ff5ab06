"""A run goes on under the claim that was made for it, or claims its beat itself."""

from __future__ import annotations

from datetime import datetime

import pytest
from pydantic import ValidationError

from heartbeat.errors import ConflictError, FenceLostError, InvalidValueError
from heartbeat.store import Claim, Outcome, beats, claims
from heartbeat.vocabulary import BeatStatus, Reason, Trigger
from nodes.context import Context
from tests.support.world import World


def claimed(world: World, slot: datetime | None = None) -> Claim:
    world.thread()
    trigger = Trigger.MANUAL if slot is None else Trigger.SCHEDULED
    opened = world.store.open_beat("demo", trigger, slot, world.clock(), supervised=True)
    assert isinstance(opened, Claim)
    return opened


def fence(world: World) -> int:
    return world.store.read(beats.get, 1).fence


@pytest.mark.one_question  # a scheduled beat of a plan that is not read has nothing to follow
def test_claim_is_used_as_it_is(world: World) -> None:
    claim = claimed(world, world.clock())
    assert world.go_on(1, claim=claim)["status"] == "none"
    assert (claim.fence, fence(world)) == (1, 1)


def test_run_without_a_claim_makes_one(world: World) -> None:
    claimed(world)
    assert world.go_on(1)["status"] == "none"
    assert fence(world) == 2


def test_claim_that_is_lost_writes_nothing(world: World) -> None:
    claim = claimed(world)
    other = world.elsewhere()
    world.clock.move(seconds=31)
    other.store.write(claims.take_over, 1, other.store.lease, world.clock())
    before = world.store.read(beats.get, 1)
    with pytest.raises(FenceLostError, match="beat 1 was taken over by other-process"):
        world.go_on(1, claim=claim)
    assert world.store.read(beats.get, 1) == before
    assert world.ollama.calls == []
    other.close()


def test_claim_of_a_beat_that_is_settled_already_changes_nothing(world: World) -> None:
    claim = claimed(world)
    world.store.write(
        beats.give_up, claim, Outcome(BeatStatus.FAILED, "Too late.", Reason.DEADLINE), world.clock()
    )
    before = world.store.read(beats.get, 1)
    assert world.go_on(1, claim=claim)["reason"] == "deadline"
    assert world.store.read(beats.get, 1) == before


def test_claim_of_another_beat_is_refused(world: World) -> None:
    claim = claimed(world)
    with pytest.raises(InvalidValueError, match=r"^beat_id: 2 was given with the claim of beat 1"):
        world.go_on(2, claim=claim)


@pytest.mark.parametrize("given", [[1, 1], {"beat_id": 1, "fence": 1}, "1"])
def test_claim_comes_from_python_only(given: object) -> None:
    with pytest.raises(ValidationError, match="claim"):
        Context.model_validate({"claim": given})
    assert "claim" not in Context.model_json_schema()["properties"]


class TestTakeOver:
    """A beat that was left behind is claimed once, whoever held it before."""

    def test_own_lease_that_has_not_run_out(self, world: World) -> None:
        claimed(world)
        with pytest.raises(ConflictError, match="beat 1 is running in test-process"):
            world.store.write(claims.take_over, 1, world.store.lease, world.clock())
        assert fence(world) == 1

    def test_own_lease_that_has_run_out(self, world: World) -> None:
        claimed(world)
        world.clock.move(seconds=30)
        assert world.store.write(claims.take_over, 1, world.store.lease, world.clock()) == Claim(1, 2)
        assert world.store.read(beats.get, 1).takeovers == 0
        with pytest.raises(ConflictError):
            world.store.write(claims.take_over, 1, world.store.lease, world.clock())

    def test_run_from_outside(self, world: World) -> None:
        world.thread()
        world.store.open_beat("demo", Trigger.MANUAL, None, world.clock())
        world.clock.move(seconds=30)
        with pytest.raises(ConflictError):
            world.store.write(claims.take_over, 1, world.store.lease, world.clock())

    @pytest.mark.parametrize("status", [BeatStatus.NONE, BeatStatus.AWAITING_APPROVAL])
    def test_beat_that_does_not_run(self, world: World, status: BeatStatus) -> None:
        claim = claimed(world)
        if status == BeatStatus.NONE:
            world.store.write(beats.give_up, claim, Outcome(BeatStatus.NONE, "Done."), world.clock())
        else:
            world.store.write(lambda session: setattr(beats.get(session, 1), "status", status))
        world.clock.move(seconds=31)
        with pytest.raises(ConflictError, match="beat 1 is not left behind: it is "):
            world.store.write(claims.take_over, 1, world.store.lease, world.clock())
        assert fence(world) == 1
