"""How much waits in the outbox."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, func, select

from heartbeat.store.tables import Delivery
from heartbeat.vocabulary import OPEN_DELIVERIES, DeliveryStatus


class Backlog(NamedTuple):
    """The number of open deliveries by status, and when the oldest of those was queued that are not held, if any."""

    waiting: Mapping[DeliveryStatus, int]
    oldest: datetime | None


def backlog(session: Session) -> Backlog:
    """Return how much waits."""
    query = select(Delivery.status, func.count(), func.min(Delivery.created_at))
    query = query.where(col(Delivery.status).in_(sorted(OPEN_DELIVERIES))).group_by(Delivery.status)
    found = session.exec(query).all()
    numbers = {row_status: number for row_status, number, _ in found}
    oldest = [first for row_status, _, first in found if row_status != DeliveryStatus.HELD]
    waiting = {status: numbers.get(status, 0) for status in sorted(OPEN_DELIVERIES)}
    return Backlog(waiting, min(oldest, default=None))
