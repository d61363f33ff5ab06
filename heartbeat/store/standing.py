"""Standing approvals: all actions of a kind from a thread to a target, approved by a person until revoked."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from heartbeat.errors import NotFoundError
from heartbeat.store import events
from heartbeat.store.approval_tables import StandingApproval
from heartbeat.vocabulary import AnswerOrigin, EventKind, StandingEnd

logger = logging.getLogger("heartbeat")


def find(session: Session, thread_id: str, kind: str, target: str) -> StandingApproval | None:
    """Return the standing approval that covers an action, None if there is none."""
    query = select(StandingApproval).where(
        StandingApproval.thread_id == thread_id,
        StandingApproval.kind == kind,
        StandingApproval.target == target,
        col(StandingApproval.revoked_at).is_(None),
    )
    return session.exec(query.limit(1)).first()


def give(
    session: Session,
    thread_id: str,
    kind: str,
    target: str,
    now: datetime,
    *,
    beat_id: int,
    by: AnswerOrigin,
) -> StandingApproval:
    """Approve all actions of a kind from a thread to a target from now on; one that stands already is kept."""
    row = find(session, thread_id, kind, target)
    if row is None:
        row = StandingApproval(
            thread_id=thread_id, kind=kind, target=target, beat_id=beat_id, given_at=now, given_by=by
        )
        session.add(row)
        session.flush()
        _tell(session, EventKind.STANDING_GIVEN, row, now, by=by)
    return row


def revoke(session: Session, standing_id: int, now: datetime, *, by: AnswerOrigin) -> StandingApproval:
    """Revoke a standing approval; what was done by it stays done. One that is revoked already stays so.

    Raises:
        NotFoundError: no such standing approval.
    """
    row = session.get(StandingApproval, standing_id)
    if row is None:
        raise NotFoundError(
            f"Standing approval {standing_id} does not exist; list them with: heartbeat approvals"
        )
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by = now, by
        session.add(row)
        _tell(session, EventKind.STANDING_REVOKED, row, now, by=by)
    return row


def end_all(session: Session, target: str, reason: StandingEnd, now: datetime) -> None:
    """Revoke all standing approvals for a connection: whoever gave them did not mean where it leads now."""
    query = select(StandingApproval).where(
        StandingApproval.target == target, col(StandingApproval.revoked_at).is_(None)
    )
    for row in session.exec(query).all():
        row.revoked_at, row.reason = now, reason
        session.add(row)
        _tell(session, EventKind.STANDING_REVOKED, row, now, reason=reason)


def listed(
    session: Session,
    *,
    thread_id: str | None = None,
    revoked: bool = False,
    before: int | None = None,
    limit: int | None = None,
) -> Sequence[StandingApproval]:
    """Return the standing approvals, of one thread or all, the newest first; with ``revoked`` also those revoked.

    ``before`` selects those with lower ids.
    """
    query = select(StandingApproval)
    if thread_id is not None:
        query = query.where(StandingApproval.thread_id == thread_id)
    if not revoked:
        query = query.where(col(StandingApproval.revoked_at).is_(None))
    if before is not None:
        query = query.where(col(StandingApproval.id) < before)
    return session.exec(query.order_by(col(StandingApproval.id).desc()).limit(limit)).all()


def _tell(
    session: Session,
    kind: EventKind,
    row: StandingApproval,
    now: datetime,
    *,
    by: AnswerOrigin | None = None,
    reason: StandingEnd | None = None,
) -> None:
    given = kind == EventKind.STANDING_GIVEN
    logger.info(
        "standing approval %s %s: %s to %s from thread %s",
        row.id,
        "given" if given else "revoked",
        row.kind,
        row.target,
        row.thread_id,
        extra={"action": "standing_given" if given else "standing_revoked", "by": by, "reason": reason},
    )
    events.add(
        session,
        kind,
        now,
        thread_id=row.thread_id,
        beat_id=row.beat_id if given else None,
        standing_id=row.id,
        action=row.kind,
        target=row.target,
        by=by,
        reason=reason,
    )
