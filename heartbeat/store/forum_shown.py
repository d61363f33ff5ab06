"""Posts and comments of the built-in forum as a look reads them: columns, which no session follows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Integer, Select, case, func
from sqlmodel import Session, bindparam, col, select

from heartbeat.store import rows, search
from heartbeat.store.forum import is_public_comment
from heartbeat.store.tables import Comment, Post

_AGENT: BindParameter[str] = bindparam("agent")
_SINCE: BindParameter[datetime] = bindparam("since")
_IDS: BindParameter[int] = bindparam("ids", expanding=True)
_MOST: BindParameter[int] = bindparam("most", type_=Integer)


class ShownPost(NamedTuple):
    """A post, by the names of its columns."""

    id: int
    board: str
    title: str
    content: str
    author: str
    score: int
    private: bool
    created_at: datetime


class ShownComment(NamedTuple):
    """A comment, by the names of its columns."""

    id: int
    post_id: int
    parent_comment_id: int | None
    content: str
    author: str
    score: int
    private: bool
    created_at: datetime


def posts_for(
    session: Session, *, agent: str, since: datetime, limit: int, public: bool = False
) -> Sequence[ShownPost]:
    """Return the newest posts by others than the agent since an instant, newest first.

    With ``public`` none that was made from something private.
    """
    return _posts(session, _posts_for(public), {"agent": agent, "since": since, "most": limit})


def posts_by_id(session: Session, ids: Collection[int]) -> Sequence[ShownPost]:
    """Return the posts that there are of these ids."""
    return _posts(session, _posts_by_id(), {"ids": list(ids)}) if ids else ()


def comments_for(
    session: Session, *, agent: str, since: datetime, limit: int, public: bool = False
) -> Sequence[ShownComment]:
    """Return the newest comments by others that reply to the agent or mention it, newest first.

    With ``public`` none that was made from something private, or stands below what was.
    """
    return _comments(session, _comments_for(public), {"agent": agent, "since": since, "most": limit})


def comments_by_id(session: Session, ids: Collection[int]) -> Sequence[ShownComment]:
    """Return the comments that there are of these ids."""
    return _comments(session, _comments_by_id(), {"ids": list(ids)}) if ids else ()


def comments_below(
    session: Session, post_ids: Collection[int], *, agent: str, limit: int, public: bool = False
) -> dict[int, list[ShownComment]]:
    """Return of each post the latest ``limit`` comments of others and the agent's latest one, oldest first.

    With ``public`` none that was made from something private, or stands below what was.
    """
    if not post_ids:
        return {}
    found: dict[int, list[ShownComment]] = {post_id: [] for post_id in post_ids}
    values = {"ids": list(post_ids), "agent": agent, "most": limit}
    for row in _comments(session, _comments_below(public), values):
        found[row.post_id].append(row)
    return found


def _posts(session: Session, query: Select[Any], values: dict[str, Any]) -> list[ShownPost]:
    return [ShownPost(*row) for row in rows.read(session, query, values)]


def _comments(session: Session, query: Select[Any], values: dict[str, Any]) -> list[ShownComment]:
    return [ShownComment(*row) for row in rows.read(session, query, values)]


def _columns(table: type[Post | Comment], names: Sequence[str]) -> Select[Any]:
    columns = rows.columns_of(table).c
    query: Select[Any] = select(*(columns[name] for name in names))
    return query


@cache
def _posts_for(public: bool) -> Select[Any]:
    query = _columns(Post, ShownPost._fields).where(
        col(Post.author) != _AGENT, col(Post.created_at) >= _SINCE
    )
    if public:
        query = query.where(col(Post.private).is_(False))
    return query.order_by(col(Post.id).desc()).limit(_MOST)


@cache
def _posts_by_id() -> Select[Any]:
    return _columns(Post, ShownPost._fields).where(col(Post.id).in_(_IDS))


@cache
def _comments_for(public: bool) -> Select[Any]:
    own_posts = select(Post.id).where(Post.author == _AGENT)
    own_comments = select(Comment.id).where(Comment.author == _AGENT)
    query = _columns(Comment, ShownComment._fields).where(
        col(Comment.author) != _AGENT,
        col(Comment.created_at) >= _SINCE,
        col(Comment.post_id).in_(own_posts)
        | col(Comment.parent_comment_id).in_(own_comments)
        | search.names(col(Comment.content), _AGENT),
    )
    if public:
        query = query.where(*is_public_comment())
    return query.order_by(col(Comment.id).desc()).limit(_MOST)


@cache
def _comments_by_id() -> Select[Any]:
    return _columns(Comment, ShownComment._fields).where(col(Comment.id).in_(_IDS))


@cache
def _comments_below(public: bool) -> Select[Any]:
    is_own = col(Comment.author) == _AGENT
    place = func.row_number().over(
        partition_by=(col(Comment.post_id), is_own), order_by=col(Comment.id).desc()
    )
    where = (col(Comment.post_id).in_(_IDS), *(is_public_comment() if public else ()))
    placed = select(col(Comment.id).label("id"), place.label("place")).where(*where).subquery()
    return (
        _columns(Comment, ShownComment._fields)
        .join(placed, placed.c.id == col(Comment.id))
        .where(placed.c.place <= case((is_own, 1), else_=_MOST))
        .order_by(col(Comment.id))
    )
