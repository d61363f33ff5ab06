"""Prepare a database that was restored from a backup, before anything is started on it.

Whatever may have happened since the backup is not done again: it is closed, or `unknown`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, delete, func, select, update

from heartbeat.memory import Memory
from heartbeat.store import beats, events, inbox, outbox, outcomes, reading_claim, rows, slots, threads, timer
from heartbeat.store.approval_tables import ApprovalThread, StandingApproval
from heartbeat.store.beats import Outcome
from heartbeat.store.tables import Beat, Event, Notices, TargetHealth, Thread, Timer
from heartbeat.text import utc
from heartbeat.vocabulary import UNSETTLED, ApprovalThreadState, BeatStatus, EventKind, Trigger

GAP = 1_000_000_000
"""Added to the number of the newest event: more than were written since the backup, so that each client that has
followed them is told to begin anew."""

Marks = Callable[[Session, str], Mapping[str, int]]
"""Returns the highest position of all that a thread can look at now, by source and kind."""


class Restored(NamedTuple):
    """What was changed: the numbers of threads, of closed beats, and of deliveries that are `unknown` now.

    ``going_on`` is the number of threads that beat once the timer runs: not switched off, paused or faulty.
    ``standing`` is the number of standing approvals, some of which a person may have revoked since the backup.
    """

    threads: int
    going_on: int
    beats: int
    deliveries: int
    standing: int


def settle_restored(session: Session, made_at: datetime, now: datetime, *, marks: Marks | None) -> Restored:
    """Close what was under way at ``made_at``, the time of the backup, and stop the timer.

    ``marks`` says what counts as looked at from now on; with None each thread looks at what was new to it then.
    """
    when = utc(made_at.replace(microsecond=0))
    said = f"The workspace was restored from the backup of {when}"
    closed = _close_beats(session, f"{said}; this beat may have acted since then.", now)
    lost = outbox.lose_track(
        session,
        now,
        f"It may have been made after the backup of {when}, from which the workspace was restored.",
    )
    session.execute(delete(TargetHealth))
    inbox.look_anew(session)
    reading_claim.forget(session)
    found = threads.every(session)
    going_on = 0
    for thread in found:
        _remember(session, thread, said, now, marks)
        going_on += _plan(session, thread, now)
    _clear_again(session)
    _stop_timer(session, when, now)
    held = (
        select(func.count()).select_from(StandingApproval).where(col(StandingApproval.revoked_at).is_(None))
    )
    return Restored(len(found), going_on, closed, lost, session.exec(held).one())


def _close_beats(session: Session, said: str, now: datetime) -> int:
    """End beats that run or wait for a person; one that has acted ends as acted."""
    # A beat that waits is not rejected: nobody said no, and what it proposes may have been approved and done.
    session.execute(update(Beat).where(col(Beat.retry_at).is_not(None)).values(retry_at=None))
    query = select(Beat.id).where(col(Beat.status).in_(sorted(UNSETTLED))).order_by(col(Beat.id))
    found = [beat_id for beat_id in session.exec(query).all() if beat_id is not None]
    for beat_id in found:
        row = beats.get(session, beat_id)
        beats.close(session, row, Outcome(BeatStatus.ABANDONED, said), now, fence=row.fence + 1)
    return len(found)


def _remember(session: Session, thread: Thread, said: str, now: datetime, marks: Marks | None) -> None:
    """Insert a row that says since when the history goes on, with the memory that the next beat begins with."""
    kept = "what was new then is looked at" if marks is None else "what was there then counts as looked at"
    row = Beat(
        thread_id=thread.id,
        trigger=Trigger.MANUAL,
        status=BeatStatus.NONE,
        started_at=now,
        finished_at=now,
        duration_seconds=0.0,
        summary=f"{said}; {kept}.",
    )
    # What waited for a person may be done by now, so what it was about is not open again.
    before = Memory.newest(beats.latest_memory(session, thread.id)).model_copy(update={"waiting": ()})
    # This row is a look of the thread: what failed before it has to be in its memory.
    before = outcomes.up_to_date(session, thread.id, before, now)
    seen = {} if marks is None else marks(session, thread.id)
    rows.add(session, row)
    memory = before.model_copy(
        update={
            # A checkpoint holds the memory of an earlier beat, so this one has the highest number.
            "beat": max(row.id or 0, before.beat + 1),
            "marks": {**before.marks, **seen},
            "pending": _not_of(before.pending, seen),
            "counted": _not_of(before.counted, seen),
            "fingerprint": None,
        }
    )
    rows.put(session, row, memory=memory.to_dict())


def _not_of(keys: tuple[str, ...], seen: Mapping[str, int]) -> tuple[str, ...]:
    return tuple(key for key in keys if key.partition(":")[0] not in seen)


def _plan(session: Session, thread: Thread, now: datetime) -> bool:
    """Record the slots that have passed since the backup, and plan the next from now on; return whether one is."""
    config = threads.effective(session, thread).planned
    if config is None or not config.enabled or thread.paused_reason:
        slots.arm(session, thread, None)
        return False
    plan = slots.plan_of(thread.id, config)
    if thread.next_due is not None and (passed := slots.passed(session, thread, plan, thread.next_due, now)):
        slots.record(session, thread, plan, passed, now, "the workspace was restored from an earlier backup")
    slots.arm(session, thread, slots.first_free(session, thread, plan, now))
    return True


def _clear_again(session: Session) -> None:
    """Let the checkpoints of approvals be cleared that are older than the row which says that they were."""
    cleared = col(ApprovalThread.state) == ApprovalThreadState.CLEARED
    session.execute(update(ApprovalThread).where(cleared).values(state=ApprovalThreadState.STORED))


def _stop_timer(session: Session, when: str, now: datetime) -> None:
    """Switch the timer off, forget its last tick, and let readers of events begin after this one."""
    timer.switch(session, False, now)
    session.execute(update(Timer).values(last_tick=None, ticked_by=None))
    newest = events.newest(session) + GAP
    session.execute(delete(Event))
    events.add(session, EventKind.TIMER_STOPPED, now, event_id=newest, restored_from=when)
    session.execute(
        update(Notices).values(
            cursor=newest, waiting=[], unreachable_since=None, unreachable_last=None, unreachable_told=False
        )
    )
