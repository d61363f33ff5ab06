"""Slots of a thread: which comes next, which passed without a beat, and when the timer has to look again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, bindparam, col, select
from sqlmodel.sql.expression import SelectOfScalar

from heartbeat.config import Config
from heartbeat.schedule import Missed, Plan, missed, next_due
from heartbeat.store import events, rows
from heartbeat.store.tables import Beat, Thread
from heartbeat.text import sentence
from heartbeat.vocabulary import BeatStatus, Reason, Trigger

_JUST_BEFORE = timedelta(seconds=1)

_OWN = Beat.thread_id == bindparam("thread")
_ROWS = (
    select(Beat.slot, Beat.last_slot)
    .where(_OWN, col(Beat.slot) >= bindparam("first"), col(Beat.slot) <= bindparam("last"))
    .order_by(col(Beat.slot))
)
_NEWEST = (
    select(Beat.slot, Beat.last_slot)
    .where(_OWN, col(Beat.slot) <= bindparam("slot"))
    .order_by(col(Beat.slot).desc())
    .limit(1)
)
_RETRIES = select(Beat.id).where(_OWN, col(Beat.retry_at).is_not(None))
_RETRY = select(Beat.slot, Beat.retry_at).where(_OWN, col(Beat.retry_at).is_not(None))
_RECALLABLE = select(Beat.id).where(
    _OWN, Beat.status == BeatStatus.MISSED, col(Beat.last_slot) > bindparam("now")
)


def _beats(session: Session, query: SelectOfScalar[Any], params: Mapping[str, Any]) -> list[Beat]:
    # There are hardly ever any, and their numbers are asked at half the price of rows.
    return [session.get_one(Beat, beat_id) for beat_id in rows.read(session, query, params).scalars().all()]


def plan_of(thread_id: str, config: Config) -> Plan:
    """Return what decides when a thread is due."""
    return Plan.of(thread_id, config.every, config.active_hours, config.timezone)


def passed(session: Session, thread_id: str, plan: Plan, slot: datetime, now: datetime) -> list[Missed]:
    """Return the slots from ``slot`` to ``now``, both included, that no row holds.

    They are one stretch, unless the clock was set back: rows from before may lie between them.
    """
    stretches = []
    for first, last in rows.read(session, _ROWS, {"thread": thread_id, "first": slot, "last": now}):
        assert first is not None  # noqa: S101 - the query asks for rows that have a slot
        stretches.append(missed(plan, slot - _JUST_BEFORE, first - _JUST_BEFORE))
        slot = (last or first) + _JUST_BEFORE
    stretches.append(missed(plan, slot - _JUST_BEFORE, now))
    return [stretch for stretch in stretches if stretch is not None]


def first_free(session: Session, thread_id: str, plan: Plan, after: datetime) -> datetime | None:
    """Return the first slot after an instant that no row holds."""
    slot = next_due(plan, after)
    while slot is not None and (held := _held_until(session, thread_id, slot)):
        slot = next_due(plan, held)
    return slot


def _held_until(session: Session, thread_id: str, slot: datetime) -> datetime | None:
    # Rows do not overlap, so only the newest one that begins at or before the slot can hold it.
    newest = rows.read(session, _NEWEST, {"thread": thread_id, "slot": slot}).first()
    if newest is None:
        return None
    last = newest[1] or newest[0]
    return last if last is not None and last >= slot else None


def arm(session: Session, thread: Thread, slot: datetime | None, retrying: Iterable[Beat] = ()) -> None:
    """Set the thread's next slot, and wake the timer there, or earlier where one of its beats is tried again."""
    instants = (slot, *(beat.retry_at for beat in retrying))
    wake_at = min((instant for instant in instants if instant is not None), default=None)
    rows.put(session, thread, next_due=slot, waiting=None, wake_at=wake_at)


def next_retry(session: Session, thread_id: str) -> tuple[datetime | None, datetime | None]:
    """Return the slot of a thread that is tried again, and when; None and None where there is none."""
    found = rows.read(session, _RETRY, {"thread": thread_id}).first()
    return (found[0], found[1]) if found else (None, None)


