"""The built-in forum: boards, posts, comments, votes."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal

from sqlalchemy import BindParameter, ColumnElement, Select, func
from sqlalchemy.orm import aliased
from sqlmodel import Session, and_, bindparam, col, or_, select

from heartbeat.capabilities import ItemKind
from heartbeat.errors import ConflictError, InvalidValueError, NotFoundError
from heartbeat.names import same_name
from heartbeat.store import rows
from heartbeat.store.tables import Board, Comment, Post, Vote
from heartbeat.store.text import check_text
from heartbeat.text import as_written

_IDS: BindParameter[int] = bindparam("ids", expanding=True)

Sort = Literal["new", "top", "hot"]
AUTHOR_LIMIT, TITLE_LIMIT, CONTENT_LIMIT = 40, 200, 40_000
BOARD_ID = r"^[a-z0-9_-]{1,64}$"
_HOT_CANDIDATES = 1_000
"""How many of the newest posts ``hot`` ranks; older ones have a low rank whatever their score."""


def boards(session: Session) -> Sequence[Board]:
    """Return all boards, oldest first; a migration creates `general` and `heartbeat`."""
    return session.exec(select(Board).order_by(col(Board.created_at), col(Board.id))).all()


def add_board(session: Session, board_id: str, title: str, now: datetime) -> Board:
    """Create a board, or return the one that exists."""
    check_text("board", board_id, 64)
    row = session.get(Board, board_id) or Board(id=board_id, title=title or board_id, created_at=now)
    session.add(row)
    session.flush()
    return row


def create_board(session: Session, board_id: str, title: str, now: datetime) -> Board:
    """Create a board; an empty title becomes the id.

    Raises:
        InvalidValueError: the id or the title is not allowed.
        ConflictError: the board exists already.
    """
    if re.fullmatch(BOARD_ID, board_id) is None:
        raise InvalidValueError(
            "id", f"id: {board_id!r:.80} is not allowed; allowed: 1 to 64 of a-z, 0-9, _ and -"
        )
    # Limits apply to the text before its angle brackets were escaped.
    check_text("title", title, TITLE_LIMIT, least=0)
    if session.get(Board, board_id) is not None:
        raise ConflictError(f"board {board_id} exists already")
    return add_board(session, board_id, title.strip(), now)


def check_author(author: str, agent_name: str, *, field: str = "author") -> str:
    """Check that a person may write or vote under the name ``author``, and return it.

    Raises:
        InvalidValueError: empty, too long, or a name that reads like the agent's own.
    """
    check_text(field, author, AUTHOR_LIMIT)
    if same_name(author, agent_name):
        raise InvalidValueError(field, f"{field}: {author!r} is the agent's own name; allowed: any other")
    return author


def add_post(
    session: Session,
    *,
    board: str,
    title: str,
    content: str,
    author: str,
    now: datetime,
    private: bool = False,
) -> Post:
    """Publish a post; ``private``: it was made from something private.

    Raises:
        InvalidValueError: a text is empty or too long.
        NotFoundError: no such board.
    """
    check_text("title", as_written(title), TITLE_LIMIT)
    check_text("content", content, CONTENT_LIMIT)
    check_text("author", author, AUTHOR_LIMIT)
    if rows.find(session, Board, board) is None:
        known = ", ".join(row.id for row in boards(session))
        raise NotFoundError(f"board {board!r:.80} does not exist; there are: {known}")
    row = rows.new(
        Post, board=board, title=title, content=content, author=author, private=private, created_at=now
    )
    rows.add(session, row)
    return row


def get_post(session: Session, post_id: int) -> Post:
    """Return a post.

    Raises:
        NotFoundError: no such post.
    """
    row = rows.find(session, Post, post_id)
    if row is None:
        raise NotFoundError(f"post {post_id} does not exist")
    return row


def get_comment(session: Session, comment_id: int) -> Comment:
    """Return a comment.

    Raises:
        NotFoundError: no such comment.
    """
    row = rows.find(session, Comment, comment_id)
    if row is None:
        raise NotFoundError(f"comment {comment_id} does not exist")
    return row


def add_comment(
    session: Session,
    post_id: int,
    *,
    content: str,
    author: str,
    now: datetime,
    parent_comment_id: int | None = None,
    private: bool = False,
) -> Comment:
    """Add a comment on a post, or on another comment of it; ``private``: it was made from something private.

    Raises:
        InvalidValueError: a text is empty or too long, or the parent comment belongs to another post.
        NotFoundError: no such post or comment.
    """
    check_text("content", content, CONTENT_LIMIT)
    check_text("author", author, AUTHOR_LIMIT)
    get_post(session, post_id)
    if parent_comment_id is not None and get_comment(session, parent_comment_id).post_id != post_id:
        raise InvalidValueError(
            "parent_comment_id", f"parent_comment_id: {parent_comment_id} stands under another post"
        )
    row = rows.new(
        Comment,
        post_id=post_id,
        parent_comment_id=parent_comment_id,
        content=content,
        author=author,
        private=private,
        created_at=now,
    )
    rows.add(session, row)
    return row


def vote(
    session: Session, target_type: ItemKind, target_id: int, *, voter: str, value: int, now: datetime
) -> int:
    """Cast or change a voter's vote on an item, and return the item's score.

    Raises:
        InvalidValueError: the value is neither 1 nor -1.
        NotFoundError: no such post or comment.
    """
    if value not in (1, -1) or isinstance(value, bool):
        raise InvalidValueError("value", f"value: {value!r} is not allowed; allowed: 1 or -1")
    item = get_post(session, target_id) if target_type == "post" else get_comment(session, target_id)
    key = (target_type, target_id, voter)
    row = session.get(Vote, key)
    item.score += value - (row.value if row else 0)
    row = row or Vote(target_type=target_type, target_id=target_id, voter=voter, value=value)
    row.value, row.created_at = value, now
    session.add_all([row, item])
    session.flush()
    return item.score


def posts(
    session: Session,
    *,
    now: datetime,
    sort: Sort = "new",
    board: str | None = None,
    limit: int = 50,
    offset: int = 0,
) -> Sequence[Post]:
    """Return ``limit`` posts after the first ``offset``; ``hot`` sorts by score / (age in hours + 2) ^ 1.3."""
    query = select(Post)
    if board is not None:
        query = query.where(Post.board == board)
    if sort == "top":
        return session.exec(
            query.order_by(col(Post.score).desc(), col(Post.id).desc()).offset(offset).limit(limit)
        ).all()
    query = query.order_by(col(Post.created_at).desc(), col(Post.id).desc())
    if sort == "new":
        return session.exec(query.offset(offset).limit(limit)).all()
    candidates = session.exec(query.limit(_HOT_CANDIDATES)).all()
    return sorted(candidates, key=lambda post: _hot_score(post, now), reverse=True)[offset : offset + limit]


def _hot_score(post: Post, now: datetime) -> float:
    hours = max((now - post.created_at) / timedelta(hours=1), 0)
    return float(post.score / (hours + 2) ** 1.3)


def is_public_comment() -> tuple[ColumnElement[bool], ...]:
    """Return the conditions on comments that were not made from something private, nor stand below what was."""
    above = aliased(Comment)
    post = select(Post.id).where(Post.id == Comment.post_id, col(Post.private))
    parent = select(above.id).where(above.id == Comment.parent_comment_id, col(above.private))
    return (
        col(Comment.private).is_(False),
        ~post.correlate(Comment).exists(),
        ~parent.correlate(Comment).exists(),
    )


def below_private(session: Session, comment_ids: Collection[int]) -> set[int]:
    """Return which of these comments were made from something private, or stand below what was."""
    if not comment_ids:
        return set()
    found = rows.read(session, _public_comments(), {"ids": list(comment_ids)})
    return set(comment_ids) - set(found.scalars())


@cache
def _public_comments() -> Select[Any]:
    return select(Comment.id).where(col(Comment.id).in_(_IDS), *is_public_comment())


def comments_on(
    session: Session, post_id: int, *, limit: int = 200, before: int | None = None
) -> Sequence[Comment]:
    """Return the latest ``limit`` comments on a post, oldest first; ``before`` selects those with lower ids."""
    query = select(Comment).where(Comment.post_id == post_id)
    if before is not None:
        query = query.where(col(Comment.id) < before)
    return session.exec(query.order_by(col(Comment.id).desc()).limit(limit)).all()[::-1]


def comment_counts(session: Session, post_ids: Iterable[int]) -> dict[int, int]:
    """Return the number of comments by post id; posts without comments are left out."""
    query = select(Comment.post_id, func.count()).where(col(Comment.post_id).in_(list(post_ids)))
    return dict(session.exec(query.group_by(col(Comment.post_id))).all())


def votes_of(session: Session, voter: str, target_type: ItemKind, ids: Collection[int]) -> dict[int, int]:
    """Return one voter's votes, 1 or -1, by item id."""
    return votes_on(session, voter, {target_type: ids})[target_type]


