"""What a thread has not looked at on the forum and in its conversation."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, Select
from sqlmodel import Session, bindparam, col, func, or_, select

from heartbeat.memory import PENDING_LIMIT
from heartbeat.store import rows
from heartbeat.store.forum import is_public_comment
from heartbeat.store.tables import Comment, Message, Post

_SINCE: BindParameter[datetime] = bindparam("since")
_OLDEST: Select[*tuple[Any, ...]] = select(
    *(
        select(func.min(table.created_at)).where(col(table.created_at) >= _SINCE).scalar_subquery()
        for table in (Post, Comment)
    )
)


@dataclass(frozen=True)
class Since:
    """What counts as not looked at: above the mark, or among the open ids below it, and not older than ``at``."""

    at: datetime
    above: int = 0
    ids: Collection[int] = ()


@dataclass(frozen=True)
class Unread:
    """The ids that were not looked at, the newest first, at most `PENDING_LIMIT`; and how many more there are.

    ``upto`` is the highest of them, or the mark where there is none above it.
    """

    ids: Sequence[int]
    upto: int
    dropped: int = 0


def oldest_on_forum(session: Session, since: datetime) -> datetime | None:
    """Return when the oldest post or comment was written that was written since an instant; None without any."""
    found = rows.read(session, _OLDEST, {"since": since}).one()
    return min((at for at in found if at is not None), default=None)


def posts(session: Session, since: Since, *, agent: str, public: bool = False) -> Unread:
    """Return posts by others than the agent; with ``public`` none that was made from something private."""
    return _unread(session, _posts(public, bool(since.ids)), since, agent=agent)


def comments(session: Session, since: Since, *, agent: str, public: bool = False) -> Unread:
    """Return comments by others than the agent; with ``public`` none that is, or stands below what is, private."""
    return _unread(session, _comments(public, bool(since.ids)), since, agent=agent)


def messages(session: Session, since: Since, thread_id: str, *, agent: str, public: bool = False) -> Unread:
    """Return messages of a thread's conversation by others than the agent.

    With ``public`` none that was made from something private.
    """
    return _unread(session, _messages(public, bool(since.ids)), since, agent=agent, thread=thread_id)


@cache
def _posts(public: bool, some_open: bool) -> Select[Any]:
    return _ids(Post, some_open, *((col(Post.private).is_(False),) if public else ()))


@cache
def _comments(public: bool, some_open: bool) -> Select[Any]:
    return _ids(Comment, some_open, *(is_public_comment() if public else ()))


@cache
def _messages(public: bool, some_open: bool) -> Select[Any]:
    where = (col(Message.private).is_(False),) if public else ()
    return _ids(Message, some_open, Message.thread_id == bindparam("thread"), *where)


def _ids(table: Any, some_open: bool, *where: Any) -> Select[Any]:
    """Return the query of the ids in a table that were not looked at, the newest first, one more than wait."""
    is_open = [col(table.id).in_(bindparam("open", expanding=True))] if some_open else []
    is_new = or_(col(table.id) > bindparam("above"), *is_open)
    conditions = (*where, table.author != bindparam("agent"), col(table.created_at) >= _SINCE, is_new)
    return select(table.id).where(*conditions).order_by(col(table.id).desc()).limit(PENDING_LIMIT + 1)


def _unread(session: Session, query: Select[Any], since: Since, **params: str) -> Unread:
    values = {**params, "since": since.at, "above": since.above, "open": list(since.ids)}
    ids = list(rows.read(session, query, values).scalars())
    dropped = 0
    if len(ids) > PENDING_LIMIT:
        every = query.limit(None).order_by(None).subquery()
        total = rows.read(session, select(func.count()).select_from(every), values).scalar_one()
        ids, dropped = ids[:PENDING_LIMIT], total - PENDING_LIMIT
    return Unread(ids, max([since.above, *ids]), dropped)
