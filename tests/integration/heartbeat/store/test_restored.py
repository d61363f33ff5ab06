"""A restored database: nothing that may have happened since the backup happens again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from heartbeat.memory import Memory
from heartbeat.sources.marks import newest_marks
from heartbeat.store import (
    Claim,
    Lease,
    approval_threads,
    approvals,
    beats,
    due,
    events,
    notices,
    outbox,
    threads,
    timer,
)
from heartbeat.store.approval_tables import ApprovalThread
from heartbeat.store.restored import GAP, Marks, Restored, settle_restored
from heartbeat.store.tables import Action, Beat, Delivery, Notices, TargetHealth, Thread
from heartbeat.vocabulary import (
    ActionStatus,
    AnswerOrigin,
    ApprovalThreadState,
    BeatStatus,
    DeliveryReason,
    DeliveryStatus,
    EventKind,
    Trigger,
    TryEnd,
)
from tests.support.deliveries import brought_to, queued, tell, tried
from tests.support.ollama import Say, decision
from tests.support.unsettled import unsettle
from tests.support.world import START, World

NONE = Say(decision(action="none"))
SAID = "The workspace was restored from the backup of 2026-11-02T12:00:00Z"


def settled(world: World, *, marks: Marks | None = newest_marks) -> Restored:
    """Restore in place, a day after the backup."""
    world.clock.now = START + timedelta(days=1)
    return world.store.write(settle_restored, START, world.clock(), marks=marks)


def rows(world: World, table: type[Any]) -> list[Any]:
    return world.store.read(lambda session: list(session.exec(select(table).order_by(table.id))))


def memory(world: World) -> Memory:
    return Memory.newest(world.store.read(beats.latest_memory, "demo"))


STATES = [
    (DeliveryStatus.PENDING, {}),
    (DeliveryStatus.PENDING, {"missed": True}),
    (DeliveryStatus.PENDING, {"searching": True}),
    (DeliveryStatus.SENDING, {}),
    (DeliveryStatus.HELD, {}),
]


@pytest.mark.parametrize(("status", "how"), STATES)
def test_what_may_have_left_is_unknown(world: World, status: DeliveryStatus, how: dict[str, Any]) -> None:
    world.thread(enabled=False)
    row = brought_to(world.store, status, START, **how)
    assert settled(world).deliveries == 1
    [found] = rows(world, Delivery)
    assert (found.status, found.reason, found.finished_at) == (DeliveryStatus.UNKNOWN, None, world.clock())
    assert (found.next_try, found.lease_owner, found.lease_until, found.afterwards) == (None,) * 4
    assert found.key == row.key
    assert found.tries[-1]["said"] == (
        "It may have been made after the backup of 2026-11-02T12:00:00Z, from which the workspace was restored."
    )
    assert all(each["ended"] for each in found.tries)
    world.store.write(timer.switch, True, world.clock())
    assert world.store.read(outbox.look, world.clock() + timedelta(days=9), 10).due == []


def test_a_notice_that_waits_is_not_told_again(world: World) -> None:
    brought_to(world.store, DeliveryStatus.PENDING, START, kind="notice", thread_id=None)
    settled(world)
    assert [row.status for row in rows(world, Delivery)] == [DeliveryStatus.UNKNOWN]


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (DeliveryStatus.SENT, None),
        (DeliveryStatus.FAILED, DeliveryReason.REFUSED),
        (DeliveryStatus.UNKNOWN, None),
    ],
)
def test_what_is_over_stays(world: World, status: DeliveryStatus, reason: DeliveryReason | None) -> None:
    world.thread(enabled=False)
    row = brought_to(world.store, status, START, reason=reason)
    assert settled(world).deliveries == 0
    assert rows(world, Delivery) == [row]


def test_a_person_may_send_again_what_is_unknown(world: World) -> None:
    world.thread(enabled=False)
    row = queued(world.store, START)
    settled(world)
    world.store.write(outbox.settle, row.id or 0, False, world.clock())
    assert rows(world, Delivery)[0].status == DeliveryStatus.PENDING
    sent = tried(world.store, row, TryEnd.SENT, world.clock())
    assert sent.status == DeliveryStatus.SENT


def test_action_and_summary_follow(world: World) -> None:
    world.thread(enabled=False)
    beat = tell(world.store, "Tea is ready.", START, targets=["phone"])
    settled(world)
    assert [row.status for row in rows(world, Action)] == [ActionStatus.UNKNOWN]
    assert world.detail(beat).summary.startswith("Perhaps arrived at phone: ")


@pytest.mark.parametrize("supervised", [True, False])
def test_a_beat_that_ran_is_closed_and_its_run_writes_nothing(world: World, supervised: bool) -> None:
    world.thread(enabled=False)
    claim = world.store.open_beat("demo", Trigger.MANUAL, None, START, supervised=supervised)
    assert isinstance(claim, Claim)
    assert settled(world).beats == 1
    row = world.store.read(beats.get, claim.beat_id)
    assert (row.status, row.lease_owner, row.lease_until) == (BeatStatus.ABANDONED, None, None)
    assert row.summary == f"{SAID}; this beat may have acted since then."
    world.clock.move(days=1)
    assert world.store.read(due.look, world.clock(), 9).left_behind == []


@pytest.mark.one_question  # replies with a whole decision
def test_a_beat_that_waits_for_a_person_does_not_act(world: World) -> None:
    world.thread(enabled=False, approval="always", recheck_after=0)
    world.ollama.default = Say(decision(action="post", board="general", title="Hello", content="Words"))
    world.beat()
    assert world.detail(1).status == BeatStatus.AWAITING_APPROVAL
    assert settled(world).beats == 1
    assert world.detail(1).status == BeatStatus.ABANDONED
    with pytest.raises(Exception, match="does not wait"):
        world.store.write(
            approvals.answer,
            1,
            approvals.Answer(answer="approve"),
            by=AnswerOrigin.CLI,
            lease=Lease(),
            now=world.clock(),
        )
    assert world.posts() == []
    world.ollama.default = NONE
    assert world.beat()["status"] == "none", "the thread goes on"


@pytest.mark.one_question
@pytest.mark.parametrize("marks", [newest_marks, None])
def test_what_waited_for_a_person_is_not_open_again(world: World, marks: Marks | None) -> None:
    """It may have been approved and done since, so that it is not proposed again."""
    world.thread(enabled=False, approval="always", recheck_after=0)
    number = world.post("A question")
    answer = decision(action="comment", post_id=str(number), content="An answer")
    world.ollama.default = Say(answer)
    claim = world.store.open_beat("demo", Trigger.MANUAL, None, START, supervised=True)
    assert isinstance(claim, Claim)
    world.go_on(claim.beat_id, claim=claim)
    assert world.detail(1).status == BeatStatus.AWAITING_APPROVAL
    settled(world, marks=marks)
    world.ollama.default = NONE
    world.beat()
    assert "New posts: 0." in world.ollama.prompts[-1]


@pytest.mark.one_question
def test_a_beat_that_had_acted_ends_as_acted(world: World) -> None:
    world.thread(enabled=False, recheck_after=0)
    world.ollama.default = Say(decision(action="post", board="general", title="Hello", content="Words"))
    world.beat()
    unsettle(world)
    settled(world)
    assert (world.detail(1).status, world.detail(1).summary) == (
        BeatStatus.ACTED,
        "Posted on general: Hello.",
    )
    assert memory(world).recent[-1].text == "Hello"


@pytest.mark.one_question
def test_what_is_there_counts_as_looked_at(world: World) -> None:
    world.thread(enabled=False, recheck_after=0)
    world.comment(world.post("Old"))
    world.owner("Do the dishes")
    settled(world)
    world.ollama.default = NONE
    world.beat()
    assert "New posts: 0." in world.ollama.prompts[-1]
    world.post("Fresh")
    world.beat()
    assert "New posts: 1." in world.ollama.prompts[-1]


@pytest.mark.one_question
def test_with_kept_marks_what_was_new_is_new(world: World) -> None:
    world.thread(enabled=False, recheck_after=0)
    world.post("Old")
    settled(world, marks=None)
    world.ollama.default = NONE
    world.beat()
    assert "New posts: 1." in world.ollama.prompts[-1]


@pytest.mark.one_question
def test_the_rest_of_the_memory_stays(world: World) -> None:
    world.thread(enabled=False, recheck_after=0)
    world.post("Old")
    world.ollama.default = Say(decision(action="none", note="Remember the tea."))
    world.beat()
    before = memory(world)
    world.post("Unseen")
    settled(world)
    after = memory(world)
    assert after.note == "Remember the tea."
    assert after.beat > before.beat, "a checkpoint with the memory of a beat before counts less"
    assert (after.marks["forum.post"], after.pending, after.fingerprint) == (2, (), None)


def test_the_history_says_since_when_it_goes_on(world: World) -> None:
    world.thread(enabled=False)
    settled(world)
    [row] = rows(world, Beat)
    assert (row.status, row.trigger, row.lease_owner) == (BeatStatus.NONE, Trigger.MANUAL, None)
    assert row.summary == f"{SAID}; what was there then counts as looked at."


def test_the_timer_is_stopped_and_nothing_is_caught_up(world: World) -> None:
    world.thread(every="1h")
    world.store.write(timer.tick, START, "somebody:1")
    assert settled(world).threads == 1
    state = world.store.read(timer.state)
    assert (state.running, state.last_tick, state.ticked_by) == (False, None, None)
    [thread] = rows(world, Thread)
    assert world.clock() < thread.next_due <= world.clock() + timedelta(hours=1)
    missed = next(row for row in rows(world, Beat) if row.status == BeatStatus.MISSED)
    assert (missed.missed, missed.summary) == (
        24,
        "No beat ran: the workspace was restored from an earlier backup.",
    )
    world.store.write(timer.switch, True, world.clock())
    assert world.store.read(due.look, world.clock(), 9).due == []


@pytest.mark.parametrize("enabled", [True, False])
def test_a_thread_that_does_not_beat_has_no_slot(world: World, enabled: bool) -> None:
    world.thread(every="1h", enabled=enabled)
    if enabled:
        world.store.write(threads.pause, "demo", "holiday", START)
    done = settled(world)
    [thread] = rows(world, Thread)
    assert (done.threads, done.going_on) == (1, 0)
    assert (thread.next_due, thread.wake_at) == (None, None)


def test_a_slot_that_failed_is_not_tried_again(world: World) -> None:
    world.thread(every="1d")
    claim = world.store.open_beat("demo", Trigger.SCHEDULED, START, START, supervised=True)
    assert isinstance(claim, Claim)
    world.store.write(beats.give_up, claim, beats.Outcome(BeatStatus.FAILED, "It broke."), START)
    assert rows(world, Beat)[0].retry_at is not None
    settled(world)
    assert rows(world, Beat)[0].retry_at is None


def test_no_target_is_down_and_nothing_old_is_told(world: World) -> None:
    world.thread(enabled=False)
    for _ in range(3):
        tried(world.store, queued(world.store, START), TryEnd.PERHAPS, START)
    world.store.write(notices.begin, world.clock())
    world.store.write(threads.pause, "demo", "holiday", START)
    settled(world)
    assert world.store.read(lambda session: session.exec(select(TargetHealth)).all()) == []
    [row] = rows(world, Notices)
    assert (row.cursor, row.waiting) == (world.store.read(events.newest), [])
    assert world.store.write_durably(notices.take, world.clock(), owners=["phone"]).notices == []


def test_readers_of_events_begin_anew(world: World) -> None:
    world.thread(enabled=False)
    world.store.write(timer.switch, False, START)
    before = world.store.read(events.newest)
    settled(world)
    [event] = world.store.read(events.since, 0)
    assert (event.id, event.kind) == (before + GAP, EventKind.TIMER_STOPPED)
    assert event.data == {"restored_from": "2026-11-02T12:00:00Z"}
    world.store.write(timer.switch, True, world.clock())
    assert world.store.read(events.newest) == before + GAP + 1


def test_a_second_restore_changes_nothing_more(world: World) -> None:
    world.thread(every="1h")
    queued(world.store, START)
    settled(world)
    again = settled(world)
    assert again == Restored(threads=1, going_on=1, beats=0, deliveries=0, standing=0)


def test_checkpoints_that_were_cleared_are_cleared_again(world: World) -> None:
    """They are copied before the database, and may hold what was cleared between."""
    world.thread(enabled=False)
    world.store.write(approval_threads.add, "demo", 7)
    place = world.store.read(approval_threads.of_beat, 7)
    assert place is not None

    def clear(session: Session) -> None:
        session.get_one(ApprovalThread, place.langgraph_id).state = ApprovalThreadState.CLEARED

    world.store.write(clear)
    settled(world)
    assert world.store.read(approval_threads.left_over, world.clock(), 9) == [place]
