"""Find the deliveries that have ended and that nothing needs any more, and delete them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, and_, bindparam, col, delete, func, or_, select

from heartbeat.store import rows
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


def old(session: Session, before: datetime, kept: int, after: int, limit: int) -> Found:
    """Return which of the next ``limit`` deliveries, but for the last ``kept``, ended before an instant and can go.

    Those of one action go together: the status of the action follows from all of them.
    """
    first = rows.read(session, _NTH, {"nth": kept - 1}).scalar()
    if first is None:
        return Found([], None)
    values = {"after": after, "first": first, "limit": limit}
    found = rows.read(session, _OLD, values).all()
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


def remove(session: Session, before: datetime, ids: Collection[int]) -> int:
    """Delete deliveries, with all others of their actions, if all of these ended before an instant; return how many.

    Those of one action are deleted in one transaction, so they may be more than `BiteSize.MOST`.
    """
    has_ended = and_(
        col(Delivery.status).in_(_ENDED), func.coalesce(col(Delivery.finished_at) < before, False)
    )
    query = select(Delivery.id, Delivery.action_id, has_ended)
    found = session.exec(query.where(col(Delivery.id).in_(ids))).all()
    actions = {action for _, action, _ in found if action is not None}
    others = session.exec(query.where(col(Delivery.action_id).in_(actions))).all()
    stays = {action for _, action, is_over in others if not is_over}
    gone = {
        number
        for number, action, is_over in (*found, *others)
        if is_over and (action is None or action not in stays)
    }
    session.connection().execute(delete(Delivery).where(col(Delivery.id).in_(gone)))
    return len(gone)
