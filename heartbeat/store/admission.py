"""Admit beats: claim a beat before its run starts, or refuse it and name the gate."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, bindparam, select

from heartbeat.config import Config
from heartbeat.errors import ConflictError
from heartbeat.store import approvals, beats, events, rows, threads, unsettled
from heartbeat.store.beats import Claim
from heartbeat.store.columns import instants_of
from heartbeat.store.lease import Lease
from heartbeat.store.opening import Opening
from heartbeat.store.tables import Beat, Thread
from heartbeat.store.unsettled import Unsettled
from heartbeat.text import sentence
from heartbeat.threads import check_thread_id
from heartbeat.vocabulary import AdmissionGate, BeatStatus, Reason, Trigger
from heartbeat.wake import Wake

logger = logging.getLogger("heartbeat")

_IN_SLOT = select(Beat.id).where(Beat.thread_id == bindparam("thread"), Beat.slot == bindparam("slot"))

SPACING = timedelta(seconds=30)
FLOOD_WINDOW = timedelta(seconds=60)
FLOOD_LIMIT = 5

REFUSAL_MESSAGES: dict[AdmissionGate, str] = {
    Reason.DISABLED: "The heartbeat of this thread is switched off.",
    Reason.PAUSED: "The thread is paused: {paused_reason}",
    Reason.QUIET_HOURS: "Now is outside the thread's active hours.",
    Reason.BUSY: "A beat of this thread is still running.",
    Reason.AWAITING_APPROVAL: "Beat {waiting} waits for a person: heartbeat approve {waiting}, "
    "or heartbeat reject {waiting}.",
    Reason.COOLDOWN: "The thread has beaten too recently: 30 s between beats, at most 5 in 60 s.",
}


@dataclass(frozen=True)
class Refusal:
    """The gate that refused a beat, and its explanation.

    ``beat_id`` is the ``skipped`` row. It is None for ``busy``, for a scheduled beat at ``cooldown``, whose slot is
    tried again later, and for a wake.
    """

    gate: AdmissionGate
    summary: str
    beat_id: int | None = None
    waiting: int | None = None
    """The beat that waits for approval, if the gate is ``awaiting_approval``."""


def open_beat(
    session: Session,
    thread_id: str,
    trigger: Trigger,
    slot: datetime | None,
    now: datetime,
    *,
    lease: Lease,
    dry_run: bool = False,
    supervised: bool = False,
    known: bool = False,
    woken_by: Sequence[Wake] = (),
) -> Claim | Refusal:
    """Claim the slot and insert the row of a beat, in the caller's transaction.

    Only a scheduled beat has a slot, and only a wake has reasons, ``woken_by``. A manual beat ignores ``disabled``,
    ``paused``, ``quiet_hours`` and the spacing of 30 s. A missing thread is created with ``enabled: false``, unless
    ``known`` is set. ``supervised`` marks a beat that a runner started, which another process may take over.

    Raises:
        NotFoundError: ``known`` is set and the thread does not exist.
        ConflictError: the slot already has a row.
    """
    thread = threads.get(session, thread_id) if known else _thread(session, thread_id, now)
    opened = admit(
        session,
        thread,
        threads.config(session, thread),
        trigger,
        slot,
        now,
        lease=lease,
        dry_run=dry_run,
        supervised=supervised,
        woken_by=woken_by,
    )
    return opened if isinstance(opened, Refusal) else beats.claim_of(opened)


def admit(
    session: Session,
    thread: Thread,
    config: Config,
    trigger: Trigger,
    slot: datetime | None,
    now: datetime,
    *,
    lease: Lease,
    dry_run: bool = False,
    supervised: bool = False,
    woken_by: Sequence[Wake] = (),
    opening: Opening | None = None,
    armed: Mapping[str, Any] | None = None,
) -> Beat | Refusal:
    """Open a beat as `open_beat` does, of a thread whose row and config are known, and return its row.

    ``opening`` is what is known of its beats, and ``armed`` are columns of the thread to write if the beat starts.

    Raises:
        ConflictError: the slot already has a row.
    """
    if (trigger == Trigger.SCHEDULED) != (slot is not None):
        raise ValueError("a scheduled beat has a slot, others have none")
    thread_id = thread.id
    others = _unsettled(session, thread_id, now) if opening is None or opening.has_unsettled else ()
    is_free = slot is None or (opening is not None and opening.is_free(slot))
    if not is_free and rows.read(session, _IN_SLOT, {"thread": thread_id, "slot": slot}).first():
        raise ConflictError(f"thread {thread_id!r} has a beat for {slot and slot.isoformat()} already")
    gate = closed_gate(session, thread, config, trigger, now, others)
    waiting = next((each.id for each in others if each.holds_thread), None)
    said = REFUSAL_MESSAGES[gate].format(paused_reason=thread.paused_reason, waiting=waiting) if gate else ""
    summary = sentence(said) if said else ""
    if gate is not None and _is_tried_again(gate, trigger):
        return Refusal(gate, summary)
    row = rows.new(
        Beat,
        thread_id=thread_id,
        trigger=trigger,
        slot=slot,
        dry_run=dry_run or config.dry_run,
        started_at=now,
        supervised=supervised,
        woken_by=[each.model_dump(mode="json", exclude_none=True) for each in woken_by] or None,
    )
    if gate is None:
        note_start(session, thread, now, **(armed or {}))
        beats.insert(session, row, lease, now)
        return row
    row.status, row.reason, row.summary = BeatStatus.SKIPPED, gate, summary
    row.finished_at, row.duration_seconds = now, 0.0
    events.finished(session, row, now)
    return Refusal(gate, summary, row.id, waiting if gate == Reason.AWAITING_APPROVAL else None)


def _is_tried_again(gate: AdmissionGate, trigger: Trigger) -> bool:
    return (
        gate == Reason.BUSY
        or trigger == Trigger.WAKE
        or (gate == Reason.COOLDOWN and trigger == Trigger.SCHEDULED)
    )


def _thread(session: Session, thread_id: str, now: datetime) -> Thread:
    found = rows.find(session, Thread, check_thread_id(thread_id))
    if found is not None:
        return found
    # Created disabled: a mistyped id or a run on a new LangGraph thread must not start a schedule.
    logger.warning(
        "a run made the thread, switched off; let it beat by itself with: "
        "heartbeat threads set %s enabled=true",
        thread_id,
        extra={"action": "thread_made", "thread_id": thread_id},
    )
    return threads.create(session, thread_id, now, config={"enabled": False})


def _unsettled(session: Session, thread_id: str, now: datetime) -> Sequence[Unsettled]:
    """Return the thread's unfinished beats, after ending overdue approvals and abandoned runs."""
    found = unsettled.of_thread(session, thread_id)
    if not any(each.is_over(now) for each in found):
        return found
    approvals.expire(session, now, thread_id=thread_id)
    unsettled.abandon_unsupervised(session, now, thread_id=thread_id)
    return unsettled.of_thread(session, thread_id)


