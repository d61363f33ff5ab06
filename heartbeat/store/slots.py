"""Slots of a thread: plan the next one, record those that passed without a beat, and set the wake time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, bindparam, col, select

from heartbeat.config import Config
from heartbeat.schedule import Missed, Plan, missed, next_due
from heartbeat.store import events, pruned, rows
from heartbeat.store.pruned import Span
from heartbeat.store.tables import Beat, Thread
from heartbeat.text import sentence
from heartbeat.vocabulary import BeatStatus, Reason, Trigger

_ONE_SECOND = timedelta(seconds=1)

_OWN = col(Beat.thread_id) == bindparam("thread")
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
_RETRIES = rows.columns_of(Beat).select().where(_OWN, col(Beat.retry_at).is_not(None))
_RETRY = select(Beat.slot, Beat.retry_at).where(_OWN, col(Beat.retry_at).is_not(None))
_FUTURE_MISSED = (
    rows.columns_of(Beat)
    .select()
    .where(_OWN, col(Beat.status) == BeatStatus.MISSED, col(Beat.last_slot) > bindparam("now"))
)


def plan_of(thread_id: str, config: Config) -> Plan:
    """Return the schedule of a thread."""
    return Plan.of(thread_id, config.every, config.active_hours, config.timezone)


def passed(
    session: Session, thread: Thread, plan: Plan, slot: datetime, now: datetime, *, is_free: bool = False
) -> list[Missed]:
    """Return the ranges of slots without a row from ``slot`` to ``now``, both inclusive; deleted rows count as rows.

    There is at most one range, unless the clock was set back and earlier rows lie in between. ``is_free``: it is
    known that no slot from ``slot`` on has a row.
    """
    ranges = []
    for first, last in [] if is_free else _between(session, thread, slot, now):
        if first > slot:
            ranges.append(missed(plan, slot - _ONE_SECOND, first - _ONE_SECOND))
        slot = max(slot, last + _ONE_SECOND)
    ranges.append(missed(plan, slot - _ONE_SECOND, now))
    return [each for each in ranges if each is not None]


def _between(session: Session, thread: Thread, slot: datetime, now: datetime) -> list[Span]:
    """Return what is covered by rows that begin between two slots, and by rows that were deleted, in order."""
    found = rows.read(session, _ROWS, {"thread": thread.id, "first": slot, "last": now})
    spans = [Span(first, last or first) for first, last in found]
    if not thread.pruned_slots:
        return spans
    gone = [each for each in pruned.spans(thread.pruned_slots) if each.last >= slot and each.first <= now]
    return sorted([*spans, *gone])


def first_free(
    session: Session, thread: Thread, plan: Plan, after: datetime, *, is_free: bool = False
) -> datetime | None:
    """Return the first slot after an instant that has no row, and had none that was deleted.

    ``is_free``: it is known that none after it has one.
    """
    slot = next_due(plan, after)
    while not is_free and slot is not None and (covered := _covered_until(session, thread, slot)):
        slot = next_due(plan, covered)
    return slot


def _covered_until(session: Session, thread: Thread, slot: datetime) -> datetime | None:
    """Return the last slot of the row that covers ``slot``, or of deleted ones that did, or None."""
    # Rows do not overlap, so only the newest one that begins at or before the slot can cover it.
    newest = rows.read(session, _NEWEST, {"thread": thread.id, "slot": slot}).first()
    last: datetime | None = None if newest is None else newest[1] or newest[0]
    if last is not None and last >= slot:
        return last
    return pruned.covering(thread.pruned_slots, slot)


def arm(session: Session, thread: Thread, slot: datetime | None, retrying: Iterable[Beat] = ()) -> None:
    """Set the thread's next slot, and its wake time to that slot or an earlier retry."""
    rows.put(session, thread, **armed(slot, retrying))


def armed(slot: datetime | None, retrying: Iterable[Beat] = ()) -> dict[str, Any]:
    """Return the columns of a thread that say when it is due next, see `arm`."""
    instants = (slot, *(beat.retry_at for beat in retrying))
    wake_at = min((instant for instant in instants if instant is not None), default=None)
    return {"next_due": slot, "waiting": None, "wake_at": wake_at}


def next_retry(session: Session, thread_id: str) -> tuple[datetime | None, datetime | None]:
    """Return a slot of the thread that is to be retried and the time of the retry; (None, None) if there is none."""
    found = rows.read(session, _RETRY, {"thread": thread_id}).first()
    return (found[0], found[1]) if found else (None, None)


