"""Queue deliveries, and read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlmodel import Session, col, select

from heartbeat.errors import NotFoundError
from heartbeat.outgoing import Outgoing
from heartbeat.store.outbox.change import changed
from heartbeat.store.tables import Delivery
from heartbeat.vocabulary import DeliveryStatus

NEVER = datetime.max.replace(tzinfo=UTC)
"""When a delivery expires that is not given up."""


def queue(
    session: Session,
    outgoing: Outgoing,
    *,
    target: str,
    deliver_within: int | None,
    now: datetime,
    action_id: int | None = None,
    digest: str = "",
    private: bool = False,
) -> Delivery:
    """Queue one delivery, which may be tried at once; ``deliver_within`` is in seconds, None for as long as it takes.

    ``private``: it was made from something private.

    The caller commits with `Store.write_durably`, so that a power cut does not forget it.
    """
    row = Delivery(
        key=uuid4().hex,
        action_id=action_id,
        beat_id=outgoing.beat_id,
        thread_id=outgoing.thread_id,
        target=target,
        kind=outgoing.kind,
        payload=outgoing.model_dump(mode="json"),
        digest=digest,
        private=private,
        next_try=now,
        expires_at=expiry(deliver_within, now),
        deliver_within=deliver_within,
        created_at=now,
    )
    return changed(session, row, now)


def expiry(deliver_within: int | None, now: datetime) -> datetime:
    """Return when a delivery is given up whose time begins now."""
    return NEVER if deliver_within is None else now + timedelta(seconds=deliver_within)


def get(session: Session, delivery_id: int) -> Delivery:
    """Return a delivery.

    Raises:
        NotFoundError: no such delivery.
    """
    row = session.get(Delivery, delivery_id)
    if row is None:
        raise NotFoundError(f"delivery {delivery_id} does not exist")
    return row


def page(
    session: Session,
    *,
    status: DeliveryStatus | None = None,
    thread_id: str | None = None,
    beat_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> Sequence[Delivery]:
    """Return up to ``limit`` deliveries, newest first; ``before`` selects those with lower ids."""
    query = select(Delivery)
    if status is not None:
        query = query.where(Delivery.status == status)
    if thread_id is not None:
        query = query.where(Delivery.thread_id == thread_id)
    if beat_id is not None:
        query = query.where(Delivery.beat_id == beat_id)
    if before is not None:
        query = query.where(col(Delivery.id) < before)
    return session.exec(query.order_by(col(Delivery.id).desc()).limit(limit)).all()


def of_actions(session: Session, action_ids: Collection[int]) -> dict[int, list[Delivery]]:
    """Return the deliveries of actions by action; those that have none are not named."""
    found: dict[int, list[Delivery]] = defaultdict(list)
    query = select(Delivery).where(col(Delivery.action_id).in_(action_ids)).order_by(col(Delivery.id))
    for row in session.exec(query):
        if row.action_id is not None:
            found[row.action_id].append(row)
    return found
