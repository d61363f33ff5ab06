"""Retry the slots of scheduled beats that failed, and pause threads whose slots keep failing."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, bindparam, col, select

from heartbeat.schedule import next_attempt
from heartbeat.store import events, rows, threads
from heartbeat.store.lease import Lease
from heartbeat.store.tables import Action, Beat, Thread
from heartbeat.vocabulary import UNSETTLED, BeatStatus, Reason, Trigger

FAILURES = 10
"""The number of failed scheduled slots in a row after which a thread is paused."""
LAST = "; the last: "
"""What stands before the summary of a beat in the reason of a pause."""
EXTERNAL_REASONS = frozenset({Reason.DATABASE})
"""Reasons of failures that the thread did not cause; such a failure among the last ones prevents the pause."""
_IGNORED = sorted(UNSETTLED | {BeatStatus.MISSED})
_BEGINNING = datetime.min.replace(tzinfo=UTC)


def counts_towards_pause() -> ColumnElement[bool]:
    """Return the condition on beats of which the last `FAILURES` of a thread say whether it keeps failing."""
    return and_(Beat.trigger == Trigger.SCHEDULED, col(Beat.status).not_in(_IGNORED))


_LAST = (
    select(Beat.status, Beat.reason, Beat.retry_at, Beat.summary)
    .where(
        Beat.thread_id == bindparam("thread"),
        counts_towards_pause(),
        col(Beat.started_at) > bindparam("since"),
    )
    .order_by(col(Beat.slot).desc())
    .limit(FAILURES)
)
_ACTED = select(Action.id).where(Action.beat_id == bindparam("beat")).limit(1)


def schedule(session: Session, thread: Thread, row: Beat, now: datetime) -> None:
    """Plan the next attempt at a slot whose beat has ended; if there is none, pause the thread if it keeps failing.

    A slot whose beat has done an action is not retried, and neither is one whose action was approved: a person
    approved that action and no other.
    """
    if not _is_retryable(row):
        return
    if thread.next_due is not None and row.expires_at is None and not _has_acted(session, row):
        again = next_attempt(len(row.attempts) + 1, now, thread.next_due)
        rows.put(session, row, retry_at=again)
    if row.retry_at is None:
        pause_if_failing(session, thread, now)
    elif thread.wake_at is None or row.retry_at < thread.wake_at:
        rows.put(session, thread, wake_at=row.retry_at)


def _has_acted(session: Session, row: Beat) -> bool:
    return rows.read(session, _ACTED, {"beat": row.id}).first() is not None


def _is_retryable(row: Beat) -> bool:
    if row.trigger != Trigger.SCHEDULED:
        return False
    return row.status == BeatStatus.FAILED or (row.status, row.reason) == (
        BeatStatus.SKIPPED,
        Reason.MODEL_UNREACHABLE,
    )


def pause_if_failing(session: Session, thread: Thread, now: datetime) -> bool:
    """Pause a thread whose last ``FAILURES`` slots all failed without a retry left; return whether it was paused."""
    last = rows.read(session, _LAST, {"thread": thread.id, "since": thread.resumed_at or _BEGINNING}).all()
    if len(last) < FAILURES or not all(
        status == BeatStatus.FAILED and reason not in EXTERNAL_REASONS and not retry_at
        for status, reason, retry_at, _ in last
    ):
        return False
    summary = last[0].summary
    threads.pause(session, thread.id, f"{FAILURES} slots in a row failed{LAST}{summary}"[:500], now)
    return True


def restart(session: Session, row: Beat, lease: Lease, now: datetime) -> None:
    """Start another attempt at a slot on the same row, and add the outcome of the last one to ``attempts``.

    Clears the last decision and its inputs. Token counts are kept, since the tokens were spent.
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
