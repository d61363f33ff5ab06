"""Find due slots and wakes for the timer, and claim them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, CompoundSelect, String, type_coerce
from sqlmodel import Session, bindparam, col, exists, func, literal, select, union_all

from heartbeat.config import Config
from heartbeat.schedule import Missed, windows
from heartbeat.store import admission, opening, outset, retry, revisions, rows, slots, unsettled, wakes
from heartbeat.store.admission import Refusal
from heartbeat.store.columns import instant_of
from heartbeat.store.lease import Lease
from heartbeat.store.opening import Opening
from heartbeat.store.outset import Outset
from heartbeat.store.readable import readable, split
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
_COLUMNS = (Thread.id, Thread.next_due, Thread.wake_at, Thread.woken_at)


def _by_time(*conditions: ColumnElement[bool]) -> CompoundSelect[*tuple[Any, ...]]:
    """Return the query for the threads that wait; each of its parts is limited and goes by an index of its own."""
    parts = [
        select(
            select(*_COLUMNS, literal(is_wake).label("is_wake"))  # type: ignore[call-overload]
            .where(col(at).is_not(None), *conditions)
            .order_by(col(at))
            .limit(bindparam("limit"))
            .subquery()
        )
        for at, is_wake in ((Thread.wake_at, False), (Thread.woken_at, True))
    ]
    return union_all(*parts)


_BY_TIME = _by_time()
_OTHERS_BY_TIME = _by_time(col(Thread.id).not_in(bindparam("without", expanding=True)))

WAIT = timedelta(seconds=5)
"""The time until a slot refused as ``busy`` is tried again."""
GRACE = timedelta(seconds=60)
"""How late a slot may be claimed under ``missed: skip``: as long as the shortest interval."""
UNTIL_ANSWERED = timedelta(minutes=1)
"""The time until a wake is tried again of a thread that waits for a person."""
_DAYS = timedelta(days=8)
"""A time in which active hours begin."""


@dataclass(frozen=True)
class Due:
    """A slot that is due: a new one, one that waits for admission, or one to be retried; None if a wake is due."""

    thread_id: str
    slot: datetime | None


@dataclass(frozen=True)
class Look:
    """The work for a timer at one moment.

    ``due`` are the due slots and wakes, oldest first. ``left_behind`` are the ids of beats to take over. ``wake_at``
    is the wake time of the first thread that is not in ``due``. All are empty while the timer is switched off.
    """

    due: list[Due] = field(default_factory=list)
    left_behind: list[int] = field(default_factory=list)
    wake_at: datetime | None = None
    running: bool = True


def look(session: Session, now: datetime, limit: int, without: Collection[str] = ()) -> Look:
    """Return up to ``limit`` due slots and wakes, the beats to take over and the next wake time, by indexed queries.

    A thread whose slot or retry is due goes by that. Threads whose ids are in ``without`` are not read.
    """
    running, some_left = rows.read(session, _TIMER_STATE, {"now": now}).one()
    if running is False:
        return Look(running=False)
    found: dict[str, Due] = {}
    wake_at = None
    # One more than the limit: the first thread that is left out tells when to look again.
    query, params = (_OTHERS_BY_TIME, {"without": list(without)}) if without else (_BY_TIME, {})
    waiting = [_Waiting(*row) for row in rows.read(session, query, {"limit": limit + 1, **params})]
    for each in sorted(waiting, key=lambda each: each.at):
        if each.thread_id in found:
            continue
        if each.at > now or len(found) == limit:
            wake_at = each.at
            break
        found[each.thread_id] = Due(each.thread_id, _slot_of(session, each, now))
    left_behind = unsettled.left_behind(session, now, without=without) if some_left else []
    return Look(list(found.values()), left_behind, wake_at)


class _Waiting(NamedTuple):
    """A thread that waits for a slot or a retry, or for a wake."""

    thread_id: str
    next_due: datetime | None
    wake_at: datetime | None
    woken_at: datetime | None
    is_wake: bool

    @property
    def at(self) -> datetime:
        """What it waits for."""
        at = self.woken_at if self.is_wake else self.wake_at
        assert at is not None  # noqa: S101 - the query selects those that have it
        return at


def _slot_of(session: Session, waiting: _Waiting, now: datetime) -> datetime | None:
    """Return the slot that is due or to be retried, None if only a wake is due."""
    if waiting.wake_at is None or waiting.wake_at > now:
        return None
    if waiting.next_due is not None and waiting.next_due <= now:
        return waiting.next_due
    slot, _ = slots.next_retry(session, waiting.thread_id)
    # If there is neither, the wake time is stale, and the claim corrects it.
    return slot or now


def next_slot(session: Session) -> tuple[str, datetime] | None:
    """Return the next slot of all threads that can be read, after the thread it is of."""
    query = select(Thread).where(col(Thread.wake_at).is_not(None)).order_by(col(Thread.wake_at)).limit(1)
    found = readable(session, Thread, query)
    return (found[0].id, found[0].next_due) if found and found[0].next_due else None


@dataclass(frozen=True)
class Backlog:
    """The number of threads that are due, and the oldest of their slots."""

    number: int
    oldest: datetime | None


def backlog(session: Session, now: datetime) -> Backlog:
    """Return the number and the oldest of the due slots that have not been claimed."""
    are_due = col(Thread.next_due) <= now
    counted = select(func.count(), type_coerce(func.min(Thread.next_due), String)).where(are_due)
    number, first = session.exec(counted).one()
    try:
        return Backlog(number, instant_of(first) if first else None)
    except ValueError:
        oldest = select(Thread).where(are_due).order_by(col(Thread.next_due)).limit(1)
        found, _ = split(session, Thread, oldest)
        return Backlog(number, found[0].next_due if found else None)


def begin(
    session: Session, thread_id: str, slot: datetime | None, now: datetime, *, lease: Lease
) -> Outset | Refusal | None:
    """Claim a due slot and move the thread to its next one, in the caller's transaction.

    If several slots have passed, only the newest is claimed, or none, as ``missed`` of the config says; the others
    are recorded as missed. Without a slot, a wake is claimed. Returns what the beat begins with, or None if there is
    nothing to run.
    """
    known = revisions.now(session)
    found = opening.find(session, thread_id)
    if found is None:
        return None
    opened = (
        _claim_wake(session, found, now, lease) if slot is None else _claim(session, found, slot, now, lease)
    )
    if opened is None or isinstance(opened, Refusal):
        return opened
    return outset.make(session, found.thread, found.effective, now, found=known, row=opened)


def _claim(
    session: Session, found: Opening, slot: datetime, now: datetime, lease: Lease
) -> Beat | Refusal | None:
    thread = found.thread
    if thread.wake_at is None or thread.wake_at > now or not found.is_running:
        return None
    config = found.config
    if thread.next_due is None or thread.next_due > now:
        return _claim_retry(session, thread, config, slot, now, lease)
    if thread.next_due != slot:
        return None
    plan, is_free = slots.plan_of(thread.id, config), found.is_free(slot)
    passed = slots.passed(session, thread, plan, slot, now, is_free=is_free)
    if not passed:
        # The rules of the time zone have changed since the slot was planned.
        slots.realign(session, _without_next_due(thread), config, now)
        return None
    for row in slots.retries(session, thread.id) if found.has_retries else ():
        rows.put(session, row, retry_at=None)
    if not found.went_well and retry.pause_if_failing(session, thread, now):
        return None
    newest = passed[-1].newest
    on_time = thread.waiting is not None or now - newest <= GRACE
    if config.missed == "skip" and not on_time:
        slots.record(session, thread, plan, passed, now, "no timer could start one at that time")
        slots.arm(session, thread, slots.first_free(session, thread, plan, newest, is_free=is_free))
        return None
    if before := _without_newest(passed):
        slots.record(session, thread, plan, before, now, "no timer could start one at that time")
    armed = slots.armed(slots.first_free(session, thread, plan, newest, is_free=is_free))
    opened = admission.admit(
        session,
        thread,
        config,
        Trigger.SCHEDULED,
        newest,
        now,
        lease=lease,
        supervised=True,
        opening=found,
        armed=armed,
    )
    if isinstance(opened, Refusal) and opened.beat_id is None:
        wake_at = _next_try(thread, opened.gate, now)
        rows.put(session, thread, next_due=newest, waiting=opened.gate, wake_at=wake_at)
    elif isinstance(opened, Refusal):
        rows.put(session, thread, **armed)
    return opened


def _next_try(thread: Thread, gate: AdmissionGate, now: datetime) -> datetime:
    """Return when to try admission again after a refusal."""
    return admission.cooldown_end(thread, now) if gate == Reason.COOLDOWN else now + WAIT


def _without_newest(passed: list[Missed]) -> list[Missed]:
    *earlier, last = passed
    if last.last is None:
        return earlier
    return [*earlier, Missed(last.first, None, last.count - 1, last.last)]


def postpone(session: Session, due: Due, until: datetime) -> None:
    """Set the wake time of a thread that cannot be claimed, so that the timer goes on to the others."""
    thread = session.get(Thread, due.thread_id)
    if thread is not None and due.slot is None:
        wakes.postpone(session, thread, until)
    elif thread is not None:
        rows.put(session, thread, wake_at=until)


def _without_next_due(thread: Thread) -> Thread:
    thread.next_due = None
    return thread


def _claim_wake(session: Session, found: Opening, now: datetime, lease: Lease) -> Beat | Refusal | None:
    """Claim a wake that is due; a refused one leaves no row and is tried again, or dropped."""
    thread = found.thread
    if thread.woken_at is None or thread.woken_at > now or not found.is_running:
        return None
    if thread.wake_at is not None and (thread.wake_at <= now or thread.waiting is not None):
        # The slot goes first, and its beat looks at what the wake is about.
        wakes.postpone(session, thread, max(thread.wake_at, now))
        return None
    config = found.config
    causes = wakes.causes(session, thread, config, now)
    if not causes:
        wakes.recompute(session, thread, config, now)
        return None
    opened = admission.admit(
        session,
        thread,
        config,
        Trigger.WAKE,
        None,
        now,
        lease=lease,
        supervised=True,
        woken_by=causes,
        opening=found,
    )
    if not isinstance(opened, Refusal):
        wakes.started(session, thread, now)
    elif opened.gate in (Reason.DISABLED, Reason.PAUSED):
        wakes.recompute(session, thread, config, now)
    else:
        wakes.postpone(session, thread, _next_wake(thread, config, opened.gate, now))
    return opened


def _next_wake(thread: Thread, config: Config, gate: AdmissionGate, now: datetime) -> datetime:
    """Return when to try a wake again after a refusal."""
    if gate == Reason.QUIET_HOURS:
        opening = next(windows(slots.plan_of(thread.id, config), now, now + _DAYS), None)
        return now + _DAYS if opening is None else max(opening.opens, now + WAIT)
    return now + UNTIL_ANSWERED if gate == Reason.AWAITING_APPROVAL else _next_try(thread, gate, now)


def _claim_retry(
    session: Session, thread: Thread, config: Config, slot: datetime, now: datetime, lease: Lease
) -> Beat | Refusal | None:
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
        return row
    return Refusal(gate, "The slot is not tried again.")
