"""Deliveries of which nobody knows any more what became of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from heartbeat.store.outbox.change import changed
from heartbeat.store.outbox.tries import KEPT_TRIES
from heartbeat.store.tables import Delivery
from heartbeat.vocabulary import OPEN_DELIVERIES, DeliveryStatus, TryEnd


def lose_track(session: Session, now: datetime, said: str) -> int:
    """Let all that may still leave be `unknown`, so that only a person sends it again; return the number.

    ``said`` is a sentence on the last try, one that nobody knows of: lists show it as ``last try: …``.
    """
    query = select(Delivery).where(col(Delivery.status).in_(sorted(OPEN_DELIVERIES)))
    found = session.exec(query.order_by(col(Delivery.id))).all()
    for row in found:
        row.tries = [*_ended(row.tries), {"at": now.isoformat(), "ended": TryEnd.PERHAPS.value, "said": said}]
        row.tries = row.tries[-KEPT_TRIES:]
        row.status, row.reason, row.repeatable = DeliveryStatus.UNKNOWN, None, False
        row.afterwards = row.next_try = row.lease_owner = row.lease_until = None
        row.by_person, row.searching, row.finished_at = False, False, now
        row.fence += 1
        changed(session, row, now)
    return len(found)


def _ended(tries: list[Any]) -> list[Any]:
    """Return the tries without the one that goes on, which the added one replaces."""
    return [each for each in tries if each["ended"] is not None]
