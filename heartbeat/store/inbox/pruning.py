"""Delete what nobody needs any more of the inbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, or_, select, update

from heartbeat.store.inbox_tables import InboxItem

TEXT_KEPT = timedelta(days=90)
"""How long the text of an item is kept after it came or changed, unless it is due or snoozed."""
GONE_KEPT = timedelta(days=30)
"""How long an item is known after its source stopped showing it."""
_AT_ONCE = 1_000


def prune(session: Session, now: datetime) -> None:
    """Delete the text of old items, and items that are long gone, at most 1,000 of each.

    Id and hash stay while the source shows an item, so that it is not new again.
    """
    old = (
        select(InboxItem.id)
        .where(
            col(InboxItem.content).is_not(None),
            col(InboxItem.changed_at) < now - TEXT_KEPT,
            col(InboxItem.snoozed_until).is_(None),
            or_(col(InboxItem.due_at).is_(None), col(InboxItem.due_at) < now - TEXT_KEPT),
        )
        .limit(_AT_ONCE)
    )
    session.execute(update(InboxItem).where(col(InboxItem.id).in_(old)).values(content=None))
    gone = select(InboxItem.id).where(col(InboxItem.gone_at) < now - GONE_KEPT).limit(_AT_ONCE)
    session.execute(delete(InboxItem).where(col(InboxItem.id).in_(gone)))
