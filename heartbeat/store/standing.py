"""Standing approvals: all actions of a kind from a thread to a target, approved by a person until revoked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from heartbeat.errors import NotFoundError
from heartbeat.store.approval_tables import StandingApproval
from heartbeat.vocabulary import AnswerOrigin


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
    return row


def revoke(session: Session, standing_id: int, now: datetime, *, by: AnswerOrigin) -> StandingApproval:
    """Revoke a standing approval; what it has approved stays approved.

    Raises:
        NotFoundError: no such standing approval.
    """
    row = session.get(StandingApproval, standing_id)
    if row is None:
        raise NotFoundError(f"standing approval {standing_id} does not exist")
    if row.revoked_at is None:
        row.revoked_at, row.revoked_by = now, by
        session.add(row)
    return row


def listed(
    session: Session, *, thread_id: str | None = None, revoked: bool = False
) -> Sequence[StandingApproval]:
    """Return the standing approvals, of one thread or all, the newest first; with ``revoked`` also those revoked."""
    query = select(StandingApproval)
    if thread_id is not None:
        query = query.where(StandingApproval.thread_id == thread_id)
    if not revoked:
        query = query.where(col(StandingApproval.revoked_at).is_(None))
    return session.exec(query.order_by(col(StandingApproval.id).desc())).all()
