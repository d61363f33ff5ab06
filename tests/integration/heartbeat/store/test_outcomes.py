"""What a memory takes in of beats that waited for approval, by how they ended."""

from __future__ import annotations

import pytest
from sqlmodel import Session

from heartbeat.memory import Memory
from heartbeat.store import beats
from heartbeat.store.approvals import Answer, answer
from heartbeat.store.beats import Outcome
from heartbeat.store.outcomes import up_to_date
from heartbeat.store.tables import Beat
from heartbeat.vocabulary import AnswerOrigin, BeatStatus, Reason
from tests.support.ollama import decision
from tests.support.world import World

pytestmark = pytest.mark.one_question

COMMENT = decision(action="comment", post_id="1", content="Good.", note="Bo likes tea.")


@pytest.fixture
def waiting(world: World) -> World:
    """A thread whose first beat waits with a comment."""
    world.thread(approval="always")
    world.post("First")
    world.ollama.says(COMMENT)
    assert world.scheduled()["status"] == "awaiting_approval"
    world.clock.move(minutes=5)
    return world


def loaded(world: World) -> Memory:
    def read(session: Session) -> Memory:
        memory = Memory.newest(beats.latest_memory(session, "demo"))
        return up_to_date(session, "demo", memory, world.clock())

    return world.store.read(read)


def approve(world: World) -> None:
    given = Answer(answer="approve")
    world.store.write(answer, 1, given, by=AnswerOrigin.API, lease=world.store.lease, now=world.clock())


@pytest.mark.parametrize(
    ("status", "reason", "is_open"),
    [
        (BeatStatus.FAILED, Reason.DISPATCH, True),
        (BeatStatus.FAILED, Reason.INTERNAL, True),
        (BeatStatus.FAILED, Reason.DATABASE, True),
        (BeatStatus.ABANDONED, None, True),
        (BeatStatus.SKIPPED, Reason.BUDGET_EXHAUSTED, True),
        (BeatStatus.SKIPPED, Reason.TARGET_COOLDOWN, True),
        (BeatStatus.REJECTED, Reason.CRITERION, True),
        (BeatStatus.REJECTED, Reason.EXPIRED, True),
        (BeatStatus.REJECTED, Reason.REJECTED, False),
        (BeatStatus.NONE, Reason.DUPLICATE, False),
    ],
)
def test_what_ended_so_is_open_again_or_not(
    waiting: World, status: BeatStatus, reason: Reason | None, *, is_open: bool
) -> None:
    before = loaded(waiting)
    assert (before.waiting, before.pending, before.recent) == ((1,), (), ())
    approve(waiting)
    assert loaded(waiting) == before, "it is being carried out"
    waiting.store.write(beats.close_id, 1, Outcome(status, "So it ended.", reason), waiting.clock())
    memory = loaded(waiting)
    assert memory.waiting == ()
    assert memory.pending == (("forum.post:1",) if is_open else ())
    assert ("comment post:1" in memory.done) is not is_open
    assert (memory.fingerprint is None) is is_open
    assert memory.recent == ()
    assert memory.note == "Bo likes tea.", "what it noted it has noted"
    assert loaded(waiting) == memory


def test_a_beat_that_is_gone_is_forgotten(waiting: World) -> None:
    before = loaded(waiting)

    def gone(session: Session) -> Memory:
        row = session.get(Beat, 1)
        session.delete(row)
        session.flush()
        return up_to_date(session, "demo", before, waiting.clock())

    memory = waiting.store.write(gone)
    assert memory == before.model_copy(update={"waiting": ()})


def test_a_row_that_cannot_be_read_loses_no_beat(waiting: World) -> None:
    def spoil(session: Session) -> None:
        row = session.get(Beat, 1)
        assert row is not None
        row.action = {"kind": 7}
        session.add(row)

    before = loaded(waiting)
    waiting.store.write(spoil)
    waiting.store.write(
        beats.close_id, 1, Outcome(BeatStatus.REJECTED, "Too late.", Reason.EXPIRED), waiting.clock()
    )
    assert loaded(waiting) == before.model_copy(update={"waiting": ()})
