"""Whether a delivery may leave: what came to be private, or public, since it was queued is known only then."""

from __future__ import annotations

from datetime import datetime

from pydantic import ValidationError
from sqlmodel import Session

from heartbeat.outflow import OutflowPolicy
from heartbeat.run_data import RunData
from heartbeat.store import approvals, outbox, progress, threads
from heartbeat.store.tables import Beat, Delivery, Thread
from heartbeat.text import sentence
from heartbeat.vocabulary import NOTICE, DeliveryStatus, Outflow


def forbid(session: Session, delivery_id: int, policy: OutflowPolicy, now: datetime) -> bool:
    """Cancel a delivery that waits and would make public what is private; return whether it was one.

    It says why on its last try. What a person approved for this one action leaves, and so does what belongs to a
    thread whose config allows it. A notice is for the owner.

    Raises:
        NotFoundError: no such delivery.
    """
    row = outbox.get(session, delivery_id)
    waits = row.status in (DeliveryStatus.PENDING, DeliveryStatus.HELD) and not row.searching
    if not waits or row.kind == NOTICE or row.kind not in policy.made_public(row.target):
        return False
    if not _is_private(session, row, policy):
        return False
    why = f"{row.target} would make public what is private; set approval to always, or outflow to allowed"
    outbox.refuse(session, row, sentence(f"Not sent, since {why}"), now)
    return True


def _is_private(session: Session, row: Delivery, policy: OutflowPolicy) -> bool:
    beat = None if row.beat_id is None else session.get(Beat, row.beat_id)
    if beat is not None and approvals.by_person(beat):
        return False
    thread = None if row.thread_id is None else session.get(Thread, row.thread_id)
    config = None if thread is None else threads.effective(session, thread).config
    if config is not None and config.outflow == Outflow.ALLOWED:
        return False
    leak = None if config is None else policy.leak(config)
    leaks = leak is not None and row.kind in leak.kinds.get(row.target, ())
    return leaks or row.private or (beat is not None and _saw_private(beat, policy))


def _saw_private(beat: Beat, policy: OutflowPolicy) -> bool:
    """Return whether a beat looked at what is private by now."""
    if beat.private or not policy.private:
        return beat.private
    try:
        feed = RunData(progress.state_of(beat)).feed
    except ValidationError:
        return True  # written by another version; whatever it saw
    return any(item.source in policy.private for item in (*feed.walk(), *feed.left_out))