def closed_gate(
    session: Session,
    thread: Thread,
    config: Config,
    trigger: Trigger,
    now: datetime,
    others: Sequence[Unsettled],
) -> AdmissionGate | None:
    """Return the first gate that refuses a beat now; ``others`` are the thread's unfinished beats."""
    return next(closed_gates(thread, config, trigger, now, others), None)


def closed_gates(
    thread: Thread, config: Config, trigger: Trigger, now: datetime, others: Sequence[Unsettled]
) -> Iterator[AdmissionGate]:
    """Yield all gates that refuse a beat now, as in `closed_gate`."""
    by_itself = trigger != Trigger.MANUAL
    if by_itself and not config.enabled:
        yield Reason.DISABLED
    if by_itself and thread.paused_reason:
        yield Reason.PAUSED
    if by_itself and not config.is_active(now):
        yield Reason.QUIET_HOURS
    if any(each.keeps_busy for each in others):
        yield Reason.BUSY
    if any(each.holds_thread for each in others):
        yield Reason.AWAITING_APPROVAL
    starts = _starts(thread, now)
    if len(starts) >= FLOOD_LIMIT or (by_itself and any(start > now - SPACING for start in starts)):
        yield Reason.COOLDOWN


def note_start(session: Session, thread: Thread, now: datetime, **armed: Any) -> None:
    """Record that a beat of the thread starts now, and write the columns of the thread in ``armed``.

    Starts later than ``now`` are dropped: they date from before the clock was set back, and would cause a second
    cooldown when the clock reaches them again.
    """
    starts = [start.isoformat() for start in _instants(thread) if start <= now]
    rows.put(session, thread, starts=[*starts, now.isoformat()][-FLOOD_LIMIT:], **armed)


def cooldown_end(thread: Thread, now: datetime) -> datetime:
    """Return when ``cooldown`` ends for a scheduled beat, if no other beat starts before."""
    starts = _starts(thread, now)
    spaced = [start + SPACING for start in starts[-1:]]
    flooded = [start + FLOOD_WINDOW for start in starts[: -FLOOD_LIMIT + 1]]
    return max([now, *spaced, *flooded])


def _starts(thread: Thread, now: datetime) -> list[datetime]:
    return [start for start in _instants(thread) if now - FLOOD_WINDOW < start <= now]


def _instants(thread: Thread) -> list[datetime]:
    return instants_of(thread.starts)
