"""Find due slots for the timer, and claim them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlmodel import Session, bindparam, col, exists, func, select

from heartbeat.config import Config
from heartbeat.schedule import Missed
from heartbeat.store import admission, beats, retry, rows, slots, threads, timer, unsettled
from heartbeat.store.admission import Refusal
from heartbeat.store.beats import Claim
from heartbeat.store.lease import Lease
from heartbeat.store.tables import Beat, Thread, Timer
from heartbeat.vocabulary import AdmissionGate, BeatStatus, Reason, Trigger

_TIMER_STATE = select(
    select(Timer.running).where(Timer.id == 1).scalar_subquery(),
    exists().where(
        col(Beat.status) == BeatStatus.RUNNING,
        col(Beat.lease_until) <= bindparam("now"),
        col(Beat.supervised),
    ),
)
_BY_WAKE_TIME = (
    select(Thread.id, Thread.next_due, Thread.wake_at)
    .where(col(Thread.wake_at).is_not(None))
    .order_by(col(Thread.wake_at))
    .limit(bindparam("limit"))
)

WAIT = timedelta(seconds=5)
"""The time until a slot refused as ``busy`` is tried again."""
GRACE = timedelta(seconds=60)
"""How late a slot may be claimed under ``missed: skip``: as long as the shortest interval."""


@dataclass(frozen=True)
class Due:
    """A slot that is due: a new one, one that waits for admission, or one to be retried."""

    thread_id: str
    slot: datetime


@dataclass(frozen=True)
class Look:
    """The work for a timer at one moment.

    ``due`` are the due slots, oldest first. ``left_behind`` are the ids of beats to take over. ``wake_at`` is the
    wake time of the first thread that is not in ``due``. All are empty while the timer is switched off.
    """

    due: list[Due] = field(default_factory=list)
    left_behind: list[int] = field(default_factory=list)
    wake_at: datetime | None = None
    running: bool = True


def look(session: Session, now: datetime, limit: int) -> Look:
    """Return up to ``limit`` due slots, the beats to take over and the next wake time, by indexed queries."""
    running, some_left = rows.read(session, _TIMER_STATE, {"now": now}).one()
    if running is False:
        return Look(running=False)
    found: list[Due] = []
    wake_at = None
    # One more than the limit: the first thread that is left out tells when to look again.
    for thread_id, next_due, wakes in rows.read(session, _BY_WAKE_TIME, {"limit": limit + 1}):
        if wakes is None or wakes > now or len(found) == limit:
            wake_at = wakes
            break
        slot = next_due if next_due is not None and next_due <= now else None
        if slot is None:
            slot, _ = slots.next_retry(session, thread_id)
        # If there is neither, the wake time is stale, and the claim corrects it.
        found.append(Due(thread_id, slot or now))
    return Look(found, unsettled.left_behind(session, now) if some_left else [], wake_at)


def next_slot(session: Session) -> Due | None:
    """Return the next slot of all threads."""
    query = select(Thread.id, Thread.next_due).where(col(Thread.wake_at).is_not(None))
    found = session.exec(query.order_by(col(Thread.wake_at)).limit(1)).first()
    return Due(found[0], found[1]) if found and found[1] else None


@dataclass(frozen=True)
class Backlog:
    """The number of threads that are due, and the oldest of their slots."""

    number: int
    oldest: datetime | None


def backlog(session: Session, now: datetime) -> Backlog:
    """Return the number and the oldest of the due slots that have not been claimed."""
    query = select(func.count(), func.min(Thread.next_due)).where(col(Thread.next_due) <= now)
    number, oldest = session.exec(query).one()
    return Backlog(number, oldest)


def claim(
    session: Session, thread_id: str, slot: datetime, now: datetime, *, lease: Lease
) -> Claim | Refusal | None:
    """Claim a due slot and move the thread to its next one, in the caller's transaction.

    If several slots have passed, only the newest is claimed, or none, as ``missed`` of the config says; the others
    are recorded as missed. Returns None if there is nothing to run.
    """
    thread = rows.find(session, Thread, thread_id)
    if thread is None or thread.wake_at is None or thread.wake_at > now or not timer.is_running(session):
        return None
    config = threads.config(session, thread)
    if thread.next_due is None or thread.next_due > now:
        return _claim_retry(session, thread, config, slot, now, lease)
    if thread.next_due != slot:
        return None
    plan = slots.plan_of(thread_id, config)
    passed = slots.passed(session, thread_id, plan, slot, now)
    if not passed:
        # The rules of the time zone have changed since the slot was planned.
        slots.realign(session, _without_next_due(thread), config, now)
        return None
    for row in slots.retries(session, thread_id):
        rows.put(session, row, retry_at=None)
    if retry.pause_if_failing(session, thread, now):
        return None
    newest = passed[-1].newest
    on_time = thread.waiting is not None or now - newest <= GRACE
    if config.missed == "skip" and not on_time:
        slots.record(session, thread, plan, passed, now, "no timer could start one at that time")
        slots.arm(session, thread, slots.first_free(session, thread_id, plan, newest))
        return None
    if before := _without_newest(passed):
        slots.record(session, thread, plan, before, now, "no timer could start one at that time")
    opened = admission.open_beat(
        session, thread_id, Trigger.SCHEDULED, newest, now, lease=lease, supervised=True, config=config
    )
    if isinstance(opened, Refusal) and opened.beat_id is None:
        wake_at = _next_try(thread, opened.gate, now)
        rows.put(session, thread, next_due=newest, waiting=opened.gate, wake_at=wake_at)
        return opened
    slots.arm(session, thread, slots.first_free(session, thread_id, plan, newest))
    return opened


def _next_try(thread: Thread, gate: AdmissionGate, now: datetime) -> datetime:
    """Return when to try admission again after a refusal."""
    return admission.cooldown_end(thread, now) if gate == Reason.COOLDOWN else now + WAIT


def _without_newest(passed: list[Missed]) -> list[Missed]:
    *earlier, last = passed
    if last.last is None:
        return earlier
    return [*earlier, Missed(last.first, None, last.count - 1, last.last)]


def postpone(session: Session, thread_id: str, until: datetime) -> None:
    """Set the wake time of a thread that cannot be claimed, so that the timer goes on to the others."""
    thread = session.get(Thread, thread_id)
    if thread is not None:
        rows.put(session, thread, wake_at=until)


def _without_next_due(thread: Thread) -> Thread:
    thread.next_due = None
    return thread


def _claim_retry(
    session: Session, thread: Thread, config: Config, slot: datetime, now: datetime, lease: Lease
) -> Claim | Refusal | None:
    retrying = slots.retries(session, thread.id)
    row = next(
        (beat for beat in retrying if beat.slot == slot and beat.retry_at and beat.retry_at <= now), None
    )
    if row is None:
        slots.arm(session, thread, thread.next_due, retrying)
        return None
    gate = admission.closed_gate(
        session, thread, config, Trigger.SCHEDULED, now, unsettled.of_thread(session, thread.id)
    )
    if gate in (Reason.BUSY, Reason.COOLDOWN):
        instants = (_next_try(thread, gate, now), thread.next_due)
        rows.put(session, thread, wake_at=min(instant for instant in instants if instant))
        return Refusal(gate, admission.REFUSAL_MESSAGES[gate])
    if gate is None:
        admission.note_start(session, thread, now)
        retry.restart(session, row, lease, now)
    rows.put(session, row, retry_at=None)
    slots.arm(session, thread, thread.next_due, retrying)
    if gate is None:
        return beats.claim_of(row)
    return Refusal(gate, "The slot is not tried again.")
