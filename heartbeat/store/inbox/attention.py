"""What a person says about items: done, or not before an instant."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from heartbeat.errors import InvalidValueError
from heartbeat.store import events, wakes
from heartbeat.store.inbox.rows import get
from heartbeat.store.inbox_tables import ConnectionLook, InboxItem
from heartbeat.text import utc
from heartbeat.vocabulary import EventKind


def done(session: Session, item_id: int, now: datetime) -> InboxItem:
    """Say that an item is done: it is not shown again unless it changes.

    Raises:
        NotFoundError: no such item.
    """
    row = get(session, item_id)
    row.done_at, row.snoozed_until = row.done_at or now, None
    return _changed(session, row, now)


def undone(session: Session, item_id: int, now: datetime) -> InboxItem:
    """Take `done` back; the item is new again.

    Raises:
        NotFoundError: no such item.
    """
    row = get(session, item_id)
    if row.done_at is not None:
        row.done_at = None
        _renew(session, row, now)
    return _changed(session, row, now)


def snooze(session: Session, item_id: int, until: datetime, now: datetime) -> InboxItem:
    """Show an item not before an instant; it is new again then.

    Raises:
        NotFoundError: no such item.
        InvalidValueError: the instant has passed.
    """
    row = get(session, item_id)
    if until <= now:
        raise InvalidValueError("until", f"until: {utc(until)} has passed; allowed: a later instant")
    row.snoozed_until, row.done_at = until, None
    return _changed(session, row, now)


def unsnooze(session: Session, item_id: int, now: datetime) -> InboxItem:
    """Take `snooze` back; the item is new again.

    Raises:
        NotFoundError: no such item.
    """
    row = get(session, item_id)
    if row.snoozed_until is not None:
        row.snoozed_until = None
        _renew(session, row, now)
    return _changed(session, row, now)


def snoozes_over(session: Session, now: datetime) -> bool:
    """Return whether `end_snoozes` has something to do."""
    return session.exec(_over(now).limit(1)).first() is not None


def end_snoozes(session: Session, now: datetime) -> int:
    """Let items be new whose snooze is over; return how many."""
    over = session.exec(_over(now)).all()
    for row in over:
        row.snoozed_until = None
        _renew(session, row, now)
        _changed(session, row, now)
    return len(over)


def _over(now: datetime) -> SelectOfScalar[InboxItem]:
    return select(InboxItem).where(
        col(InboxItem.snoozed_until).is_not(None), col(InboxItem.snoozed_until) <= now
    )


def _renew(session: Session, row: InboxItem, now: datetime) -> None:
    look = session.get(ConnectionLook, row.connection)
    if look is not None:
        look.seq += 1
        row.seq, row.changed_at = look.seq, now
        session.add(look)


def _changed(session: Session, row: InboxItem, now: datetime) -> InboxItem:
    session.add(row)
    events.add(session, EventKind.INBOX_CHANGED, now, connection=row.connection, item=row.id)
    if row.due_at is not None:
        wakes.recompute_all(session, now, connection=row.connection)
    return row
