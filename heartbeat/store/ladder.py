"""After a scheduled beat: try its slot again, or, when too many in a row have failed, pause the thread."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlmodel import Session, bindparam, col, select

from heartbeat.schedule import next_attempt
from heartbeat.store import events, threads
from heartbeat.store.lease import Lease
from heartbeat.store.tables import Action, Beat, Thread

FAILURES = 10
"""Scheduled slots in a row that end failed, after which a thread is paused."""
_NO_BEAT = ("missed", "running", "awaiting_approval")
_EVER = datetime.min.replace(tzinfo=UTC)
_LAST = (
    select(Beat.status, Beat.retry_at, Beat.summary)
    .where(
        Beat.thread_id == bindparam("thread"),
        Beat.trigger == "scheduled",
        col(Beat.status).not_in(_NO_BEAT),
        col(Beat.started_at) > bindparam("since"),
    )
    .order_by(col(Beat.slot).desc())
    .limit(FAILURES)
)
_ACTED = select(Action.id).where(Action.beat_id == bindparam("beat")).limit(1)


def climb(session: Session, thread: Thread, row: Beat, now: datetime) -> None:
    """Plan the next try of a slot whose beat has ended, or pause the thread where no try is left.

    What has acted is never tried again.
    """
    if not _may_be_tried_again(row):
        return
    acted = session.exec(_ACTED, params={"beat": row.id}).first()
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
    last = session.exec(_LAST, params={"thread": thread.id, "since": thread.resumed_at or _EVER}).all()
    if len(last) < FAILURES or any(status != "failed" or retry_at for status, retry_at, _ in last):
        return False
    _, _, summary = last[0]
    threads.pause(session, thread.id, f"{FAILURES} slots in a row failed; the last: {summary}"[:500], now)
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
    row.supervised, row.fence, row.takeovers = True, row.fence + 1, 0
    row.lease_owner, row.lease_until = lease.owner, lease.until(now)
    session.add(row)
    events.started(session, row, now)
