"""Read items of the inbox."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlmodel import Session, and_, col, or_, select

from heartbeat.errors import NotFoundError
from heartbeat.schedule import days
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.vocabulary import FeedKind


def get(session: Session, item_id: int) -> InboxItem:
    """Return an item.

    Raises:
        NotFoundError: no such item.
    """
    row = session.get(InboxItem, item_id)
    if row is None:
        raise NotFoundError(f"item {item_id} does not exist")
    return row


def page(
    session: Session,
    *,
    connections: Collection[str] | None = None,
    kind: FeedKind | None = None,
    before: int | None = None,
    due_before: datetime | None = None,
    limit: int = 50,
) -> Sequence[InboxItem]:
    """Return up to ``limit`` items, the newest first by id; ``before`` selects those with lower ids.

    ``due_before`` selects those that are due before an instant; a day begins at midnight of the zone of that instant.
    """
    query = select(InboxItem)
    if connections is not None:
        query = query.where(col(InboxItem.connection).in_(connections))
    if kind is not None:
        query = query.where(InboxItem.kind == kind)
    if before is not None:
        query = query.where(col(InboxItem.id) < before)
    if due_before is not None:
        query = query.where(is_due_before(due_before))
    return session.exec(query.order_by(col(InboxItem.id).desc()).limit(limit)).all()


def is_due_before(at: datetime) -> Any:
    """Return the condition that an item is due before an instant; a day begins at midnight of the zone of that."""
    local = days.wall(at, at.tzinfo or UTC)
    due_at, is_day = col(InboxItem.due_at), col(InboxItem.all_day)
    return or_(and_(is_day, due_at < local), and_(is_day.is_(False), due_at < at))
