"""Notices and the outbox: how notices leave, and which deliveries and targets one is about."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from heartbeat.notice import Notice, outgoing_of
from heartbeat.store import outbox
from heartbeat.store.outbox.rows import NEVER
from heartbeat.store.tables import Action, Delivery, Event, TargetHealth
from heartbeat.vocabulary import (
    NOTICE,
    OPEN_DELIVERIES,
    ActionStatus,
    DeliveryReason,
    DeliveryStatus,
    EventKind,
    NoticeKind,
)

DELIVER_WITHIN = 3_600
"""Seconds after which a notice is given up."""
PROBE_ANEW = timedelta(days=1)
"""When a connection that is down gets a new probe after one that ended without arriving."""
_OPEN = tuple(sorted(OPEN_DELIVERIES))
_BY_ITSELF = (DeliveryReason.REFUSED, DeliveryReason.EXPIRED)
"""Reasons that no person has caused."""
_IS_PROBE = (Delivery.kind == NOTICE, Delivery.expires_at == NEVER)


class Failed(NamedTuple):
    """An action, or a delivery whose action went with its thread, that did not arrive or may not have.

    ``about`` identifies it.
    """

    kind: NoticeKind
    at: datetime
    thread_id: str | None
    beat_id: int | None
    data: Mapping[str, Any]
    about: str


def queue(
    session: Session, notice: Notice, owners: Collection[str], public_url: str | None, now: datetime
) -> None:
    """Queue a notice for each of ``owners``, or for the one it is for; none about a connection goes to it.

    The notice about a connection that is for this connection is its probe, and is never given up.
    """
    about = notice.data.get("target") if notice.kind == NoticeKind.TARGET_DOWN else None
    for target in owners if notice.to is None else (notice.to,):
        if notice.to is None and target == about:
            continue
        outbox.queue(
            session,
            outgoing_of(notice, public_url),
            target=target,
            deliver_within=DELIVER_WITHIN if notice.to is None else None,
            now=now,
        )


def failed(session: Session, page: Sequence[Event]) -> Iterator[Failed]:
    """Return what the deliveries that these events are about mean for their actions; notices are left out.

    What a person has cancelled or settled is left out too.
    """
    wanted = {
        event.data["delivery_id"]
        for event in page
        if event.kind == EventKind.DELIVERY_CHANGED
        and event.data["status"] in (DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN)
    }
    query = select(Delivery).where(col(Delivery.id).in_(wanted), Delivery.kind != NOTICE)
    seen: set[str] = set()
    for row in session.exec(query.order_by(col(Delivery.finished_at).desc(), col(Delivery.id).desc())):
        found = _failed(session, row)
        if found is not None and found.about not in seen:
            seen.add(found.about)
            yield found


def _failed(session: Session, row: Delivery) -> Failed | None:
    action = None if row.action_id is None else session.get(Action, row.action_id)
    targets = [row.target]
    is_unknown, reason = row.status == DeliveryStatus.UNKNOWN, row.reason
    if action is not None:
        if action.status not in (ActionStatus.FAILED, ActionStatus.UNKNOWN):
            return None  # it has arrived elsewhere, or may still arrive
        is_unknown, reason = action.status == ActionStatus.UNKNOWN, action.reason
        targets = [each.target for each in outbox.of_actions(session, [row.action_id or 0])[action.id or 0]]
    if row.by_person or not (is_unknown or reason in _BY_ITSELF):
        return None
    return Failed(
        NoticeKind.DELIVERY_UNKNOWN if is_unknown else NoticeKind.DELIVERY_FAILED,
        row.finished_at or row.created_at,
        row.thread_id,
        row.beat_id,
        {
            "delivery_id": row.id,
            "kind": row.kind,
            "target": ", ".join(targets),
            "reason": reason,
            "said": row.tries[-1]["said"] if row.tries else "",
        },
        f"delivery {row.id}" if action is None else f"action {action.id}",
    )


def down(session: Session) -> Iterator[TargetHealth]:
    """Return the targets that have been down without a notice about it so far, and mark them as told."""
    query = select(TargetHealth).where(
        col(TargetHealth.down_since).is_not(None), col(TargetHealth.told).is_(False)
    )
    for row in session.exec(query).all():
        row.told = True
        session.add(row)
        yield row


def probes(session: Session, owners: Collection[str], now: datetime) -> list[Notice]:
    """Return the notices that are to find out when the connections of the owner that are down are back."""
    found = []
    query = select(TargetHealth).where(
        col(TargetHealth.down_since).is_not(None), col(TargetHealth.target).in_(owners)
    )
    for health in session.exec(query):
        since = health.down_since or now
        last = session.exec(
            select(Delivery)
            .where(Delivery.target == health.target, *_IS_PROBE)
            .order_by(col(Delivery.id).desc())
            .limit(1)
        ).first()
        if last is not None:
            is_new = last.created_at >= since and now - last.created_at < PROBE_ANEW
            if last.status in _OPEN or is_new:
                continue
        data = {"target": health.target, "since": since.isoformat(), "said": health.said}
        found.append(Notice(NoticeKind.TARGET_DOWN, now, data=data, to=health.target))
    return found


def withdraw(session: Session, now: datetime, matters: Callable[[Mapping[str, Any]], bool]) -> None:
    """Cancel notices that wait to be sent and do not matter any more; a probe always does."""
    query = select(Delivery).where(
        Delivery.status == DeliveryStatus.PENDING, Delivery.kind == NOTICE, Delivery.expires_at != NEVER
    )
    for row in session.exec(query).all():
        notice = row.payload["notice"]
        entry = {
            "kind": notice["kind"],
            "at": notice["at"],
            "thread_id": row.thread_id,
            "beat_id": row.beat_id,
            "data": notice["data"],
        }
        if not matters(entry):
            outbox.withdraw(session, row, now)
