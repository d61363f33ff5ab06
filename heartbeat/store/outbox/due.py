"""Find the deliveries that may be tried now, and when the next one may be."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import case
from sqlmodel import Session, and_, col, func, or_, select

from heartbeat.store.outbox.reachability import next_probe
from heartbeat.store.tables import Delivery, TargetHealth
from heartbeat.vocabulary import OPEN_DELIVERIES, DeliveryStatus

_OPEN = tuple(sorted(OPEN_DELIVERIES))
_WAITS: Any = Delivery.status == DeliveryStatus.PENDING
_IS_SENT: Any = Delivery.status == DeliveryStatus.SENDING
_NEXT: Any = col(Delivery.next_try)
_EXPIRES: Any = col(Delivery.expires_at)
_SOONEST = case((and_(_NEXT.is_not(None), _NEXT < _EXPIRES), _NEXT), else_=_EXPIRES)
_AT = case(
    (and_(_WAITS, col(Delivery.searching), _NEXT.is_not(None)), _NEXT),
    (_WAITS, _SOONEST),
    (_IS_SENT, col(Delivery.lease_until)),
    else_=_EXPIRES,
)
"""When an open delivery needs the deliverer: to be tried, or because its time or its lease is over."""
_IS_TRY = and_(_WAITS, or_(col(Delivery.searching), _NEXT < _EXPIRES))


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

    Of a target that is down there is one at most, at most hourly, besides those whose time is over.
    """
    probes = dict(_probes(session))
    due: list[DueDelivery] = []
    wakes: list[datetime] = []
    probed = set(_being_tried(session, now))
    rank = func.row_number().over(partition_by=(Delivery.target, _IS_TRY), order_by=(_AT, col(Delivery.id)))
    ranked: Any = (
        select(Delivery.id, Delivery.target, _IS_TRY.label("is_try"), _AT.label("at"), rank.label("rank"))  # type: ignore[call-overload]
        .where(col(Delivery.status).in_(_OPEN), now >= _AT, col(Delivery.target).not_in(without))
        .subquery()
    )
    query = select(ranked.c.id, ranked.c.target, ranked.c.is_try).where(ranked.c.rank <= each)
    for delivery_id, target, is_try in session.execute(query.order_by(ranked.c.at, ranked.c.id)):
        probe = probes.get(target) if is_try else None
        if probe is not None and (probe > now or target in probed):
            wakes.append(probe)
            continue
        if is_try:
            probed.add(target)
        due.append(DueDelivery(delivery_id, target))
    later: Any = select(func.min(_AT)).where(col(Delivery.status).in_(_OPEN), now < _AT)
    soonest = session.execute(later).scalar()
    if soonest is not None:
        wakes.append(soonest)
    return OutboxLook(due[:limit], min((wake for wake in wakes if wake > now), default=None))


def _probes(session: Session) -> Iterator[tuple[str, datetime]]:
    for row in session.exec(select(TargetHealth).where(col(TargetHealth.down_since).is_not(None))):
        probe = next_probe(row)
        if probe is not None:
            yield row.target, probe


def _being_tried(session: Session, now: datetime) -> list[str]:
    query = select(Delivery.target).where(
        Delivery.status == DeliveryStatus.SENDING, col(Delivery.lease_until) > now
    )
    return list(session.exec(query.distinct()))
