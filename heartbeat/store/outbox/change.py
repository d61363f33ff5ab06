"""What changes with a delivery, in the same transaction: its event and the status of its action."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session, col, select, update

from heartbeat.store import events
from heartbeat.store.progress import follow_action, follow_actions
from heartbeat.store.tables import Action, Delivery
from heartbeat.text import utc
from heartbeat.vocabulary import NOTICE, ActionStatus, DeliveryReason, DeliveryStatus, EventKind

_FIRST = (
    DeliveryStatus.SENT,
    DeliveryStatus.SENDING,
    DeliveryStatus.PENDING,
    DeliveryStatus.HELD,
    DeliveryStatus.UNKNOWN,
    DeliveryStatus.FAILED,
)
"""Statuses of deliveries; an action has the first of these that one of its deliveries has."""
_FIRST_REASON = (DeliveryReason.REFUSED, DeliveryReason.EXPIRED, DeliveryReason.CANCELLED)


def changed(session: Session, row: Delivery, now: datetime) -> Delivery:
    """Write a delivery that has changed, the event that says so, and the status of its action."""
    session.add(row)
    session.flush()
    events.add(
        session,
        EventKind.DELIVERY_CHANGED,
        now,
        thread_id=row.thread_id,
        beat_id=row.beat_id,
        delivery_id=row.id,
        target=row.target,
        status=row.status,
        reason=row.reason,
        next_try=None if row.next_try is None else utc(row.next_try),
    )
    if row.action_id is not None:
        follow(session, row.action_id)
    return row


def become(
    session: Session, threads: Collection[str], before: DeliveryStatus, after: DeliveryStatus, now: datetime
) -> None:
    """Change all deliveries of threads that the agent has queued from `pending` to `held`, or back, at once.

    However many they are: one event for each thread that has some. An action that is `pending` has no delivery that
    is sent or being sent, so it is held as they are; and one that is `held` has none that is pending.
    """
    of_these = (
        col(Delivery.thread_id).in_(threads),
        col(Delivery.status) == before,
        col(Delivery.kind) != NOTICE,
    )
    found = session.exec(select(Delivery.thread_id).where(*of_these).distinct()).all()
    session.execute(update(Delivery).where(*of_these).values(status=after))
    follow_actions(session, found, ActionStatus(before.value), ActionStatus(after.value))
    for thread_id in found:
        events.add(
            session,
            EventKind.DELIVERY_CHANGED,
            now,
            thread_id=thread_id,
            delivery_id=None,
            target=None,
            status=after,
            reason=None,
            next_try=None,
        )


def end_unsent(session: Session, row: Delivery, now: datetime, *, by_person: bool) -> Delivery:
    """Cancel a delivery that waits; it is `unknown` where an earlier try may have arrived."""
    row.status = DeliveryStatus.FAILED if row.repeatable else DeliveryStatus.UNKNOWN
    row.reason = DeliveryReason.CANCELLED if row.repeatable else None
    row.by_person, row.next_try, row.searching, row.finished_at = by_person, None, False, now
    row.afterwards = None
    return changed(session, row, now)


def follow(session: Session, action_id: int) -> Action | None:
    """Set the status of an action by its deliveries, and return it; None if it went with its thread.

    The receipt is that of its only delivery, or those of all that arrived, by target.
    """
    action = session.get(Action, action_id)
    query = select(Delivery).where(Delivery.action_id == action_id).order_by(col(Delivery.id))
    found = session.exec(query).all()
    if action is None or not found:
        return action
    statuses = {row.status for row in found}
    status = next(each for each in _FIRST if each in statuses)
    action.status = ActionStatus(status.value)
    action.reason = _reason(found) if status == DeliveryStatus.FAILED else None
    ended = [row for row in found if row.status == status and row.reason == action.reason]
    action.by_person = status == DeliveryStatus.FAILED and any(row.by_person for row in ended)
    receipts = {row.target: row.receipt for row in found if row.receipt is not None}
    action.receipt = found[0].receipt if len(found) == 1 else receipts or None
    session.add(action)
    follow_action(session, action)
    session.flush()
    return action


def _reason(found: Sequence[Delivery]) -> DeliveryReason | None:
    reasons = {row.reason for row in found}
    return next((each for each in _FIRST_REASON if each in reasons), None)
