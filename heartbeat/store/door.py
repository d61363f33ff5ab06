"""The door: claims a beat before any run starts, or says which gate kept it shut."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlmodel import Session, col, func, select

from heartbeat.config import Config
from heartbeat.errors import ConflictError
from heartbeat.store import approvals, beats, events, threads
from heartbeat.store.beats import Claim
from heartbeat.store.lease import Lease
from heartbeat.store.tables import Beat, Thread

Trigger = Literal["scheduled", "manual"]
DoorGate = Literal["disabled", "paused", "quiet_hours", "busy", "awaiting_approval", "cooldown"]

SPACING = timedelta(seconds=30)
FLOOD_WINDOW = timedelta(seconds=60)
FLOOD_LIMIT = 5

SENTENCES: dict[DoorGate, str] = {
    "disabled": "The heartbeat of this thread is switched off.",
    "paused": "The thread is paused: {paused_reason}.",
    "quiet_hours": "Now is outside the thread's active hours.",
    "busy": "A beat of this thread is still running.",
    "awaiting_approval": "Beat {waiting} waits for a person: heartbeat approve {waiting}, or reject.",
    "cooldown": "The thread has beaten too recently: 30 s between beats, at most 5 in 60 s.",
}


@dataclass(frozen=True)
class Refusal:
    """Why no run may start. ``beat_id`` is the row that says so; ``busy`` leaves none, nor does a slot
    that may come again after a cooldown."""

    gate: DoorGate
    summary: str
    beat_id: int | None = None
    waiting: int | None = None
    """The beat that waits for a person, where the gate is ``awaiting_approval``."""


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
) -> Claim | Refusal:
    """Claim the slot and insert the row of a beat, in the caller's transaction.

    A manual beat has no slot and passes ``disabled``, ``paused``, ``quiet_hours`` and the spacing of 30 s.
    The thread is made if it does not exist. ``supervised`` says that a runner stands behind the run, so that
    another may take it over.

    Raises:
        ConflictError: the slot has a row already.
    """
    if (trigger == "scheduled") != (slot is not None):
        raise ValueError("a scheduled beat has a slot, a manual beat has none")
    thread = threads.ensure(session, thread_id, now)
    config = threads.config(session, thread)
    approvals.expire(session, now, thread_id=thread_id)
    beats.abandon_unsupervised(session, now, thread_id=thread_id)
    if slot is not None and _slot_taken(session, thread_id, slot):
        raise ConflictError(f"thread {thread_id!r} has a beat for {slot.isoformat()} already")
    gate = shut_gate(session, thread, config, trigger, now)
    row = Beat(
        thread_id=thread_id,
        trigger=trigger,
        slot=slot,
        dry_run=dry_run or config.dry_run,
        started_at=now,
        supervised=supervised,
    )
    if gate is None:
        return beats.insert(session, row, lease, now)
    waiting = waiting_beat(session, thread_id)
    summary = SENTENCES[gate].format(paused_reason=thread.paused_reason, waiting=waiting)
    if gate == "busy" or (gate == "cooldown" and trigger == "scheduled"):
        return Refusal(gate, summary)
    row.status, row.reason, row.summary = "skipped", gate, summary
    row.finished_at, row.duration_seconds = now, 0.0
    events.finished(session, row, now)
    return Refusal(gate, summary, row.id, waiting if gate == "awaiting_approval" else None)


def waiting_beat(session: Session, thread_id: str) -> int | None:
    """Return the beat of a thread that waits for a person."""
    query = select(Beat.id).where(Beat.thread_id == thread_id, Beat.status == "awaiting_approval")
    return session.exec(query.limit(1)).first()


def _slot_taken(session: Session, thread_id: str, slot: datetime) -> bool:
    return (
        session.exec(select(Beat.id).where(Beat.thread_id == thread_id, Beat.slot == slot)).first()
        is not None
    )


def shut_gate(
    session: Session, thread: Thread, config: Config, trigger: Trigger, now: datetime
) -> DoorGate | None:
    """Return the first gate that is shut for a beat that would start now."""
    scheduled = trigger == "scheduled"
    if scheduled and not config.enabled:
        return "disabled"
    if scheduled and thread.paused_reason:
        return "paused"
    if scheduled and not config.is_active(now):
        return "quiet_hours"
    statuses = set(
        session.exec(
            select(Beat.status).where(Beat.thread_id == thread.id, col(Beat.status).in_(beats.OPEN_STATUSES))
        )
    )
    if "running" in statuses:
        return "busy"
    if "awaiting_approval" in statuses:
        return "awaiting_approval"
    window = SPACING if scheduled else timedelta(0)
    if _starts(session, thread.id, now - FLOOD_WINDOW, now) >= FLOOD_LIMIT or (
        scheduled and _starts(session, thread.id, now - window, now)
    ):
        return "cooldown"
    return None


def _starts(session: Session, thread_id: str, after: datetime, now: datetime) -> int:
    """Count the runs that began in (after, now]; rows written at the door started none."""
    query = select(func.count()).where(
        Beat.thread_id == thread_id,
        col(Beat.started_at) > after,
        col(Beat.started_at) <= now,
        Beat.fence > 0,
    )
    return session.exec(query).one()