def replan(
    session: Session, thread: Thread, config: Config | None, now: datetime, *, before: Config | None
) -> None:
    """Move the thread onto its new config; a change that is none of the schedule's moves nothing.

    What was due under the old config and has no row gets one, so that no slot is lost. Disabled, paused, or with
    a schedule that is not allowed (None): nothing is due and nothing is tried again.
    """
    old = plan_of(thread.id, before) if before else None
    new = plan_of(thread.id, config) if config and config.enabled and not thread.paused_reason else None
    if new is not None and old == new and thread.next_due is not None:
        return
    if thread.next_due is not None and (gone := _gone(session, thread, old, thread.next_due, now)):
        record(session, thread, old, gone, now, "the thread was paused or its schedule changed first")
    slot = first_free(session, thread.id, new, now) if new else None
    retrying = retries(session, thread.id)
    for beat in retrying:
        if slot is None or (beat.retry_at is not None and beat.retry_at >= slot):
            rows.put(session, beat, retry_at=None)
    arm(session, thread, slot, retrying)


def _gone(session: Session, thread: Thread, plan: Plan | None, slot: datetime, now: datetime) -> list[Missed]:
    if plan is not None:
        return passed(session, thread.id, plan, slot, now)
    # Of a schedule that is not allowed any more, only the slot that was planned is known.
    return [Missed(slot, None, 1, slot)] if slot <= now else []


def retries(session: Session, thread_id: str) -> Sequence[Beat]:
    """Return the beats of a thread that wait to be tried again."""
    return _beats(session, _RETRIES, {"thread": thread_id})


def record(
    session: Session, thread: Thread, plan: Plan | None, gone: Sequence[Missed], now: datetime, why: str
) -> None:
    """Write down slots that passed: the one that waited at admission as skipped, the others as missed."""
    rest: Sequence[Missed | None] = gone
    if thread.waiting:
        said = {
            Reason.BUSY: "A beat of this thread was still running",
            Reason.COOLDOWN: "The thread was cooling down",
        }
        row = _row(thread, gone[0].first, now)
        row.status, row.reason = BeatStatus.SKIPPED, thread.waiting
        row.summary = f"{said[thread.waiting]} when the next slot came."
        events.finished(session, row, now)
        rows.put(session, thread, waiting=None)
        rest = [missed(plan, gone[0].first, gone[0].newest) if plan else None, *gone[1:]]
    for stretch in rest:
        if stretch is not None:
            row = _row(thread, stretch.first, now)
            row.status, row.last_slot, row.missed = BeatStatus.MISSED, stretch.newest, stretch.count
            row.summary = sentence(f"No beat ran: {why}")
            events.finished(session, row, now)


def _row(thread: Thread, slot: datetime, now: datetime) -> Beat:
    return Beat(
        thread_id=thread.id,
        trigger=Trigger.SCHEDULED,
        slot=slot,
        started_at=now,
        finished_at=now,
        duration_seconds=0.0,
    )


def realign(session: Session, thread: Thread, config: Config, now: datetime) -> None:
    """Set right what a clock that was wrong, or an older version, has left.

    A next slot too far ahead comes nearer, but never onto a slot that has a row; slots called missed that are
    in the future again are not missed.
    """
    if not config.enabled or thread.paused_reason:
        arm(session, thread, None, retries(session, thread.id))
        return
    plan = plan_of(thread.id, config)
    _recall(session, thread.id, plan, now)
    slot = first_free(session, thread.id, plan, now)
    due = [instant for instant in (slot, thread.next_due) if instant is not None]
    nearest = min(due, default=None)
    retrying = retries(session, thread.id)
    for beat in retrying:
        if nearest is not None and beat.retry_at is not None and beat.retry_at >= nearest:
            rows.put(session, beat, retry_at=None)
    arm(session, thread, nearest, retrying)


def _recall(session: Session, thread_id: str, plan: Plan, now: datetime) -> None:
    for row in _beats(session, _RECALLABLE, {"thread": thread_id, "now": now}):
        assert row.slot is not None  # noqa: S101 - the last slot stands only beside a first
        assert row.last_slot is not None  # noqa: S101 - the query asks for it
        before = row.slot - _JUST_BEFORE
        whole, left = missed(plan, before, row.last_slot), missed(plan, before, now)
        if whole is None or (whole.first, whole.newest, whole.count) != (row.slot, row.last_slot, row.missed):
            continue  # slots of an earlier plan, which do not come again
        if left is None:
            session.delete(row)
        else:
            rows.put(session, row, last_slot=left.newest, missed=left.count)