def votes_on(
    session: Session, voter: str, items: Mapping[ItemKind, Collection[int]]
) -> dict[ItemKind, dict[int, int]]:
    """Return one voter's votes, 1 or -1, by kind and id of the items."""
    kinds = tuple(sorted(kind for kind, ids in items.items() if ids))
    found: dict[ItemKind, dict[int, int]] = {kind: {} for kind in items}
    if kinds:
        values: dict[str, Any] = {f"{kind}_ids": list(ids) for kind, ids in items.items() if ids}
        for target_type, number, value in rows.read(session, _votes_on(kinds), {"voter": voter, **values}):
            for kind in found.keys() & {target_type}:
                found[kind][number] = value
    return found


@cache
def _votes_on(kinds: tuple[ItemKind, ...]) -> Select[*tuple[Any, ...]]:
    among = [
        and_(
            Vote.target_type == kind,
            col(Vote.target_id).in_(bindparam(f"{kind}_ids", expanding=True)),
        )
        for kind in kinds
    ]
    query = select(Vote.target_type, Vote.target_id, Vote.value)
    return query.where(Vote.voter == bindparam("voter"), or_(*among))


def written_by(session: Session, author: str, target_type: ItemKind, ids: Collection[int]) -> dict[int, str]:
    """Return the texts of those items that ``author`` wrote, by item id; a post's text starts with its title."""
    if not ids:
        return {}
    if target_type == "post":
        posts = session.exec(select(Post).where(col(Post.id).in_(list(ids)), Post.author == author))
        return {row.id or 0: f"{row.title}: {row.content}" for row in posts}
    comments = session.exec(select(Comment).where(col(Comment.id).in_(list(ids)), Comment.author == author))
    return {row.id or 0: row.content for row in comments}
