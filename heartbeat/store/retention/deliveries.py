"""Find the deliveries that have ended and that nothing needs any more, and delete them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, bindparam, col, delete, or_, select

from heartbeat.store import rows
from heartbeat.store.retention.kept import Kept
from heartbeat.store.tables import Delivery
from heartbeat.vocabulary import DeliveryStatus

_ENDED = sorted((DeliveryStatus.SENT, DeliveryStatus.FAILED))
"""What of a delivery is known; one that is `unknown` waits for a person."""
_NTH = select(Delivery.id).order_by(col(Delivery.id).desc()).limit(1).offset(bindparam("nth"))
_OLD = (
    select(Delivery.id, Delivery.action_id, Delivery.status, Delivery.finished_at)
    .where(col(Delivery.id) > bindparam("after"), col(Delivery.id) < bindparam("first"))
    .order_by(col(Delivery.id))
    .limit(bindparam("limit"))
)


class Found(NamedTuple):
    """Deliveries that can be deleted; ``last`` is the last one that was looked at, None at the end."""

    ids: list[int]
    last: int | None


def old(session: Session, kept: Kept, now: datetime, after: int, limit: int) -> Found:
    """Return which of the next ``limit`` deliveries can be deleted.

    Those of one action go together: the status of the action follows from all of them.
    """
    assert kept.delivery_age is not None  # noqa: S101 - otherwise nothing is old
    first = rows.read(session, _NTH, {"nth": kept.deliveries - 1}).scalar()
    if first is None:
        return Found([], None)
    values = {"after": after, "first": first, "limit": limit}
    found = rows.read(session, _OLD, values).all()
    before = now - kept.delivery_age
    ended = [
        row
        for row in found
        if row.status in _ENDED and row.finished_at is not None and row.finished_at < before
    ]
    stays = _with_others(session, {row.action_id for row in ended if row.action_id}, first, before)
    ids = [row.id for row in ended if row.action_id not in stays]
    return Found(ids, found[-1].id if len(found) == limit else None)


def _with_others(session: Session, action_ids: Collection[int], first: int, before: datetime) -> set[int]:
    """Return the actions of which a delivery stays."""
    stays = or_(
        col(Delivery.id) >= first,
        col(Delivery.status).not_in(_ENDED),
        col(Delivery.finished_at).is_(None),
        col(Delivery.finished_at) >= before,
    )
    query = select(Delivery.action_id).where(col(Delivery.action_id).in_(action_ids), stays)
    return {each for each in session.exec(query) if each is not None}


def remove(session: Session, ids: Collection[int]) -> int:
    """Delete deliveries, with all others of their actions, where none of these goes on since; return how many."""
    query = select(Delivery.id, Delivery.action_id, Delivery.status)
    found = session.exec(query.where(col(Delivery.id).in_(ids))).all()
    actions = {action for _, action, _ in found if action is not None}
    others = session.exec(query.where(col(Delivery.action_id).in_(actions))).all()
    goes_on = {action for _, action, status in others if status not in _ENDED}
    gone = {
        number
        for number, action, status in (*found, *others)
        if status in _ENDED and (action is None or action not in goes_on)
    }
    session.connection().execute(delete(Delivery).where(col(Delivery.id).in_(gone)))
    return len(gone)