def replan(
    session: Session, thread: Thread, config: Config | None, now: datetime, *, before: Config | None
) -> None:
    """Plan the thread's slots by its new config, unless the schedule is unchanged.

    Slots that were due under the old config ``before`` and have no row are recorded. If the thread is disabled or
    paused, or its schedule is invalid (``config`` is None), nothing is due and nothing is retried.
    """
    old = plan_of(thread.id, before) if before else None
    new = plan_of(thread.id, config) if config and config.enabled and not thread.paused_reason else None
    if new is not None and old == new and thread.next_due is not None:
        return
    if thread.next_due is not None and (left := _unrecorded(session, thread, old, thread.next_due, now)):
        record(session, thread, old, left, now, "the thread was paused or its schedule changed first")
    slot = first_free(session, thread, new, now) if new else None
    retrying = retries(session, thread.id)
    for beat in retrying:
        if slot is None or (beat.retry_at is not None and beat.retry_at >= slot):
            rows.put(session, beat, retry_at=None)
    arm(session, thread, slot, retrying)


def _unrecorded(
    session: Session, thread: Thread, plan: Plan | None, slot: datetime, now: datetime
) -> list[Missed]:
    if plan is not None:
        return passed(session, thread, plan, slot, now)
    # If the old schedule is invalid, only its next slot is known.
    return [Missed(slot, None, 1, slot)] if slot <= now else []


def retries(session: Session, thread_id: str) -> Sequence[Beat]:
    """Return the beats of a thread that are to be retried."""
    return rows.found_by(session, Beat, _RETRIES, {"thread": thread_id})


def record(
    session: Session, thread: Thread, plan: Plan | None, slots: Sequence[Missed], now: datetime, why: str
) -> None:
    """Insert rows for slots that passed: ``skipped`` for one that waited for admission, ``missed`` for the others.

    ``why`` completes the sentence "No beat ran: ...".
    """
    rest: Sequence[Missed | None] = slots
    if thread.waiting:
        said = {
            Reason.BUSY: "A beat of this thread was still running",
            Reason.COOLDOWN: "The thread was cooling down",
        }
        row = _row(thread, slots[0].first, now)
        row.status, row.reason = BeatStatus.SKIPPED, thread.waiting
        row.summary = f"{said[thread.waiting]} when the next slot came."
        events.finished(session, row, now)
        rows.put(session, thread, waiting=None)
        rest = [missed(plan, slots[0].first, slots[0].newest) if plan else None, *slots[1:]]
    for each in rest:
        if each is not None:
            row = _row(thread, each.first, now)
            row.status, row.last_slot, row.missed = BeatStatus.MISSED, each.newest, each.count
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
    """Correct the next slot and missed rows that a wrong clock, or an older version, has written.

    A next slot that is too late is moved to the first slot without a row. Rows of missed slots that are in the
    future are shortened or deleted.
    """
    if not config.enabled or thread.paused_reason:
        arm(session, thread, None, retries(session, thread.id))
        return
    plan = plan_of(thread.id, config)
    _remove_future_missed(session, thread.id, plan, now)
    slot = first_free(session, thread, plan, now)
    due = [instant for instant in (slot, thread.next_due) if instant is not None]
    nearest = min(due, default=None)
    retrying = retries(session, thread.id)
    for beat in retrying:
        if nearest is not None and beat.retry_at is not None and beat.retry_at >= nearest:
            rows.put(session, beat, retry_at=None)
    arm(session, thread, nearest, retrying)


def _remove_future_missed(session: Session, thread_id: str, plan: Plan, now: datetime) -> None:
    for row in rows.found_by(session, Beat, _FUTURE_MISSED, {"thread": thread_id, "now": now}):
        assert row.slot is not None  # noqa: S101 - a row with a last slot has a first one
        assert row.last_slot is not None  # noqa: S101 - the query selects it
        before = row.slot - _ONE_SECOND
        whole, left = missed(plan, before, row.last_slot), missed(plan, before, now)
        if whole is None or (whole.first, whole.newest, whole.count) != (row.slot, row.last_slot, row.missed):
            continue  # slots of an earlier plan, which will not be due again
        if left is None:
            session.delete(row)
        else:
            rows.put(session, row, last_slot=left.newest, missed=left.count)
