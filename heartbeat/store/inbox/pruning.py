"""Delete what nobody needs any more of the inbox."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, or_, select, update

from heartbeat.store.inbox_tables import ConnectionLook, InboxItem

TEXT_KEPT = timedelta(days=90)
"""How long the text of an item is kept after it came or changed, unless it is due or snoozed."""
GONE_KEPT = timedelta(days=30)
"""How long an item is known after its source stopped showing it."""
_AT_ONCE = 1_000


def prune(session: Session, now: datetime) -> None:
    """Delete the text of old items, and items that are long gone, at most 1,000 of each.

    Id and hash stay while the source shows an item, so that it is not new again. What a source lists no more, and
    what a connection brought that was removed, is deleted once its text was.
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
    is_left = or_(
        col(InboxItem.unlisted_at) < now - GONE_KEPT, col(InboxItem.connection).in_(_abandoned(session, now))
    )
    left = (
        select(InboxItem.id)
        .where(col(InboxItem.content).is_(None), col(InboxItem.snoozed_until).is_(None), is_left)
        .limit(_AT_ONCE)
    )
    session.execute(delete(InboxItem).where(col(InboxItem.id).in_(left)))


def _abandoned(session: Session, now: datetime) -> list[str]:
    """Return the connections that are not used and were not looked at for `GONE_KEPT`.

    The next look at one of them is its first: without that, all that it shows then would be new.
    """
    query = select(ConnectionLook).where(
        col(ConnectionLook.used).is_(False),
        or_(col(ConnectionLook.last_look).is_(None), col(ConnectionLook.last_look) < now - GONE_KEPT),
    )
    found = session.exec(query).all()
    for row in found:
        if row.first_look is not None:
            row.first_look, row.memo = None, {}
            session.add(row)
    return [row.name for row in found]
