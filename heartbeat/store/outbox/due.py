"""Find the deliveries that may be tried now, and when the next one may be."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import case
from sqlmodel import Session, and_, col, func, select

from heartbeat.store.outbox.reachability import health, waits_until
from heartbeat.store.tables import Delivery
from heartbeat.vocabulary import NOTICE, OPEN_DELIVERIES, DeliveryStatus

_OPEN = tuple(sorted(OPEN_DELIVERIES))
_PENDING: Any = Delivery.status == DeliveryStatus.PENDING
_SENDING: Any = Delivery.status == DeliveryStatus.SENDING
_NEXT: Any = col(Delivery.next_try)
_EXPIRES: Any = col(Delivery.expires_at)
_SEARCHES: Any = col(Delivery.searching)
_PERSON: Any = col(Delivery.by_person)
_IS_NOTICE: Any = case((col(Delivery.kind) == NOTICE, 1), else_=0)
_AT: Any = case(
    (and_(_PENDING, (_NEXT < _EXPIRES) | _SEARCHES), _NEXT),
    (_SENDING, col(Delivery.lease_until)),
    else_=_EXPIRES,
)
"""When an open delivery needs the deliverer: for its next try, or because its lease or its time is over."""


class DueDelivery(NamedTuple):
    """A delivery that `claim` may be called for now."""

    id: int
    target: str


class OutboxLook(NamedTuple):
    """The deliveries that are due, the longest waiting first, and when more will be; None if none wait."""

    due: list[DueDelivery]
    wake_at: datetime | None


def look(
    session: Session, now: datetime, limit: int, *, each: int = 2, without: Collection[str] = ()
) -> OutboxLook:
    """Return what may be tried now: up to ``limit`` deliveries, ``each`` for one target, none for ``without``.

    A target gets what the agent has for it before notices.
    Of a target that is down there is one at most, at most hourly, and of one that wants to be left alone none;
    besides what a person sends again, and what only has to be given up.
    """
    fares, busy = health(session), _being_tried(session, now)
    due: list[DueDelivery] = []
    wakes = [_next_instant(session, now)]
    for delivery_id, target, is_try, by_person in session.execute(_due(now, each, without)):
        fare = fares.get(target)
        if is_try and fare is not None:
            until = waits_until(fare, by_person=by_person)
            if until is not None and until > now:
                wakes.append(until)
                continue
            if fare.down_since is not None and not by_person:
                if target in busy:
                    continue
                busy.add(target)
        due.append(DueDelivery(delivery_id, target))
    return OutboxLook(due[:limit], min((wake for wake in wakes if wake is not None), default=None))


def _due(now: datetime, each: int, without: Collection[str]) -> Any:
    is_try = and_(_PENDING, now < _EXPIRES).label("is_try")
    order = (_PERSON.desc(), _IS_NOTICE, _AT, col(Delivery.id))
    rank = func.row_number().over(partition_by=(Delivery.target, is_try), order_by=order).label("rank")
    columns: Any = (Delivery.id, Delivery.target, is_try, Delivery.by_person, _AT.label("at"), rank)
    where = (col(Delivery.status).in_(_OPEN), now >= _AT, col(Delivery.target).not_in(without))
    ranked = select(*columns).where(*where).subquery()
    found: Any = (ranked.c.id, ranked.c.target, ranked.c.is_try, ranked.c.by_person)
    chosen = select(*found).where(ranked.c.rank <= each)
    return chosen.order_by(ranked.c.by_person.desc(), ranked.c.at, ranked.c.id)


def _next_instant(session: Session, now: datetime) -> datetime | None:
    """Return when the next delivery becomes due, or when the time of one is over that waits for its target."""
    later = case((now < _AT, _AT), (and_(_PENDING, now < _EXPIRES), _EXPIRES), else_=None)
    query: Any = select(func.min(later)).where(col(Delivery.status).in_(_OPEN))
    found: datetime | None = session.execute(query).scalar()
    return found


def _being_tried(session: Session, now: datetime) -> set[str]:
    query = select(Delivery.target).where(_SENDING, now < col(Delivery.lease_until))
    return set(session.exec(query.distinct()))
