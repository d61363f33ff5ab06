"""After a scheduled beat: try its slot again, or, when too many in a row have failed, pause the thread."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlmodel import Session, bindparam, col, select

from heartbeat.schedule import next_attempt
from heartbeat.store import events, rows, threads
from heartbeat.store.lease import Lease
from heartbeat.store.tables import Action, Beat, Thread
from heartbeat.vocabulary import UNSETTLED, BeatStatus, Reason, Trigger

FAILURES = 10
"""Scheduled slots in a row that end failed, after which a thread is paused."""
NOT_ITS_OWN = frozenset({Reason.DATABASE})
"""Reasons of failures that come from the surroundings: a thread goes on by itself when they are over."""
_NO_BEAT = sorted(UNSETTLED | {BeatStatus.MISSED})
_EVER = datetime.min.replace(tzinfo=UTC)
_LAST = (
    select(Beat.status, Beat.reason, Beat.retry_at, Beat.summary)
    .where(
        Beat.thread_id == bindparam("thread"),
        Beat.trigger == Trigger.SCHEDULED,
        col(Beat.status).not_in(_NO_BEAT),
        col(Beat.started_at) > bindparam("since"),
    )
    .order_by(col(Beat.slot).desc())
    .limit(FAILURES)
)
_ACTED = select(Action.id).where(Action.beat_id == bindparam("beat")).limit(1)


def schedule(session: Session, thread: Thread, row: Beat, now: datetime) -> None:
    """Plan the next try of a slot whose beat has ended, or pause the thread where no try is left.

    What has acted is never tried again.
    """
    if not _may_be_tried_again(row):
        return
    if thread.next_due is not None and not _has_acted(session, row):
        again = next_attempt(len(row.attempts) + 1, now, thread.next_due)
        rows.put(session, row, retry_at=again)
    if row.retry_at is None:
        pause_if_failing(session, thread, now)
    elif thread.wake_at is None or row.retry_at < thread.wake_at:
        rows.put(session, thread, wake_at=row.retry_at)


def _has_acted(session: Session, row: Beat) -> bool:
    return rows.read(session, _ACTED, {"beat": row.id}).first() is not None


def _may_be_tried_again(row: Beat) -> bool:
    if row.trigger != Trigger.SCHEDULED:
        return False
    return row.status == BeatStatus.FAILED or (row.status, row.reason) == (
        BeatStatus.SKIPPED,
        Reason.MODEL_UNREACHABLE,
    )


def pause_if_failing(session: Session, thread: Thread, now: datetime) -> bool:
    """Pause a thread whose last ``FAILURES`` scheduled slots have all failed, with no try left."""
    last = rows.read(session, _LAST, {"thread": thread.id, "since": thread.resumed_at or _EVER}).all()
    if len(last) < FAILURES or not all(
        status == BeatStatus.FAILED and reason not in NOT_ITS_OWN and not retry_at
        for status, reason, retry_at, _ in last
    ):
        return False
    summary = last[0].summary
    threads.pause(session, thread.id, f"{FAILURES} slots in a row failed; the last: {summary}"[:500], now)
    return True


def restart(session: Session, row: Beat, lease: Lease, now: datetime) -> None:
    """Begin a slot's beat again on the same row; what the last try came to goes on the list of attempts.

    The last decision is dropped with all it was based on. Tokens stay: they were spent.
    """
    attempt = {"at": row.started_at.isoformat(), "status": row.status, "reason": row.reason}
    rows.put(
        session,
        row,
        attempts=[*row.attempts, attempt],
        status=BeatStatus.RUNNING,
        reason=None,
        summary="",
        error=None,
        context=None,
        prompt=None,
        rounds=[],
        path=[],
        action=None,
        problems=[],
        approval=None,
        expires_at=None,
        decided_by=None,
        retry_at=None,
        started_at=now,
        finished_at=None,
        duration_seconds=None,
        supervised=True,
        fence=row.fence + 1,
        takeovers=0,
        lease_owner=lease.owner,
        lease_until=lease.until(now),
    )
    events.started(session, row, now)
