"""After a scheduled beat: try its slot again, or, when too many in a row have failed, pause the thread."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from heartbeat.schedule import next_attempt
from heartbeat.store import events, threads
from heartbeat.store.lease import Lease
from heartbeat.store.tables import Action, Beat, Thread

FAILURES = 10
"""Scheduled slots in a row that end failed, after which a thread is paused."""
_NO_BEAT = ("missed", "running", "awaiting_approval")


def climb(session: Session, thread: Thread, row: Beat, now: datetime) -> None:
    """Plan the next try of a slot whose beat has ended, or pause the thread where no try is left.

    What has acted is never tried again.
    """
    if not _may_be_tried_again(row):
        return
    acted = session.exec(select(Action.id).where(Action.beat_id == row.id).limit(1)).first()
    if thread.next_due is not None and acted is None:
        row.retry_at = next_attempt(len(row.attempts) + 1, now, thread.next_due)
        session.add(row)
    if row.retry_at is None:
        pause_if_failing(session, thread, now)
    elif thread.wake_at is None or row.retry_at < thread.wake_at:
        thread.wake_at = row.retry_at
        session.add(thread)


def _may_be_tried_again(row: Beat) -> bool:
    if row.trigger != "scheduled":
        return False
    return row.status == "failed" or (row.status, row.reason) == ("skipped", "model_unreachable")


def pause_if_failing(session: Session, thread: Thread, now: datetime) -> bool:
    """Pause a thread whose last ``FAILURES`` scheduled slots have all failed, with no try left."""
    query = select(Beat).where(
        Beat.thread_id == thread.id, Beat.trigger == "scheduled", col(Beat.status).not_in(_NO_BEAT)
    )
    if thread.resumed_at is not None:
        query = query.where(col(Beat.started_at) > thread.resumed_at)
    last = session.exec(query.order_by(col(Beat.slot).desc()).limit(FAILURES)).all()
    if len(last) < FAILURES or any(row.status != "failed" or row.retry_at for row in last):
        return False
    threads.pause(
        session, thread.id, f"{FAILURES} slots in a row failed; the last: {last[0].summary}"[:500], now
    )
    return True


def reopen(session: Session, row: Beat, lease: Lease, now: datetime) -> None:
    """Begin a slot's beat again on the same row; what the last try came to goes on the list of attempts.

    The last decision is dropped with all it was based on. Tokens stay: they were spent.
    """
    row.attempts = [
        *row.attempts,
        {"at": row.started_at.isoformat(), "status": row.status, "reason": row.reason},
    ]
    row.status, row.reason, row.summary, row.error = "running", None, "", None
    row.context, row.prompt, row.rounds, row.action, row.problems = None, None, [], None, []
    row.approval = row.expires_at = row.decided_by = row.retry_at = None
    row.started_at, row.finished_at, row.duration_seconds = now, None, None
    row.supervised, row.fence = True, row.fence + 1
    row.lease_owner, row.lease_until = lease.owner, lease.until(now)
    session.add(row)
    events.started(session, row, now)
