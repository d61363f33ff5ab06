"""What has acted ends ``acted``, with the memory of its action, whoever closes it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlmodel import Session

from graph.heartbeat import graph
from heartbeat.errors import ConflictError
from heartbeat.memory import Memory
from heartbeat.store import Claim, Outcome, approvals, beats, threads, timer
from heartbeat.store.approvals import Answer
from heartbeat.store.tables import Beat
from heartbeat.vocabulary import BeatStatus, Reason, Trigger
from heartbeat_service.approval import accept
from heartbeat_service.local_runner import TAKEOVERS, LocalRunner
from heartbeat_service.runner import Runner
from tests.support.claiming import claim_due
from tests.support.ollama import decision
from tests.support.unsettled import unsettle
from tests.support.world import World

pytestmark = pytest.mark.one_question  # its runs act by replies with a whole decision

POST = decision(
    action="post", board="general", title="Tea", content="Hot.", reasoning="New.", note="Told them."
)
SAME = decision(action="post", board="general", title="About tea", content="It is hot.", reasoning="New.")


class DiedError(Exception):
    """The process is gone."""


def die_after_acting(world: World, *, supervised: bool = False, approval: bool = False) -> Claim:
    """Leave a beat as a process of an earlier version did that died when it had acted and not settled."""

    def probe(point: str) -> None:
        if point == "after:dispatch":
            raise DiedError

    world.probe = probe
    world.ollama.says(POST)
    opened = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), supervised=supervised)
    assert isinstance(opened, Claim)
    with pytest.raises(DiedError):
        world.go_on(opened.beat_id)
    world.probe = lambda _: None
    row = unsettle(world, opened.beat_id)
    assert row.supervised is supervised
    return Claim(opened.beat_id, row.fence)


def change(world: World, **columns: object) -> None:
    def put(session: Session) -> None:
        row = beats.get(session, 1)
        for name, value in columns.items():
            setattr(row, name, value)

    world.store.write(put)


def reaper(world: World, _: Claim) -> None:
    world.store.write(timer.housekeeping, world.clock(), "a timer")


def next_beat_from_outside(world: World, _: Claim) -> None:
    world.beat(dry_run=True)


def run_now(world: World, _: Claim) -> None:
    asyncio.run(Runner(world.services, graph).beat("demo", dry_run=True))


def next_slot(world: World, _: Claim) -> None:
    slot = world.store.read(threads.get, "demo").next_due
    assert slot is not None
    world.clock.now = max(world.clock.now, slot)
    opened = world.store.write(claim_due, "demo", slot, world.clock(), lease=world.store.lease)
    assert isinstance(opened, Claim)
    world.store.write(beats.give_up, opened, Outcome(BeatStatus.NONE, "Nothing."), world.clock())


def deadline(world: World, claim: Claim) -> None:
    world.store.write(
        beats.give_up, claim, Outcome(BeatStatus.FAILED, "Too long.", Reason.DEADLINE), world.clock()
    )


def settled_as_failed(world: World, claim: Claim) -> None:
    world.store.write(
        beats.settle,
        claim,
        Outcome(BeatStatus.FAILED, "Broken.", Reason.INTERNAL),
        world.clock(),
        memory={"beat": 7},
    )


def taken_over_too_often(world: World, _: Claim) -> None:
    change(world, supervised=True, takeovers=TAKEOVERS)
    asyncio.run(LocalRunner(Runner(world.services, graph)).recover(1))


def approval_expired(world: World, _: Claim) -> None:
    change(world, status="awaiting_approval", expires_at=world.clock())
    assert world.store.write(approvals.expire, world.clock()) == [1]


def answered_too_late(world: World, _: Claim) -> None:
    change(world, status="awaiting_approval", expires_at=world.clock())
    with pytest.raises(ConflictError, match="waited too long"):
        accept(world.services, 1, Answer(answer="approve"))


CLOSERS: dict[str, tuple[Callable[[World, Claim], None], str]] = {
    "reaper": (reaper, "went away"),
    "next beat from outside": (next_beat_from_outside, "went away"),
    "run now": (run_now, "went away"),
    "next slot": (next_slot, "went away"),
    "deadline": (deadline, "Too long."),
    "settled as failed": (settled_as_failed, "Broken."),
    "taken over too often": (taken_over_too_often, "never finished"),
    "approval expired": (approval_expired, "Nobody approved"),
    "answered too late": (answered_too_late, "Nobody approved"),
}


@pytest.mark.parametrize(("close", "why"), CLOSERS.values(), ids=CLOSERS)
def test_whoever_closes_it(world: World, close: Callable[[World, Claim], None], why: str) -> None:
    world.thread(recheck_after=86400)
    world.post("What is tea?")
    claim, at = die_after_acting(world), world.clock()
    world.clock.move(seconds=3000)

    close(world, claim)

    row: Beat = world.store.read(beats.get, 1)
    assert (row.status, row.reason, row.summary) == ("acted", None, "Posted on general: Tea.")
    assert why in row.problems[-1]
    assert (row.lease_owner, row.retry_at) == (None, None)
    memory = Memory.newest(world.store.read(beats.latest_memory, "demo"))
    assert memory.note == "Told them."
    assert [(action.text, action.at) for action in memory.recent] == [("Tea", at)]
    assert len(world.posts()) == 1


def test_next_beat_does_not_do_the_same_in_other_words(world: World) -> None:
    world.thread(recheck_after=86400)
    world.post("What is tea?")
    die_after_acting(world)
    world.clock.move(seconds=3000)
    world.ollama.says(SAME)
    assert world.scheduled()["reason"] == "unchanged", "nothing is new to it"
    assert world.beat()["status"] == "acted", "a person may ask for it all the same"
    assert "Tea" in world.ollama.prompts[-1]


def test_run_that_wakes_up_later_finds_its_beat_closed(world: World) -> None:
    world.thread()
    claim = die_after_acting(world)
    world.clock.move(seconds=31)
    reaper(world, claim)
    before = world.store.read(beats.get, 1).model_dump()
    with suppress(ConflictError):
        world.go_on(1)
    assert world.store.read(beats.get, 1).model_dump() == before
    assert len(world.posts()) == 1


def test_row_that_cannot_be_read_any_more_is_closed_all_the_same(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """One row must not keep the timer from ticking."""
    world.thread()
    claim = die_after_acting(world)
    change(world, action={"kind": 7})
    world.clock.move(seconds=31)
    reaper(world, claim)
    row = world.store.read(beats.get, 1)
    assert (row.status, row.summary) == ("acted", "Did: post.")
    assert "what beat 1 did cannot be remembered" in caplog.text


@pytest.mark.parametrize("status", [BeatStatus.ABANDONED, BeatStatus.FAILED])
def test_what_has_not_acted_ends_as_it_is_told(world: World, status: BeatStatus) -> None:
    world.thread()
    opened = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock())
    assert isinstance(opened, Claim)
    world.clock.now += timedelta(seconds=31)
    world.store.write(beats.give_up, opened, Outcome(status, "Gone."), world.clock())
    assert world.store.read(beats.get, 1).status == status
