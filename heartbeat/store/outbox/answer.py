"""What a person says about a delivery: cancel it, try it at once, it arrived, it did not."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select

from heartbeat.errors import ConflictError
from heartbeat.store.done import counts_as_done
from heartbeat.store.outbox.change import changed, end_unsent
from heartbeat.store.outbox.held import is_kept
from heartbeat.store.outbox.rows import expiry, get
from heartbeat.store.tables import Action, Beat, Delivery, Thread
from heartbeat.text import utc
from heartbeat.vocabulary import DeliveryStatus, TryEnd


def cancel(session: Session, delivery_id: int, now: datetime) -> Delivery:
    """Let a delivery not be sent any more; one that may have arrived already becomes `unknown`.

    One that is being sent is not tried again after this try.

    Raises:
        NotFoundError: no such delivery.
        ConflictError: it is over.
    """
    row = get(session, delivery_id)
    match row.status:
        case DeliveryStatus.PENDING | DeliveryStatus.HELD:
            return end_unsent(session, row, now, by_person=True)
        case DeliveryStatus.SENDING:
            row.afterwards, row.by_person = DeliveryStatus.FAILED, True
            return changed(session, row, now)
        case DeliveryStatus.UNKNOWN:
            raise _refusal(row, "may have arrived, so it cannot be cancelled; say whether it arrived")
        case _:
            raise _refusal(row, f"is {row.status} already; only one that has not ended can be cancelled")


def retry(session: Session, delivery_id: int, now: datetime) -> Delivery:
    """Send a delivery again at once; of one that is `unknown` this says that it did not arrive.

    It is sent also where its thread is paused or its target is down, unless this one wants to be left alone for now.
    One that was given up or that nobody knows about gets its whole time again. Of what is held, or of a thread that
    may not act, this is one try: if it does not arrive, it is held until the thread may act again.

    Raises:
        NotFoundError: no such delivery.
        ConflictError: it is being sent, has arrived, is being looked for, its thread is gone, or the agent has done
            the same since.
    """
    row = get(session, delivery_id)
    match row.status:
        case DeliveryStatus.SENT:
            raise _refusal(row, "has arrived; it is not sent twice")
        case DeliveryStatus.SENDING:
            raise _refusal(row, "is being sent; wait until this try has ended")
        case DeliveryStatus.PENDING | DeliveryStatus.HELD if row.searching and row.next_try is not None:
            raise _refusal(
                row, f"may have arrived and is looked for at {utc(row.next_try)}; or say whether it arrived"
            )
        case DeliveryStatus.PENDING | DeliveryStatus.HELD:
            if row.status == DeliveryStatus.HELD:
                row.afterwards = DeliveryStatus.HELD
            row.status, row.next_try, row.by_person = DeliveryStatus.PENDING, now, True
            return changed(session, row, now)
        case _:
            return _again(session, row, now)


def settle(session: Session, delivery_id: int, arrived: bool, now: datetime) -> Delivery:
    """Take a person's word for whether a delivery arrived; one that did not is sent again.

    Raises:
        NotFoundError: no such delivery.
        ConflictError: it cannot have arrived, or it is known that it has.
    """
    row = get(session, delivery_id)
    waiting = row.status in (DeliveryStatus.PENDING, DeliveryStatus.HELD)
    if row.status != DeliveryStatus.UNKNOWN and not (waiting and not row.repeatable):
        raise _refusal(row, f"is {row.status}; only of one that may have arrived can be said whether it did")
    if not arrived:
        return _again(session, row, now)
    row.status, row.reason, row.by_person, row.finished_at = DeliveryStatus.SENT, None, True, now
    row.next_try, row.searching = None, False
    return changed(session, row, now)


def withdraw(session: Session, row: Delivery, now: datetime) -> Delivery:
    """Let a delivery that waits not be sent any more, since nobody needs it now."""
    return end_unsent(session, row, now, by_person=False)


def refuse(session: Session, row: Delivery, said: str, now: datetime) -> Delivery:
    """Let a delivery that waits not be sent, since it must not leave; its last try says why."""
    row.tries = [*row.tries, {"at": now.isoformat(), "ended": TryEnd.NOT_SENT.value, "said": said}]
    return end_unsent(session, row, now, by_person=False)


def _again(session: Session, row: Delivery, now: datetime) -> Delivery:
    if row.thread_id is not None and not _has_thread(session, row.thread_id, row.created_at):
        raise _refusal(
            row, f"belongs to thread {row.thread_id!r}, which was removed; nothing of it is sent any more"
        )
    beat = None if row.beat_id is None else session.get(Beat, row.beat_id)
    if beat is not None and beat.forgotten_at is not None:
        raise _refusal(
            row, "cannot be sent any more: its text is forgotten, with a connection that was removed"
        )
    since = _done_since(session, row)
    if since is not None:
        raise _refusal(row, f"is not needed: beat {since.beat_id} has done the same since")
    row.expires_at = expiry(row.deliver_within, now)
    row.status, row.reason, row.by_person = DeliveryStatus.PENDING, None, True
    row.repeatable, row.first_try, row.searching = True, None, False
    row.next_try, row.finished_at = now, None
    row.afterwards = DeliveryStatus.HELD if is_kept(session, row) else None
    return changed(session, row, now)


def _has_thread(session: Session, thread_id: str, at: datetime) -> bool:
    """Return whether the thread is still there, and no other one that was created under its name since."""
    thread = session.get(Thread, thread_id)
    return thread is not None and thread.created_at <= at


def _done_since(session: Session, row: Delivery) -> Action | None:
    if row.action_id is None or not row.digest:
        return None
    query = select(Action).where(
        Action.thread_id == row.thread_id,
        Action.digest == row.digest,
        col(Action.id) > row.action_id,
        counts_as_done(),
    )
    return session.exec(query.limit(1)).first()


def _refusal(row: Delivery, why: str) -> ConflictError:
    return ConflictError(f"delivery {row.id} {why}")
