"""Delete what nobody needs any more of the inbox."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, delete, func, or_, select, update

from heartbeat.store.inbox_tables import ConnectionLook, InboxItem

GONE_KEPT = timedelta(days=30)
"""How long an item is known after its source stopped showing it."""


class Past(NamedTuple):
    """Items of which nobody needs the text any more, and items that nobody needs; ``last`` is the last one found.

    ``abandoned`` are connections that are not used and were not looked at for `GONE_KEPT`, whose next look is to be
    their first.
    """

    texts: list[int]
    items: list[int]
    abandoned: list[str]
    last: int | None


def past(session: Session, now: datetime, kept: timedelta, after: int, limit: int) -> Past:
    """Return up to ``limit`` items with ids above ``after`` that can go, or whose text can, kept for a time.

    Id and hash stay while the source shows an item, so that it is not new again. What a source lists no more, and
    what a connection brought that was removed, goes once its text has.
    """
    abandoned = _abandoned(session, now)
    has_old_text, is_over = _has_old_text(now, kept), _is_over(now, abandoned)
    query = select(InboxItem.id, is_over).where(col(InboxItem.id) > after, or_(has_old_text, is_over))
    found = session.exec(query.order_by(col(InboxItem.id)).limit(limit)).all()
    items = [number for number, is_gone in found if number is not None and is_gone]
    texts = [number for number, is_gone in found if number is not None and not is_gone]
    anew = session.exec(select(ConnectionLook.name).where(*_to_begin_anew(abandoned)))
    return Past(texts, items, list(anew), found[-1][0] if len(found) == limit else None)


def blank(session: Session, found: Past, now: datetime, kept: timedelta) -> int:
    """Delete the texts that were found, unless they are needed since; return how many."""
    of_texts = (col(InboxItem.id).in_(found.texts), _has_old_text(now, kept))
    return session.connection().execute(update(InboxItem).where(*of_texts).values(content=None)).rowcount


def drop(session: Session, found: Past, now: datetime) -> int:
    """Delete the items that were found, unless something has become of them since; return how many.

    The next look at an abandoned connection is its first: without that, all that it shows then would be new.
    """
    abandoned = _abandoned(session, now)
    anew = set(found.abandoned) & set(abandoned)
    for row in session.exec(select(ConnectionLook).where(*_to_begin_anew(anew))).all():
        row.first_look, row.memo = None, {}
        session.add(row)
    session.flush()
    of_items = (col(InboxItem.id).in_(found.items), _is_over(now, abandoned))
    return session.connection().execute(delete(InboxItem).where(*of_items)).rowcount


def _to_begin_anew(abandoned: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    return col(ConnectionLook.name).in_(abandoned), col(ConnectionLook.first_look).is_not(None)


def _has_old_text(now: datetime, kept: timedelta) -> ColumnElement[bool]:
    return and_(
        col(InboxItem.content).is_not(None),
        col(InboxItem.changed_at) < now - kept,
        col(InboxItem.snoozed_until).is_(None),
        or_(col(InboxItem.due_at).is_(None), col(InboxItem.due_at) < now - kept),
    )


def _is_over(now: datetime, abandoned: Sequence[str]) -> ColumnElement[bool]:
    is_left = or_(col(InboxItem.unlisted_at) < now - GONE_KEPT, col(InboxItem.connection).in_(abandoned))
    is_blank = and_(col(InboxItem.content).is_(None), col(InboxItem.snoozed_until).is_(None))
    # Of one that its source shows `gone_at` is null: only what is true counts, so that the rest is not told apart.
    is_gone = and_(col(InboxItem.gone_at).is_not(None), col(InboxItem.gone_at) < now - GONE_KEPT)
    return or_(is_gone, and_(is_blank, func.coalesce(is_left, False)))


def _abandoned(session: Session, now: datetime) -> list[str]:
    query = select(ConnectionLook.name).where(
        col(ConnectionLook.used).is_(False),
        or_(col(ConnectionLook.last_look).is_(None), col(ConnectionLook.last_look) < now - GONE_KEPT),
    )
    return list(session.exec(query.order_by(col(ConnectionLook.name))))
