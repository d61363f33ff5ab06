"""Writes to the forum by people, each with an event in the same transaction.

Writes by the agent go through a target instead, and their beat has events of its own.
"""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from heartbeat.capabilities import ItemKind
from heartbeat.store import events, forum
from heartbeat.store.tables import Board, Comment, Post
from heartbeat.vocabulary import EventKind


def create_board(session: Session, board_id: str, title: str, now: datetime) -> Board:
    """Create a board; see `forum.create_board`."""
    row = forum.create_board(session, board_id, title, now)
    tell(session, now)
    return row


def post(
    session: Session, *, agent: str, board: str, title: str, content: str, author: str, now: datetime
) -> Post:
    """Publish a post by a person; refuses the agent's name, else as `forum.add_post`."""
    forum.check_author(author, agent)
    row = forum.add_post(session, board=board, title=title, content=content, author=author, now=now)
    tell(session, now, post_id=row.id)
    return row


def comment(
    session: Session,
    post_id: int,
    *,
    agent: str,
    content: str,
    author: str,
    now: datetime,
    parent_comment_id: int | None = None,
) -> Comment:
    """Add a comment by a person; refuses the agent's name, else as `forum.add_comment`."""
    forum.check_author(author, agent)
    row = forum.add_comment(
        session, post_id, content=content, author=author, now=now, parent_comment_id=parent_comment_id
    )
    tell(session, now, post_id=post_id)
    return row


def vote(
    session: Session,
    target_type: ItemKind,
    target_id: int,
    *,
    agent: str,
    voter: str,
    value: int,
    now: datetime,
) -> int:
    """Cast or change a person's vote and return the item's score; refuses the agent's name, else as `forum.vote`."""
    forum.check_author(voter, agent, field="voter")
    score = forum.vote(session, target_type, target_id, voter=voter, value=value, now=now)
    on = target_id if target_type == "post" else forum.get_comment(session, target_id).post_id
    tell(session, now, post_id=on)
    return score


def tell(session: Session, now: datetime, *, post_id: int | None = None) -> None:
    """Write the event that the forum has changed; ``post_id`` is None for a new board and for an import."""
    events.add(session, EventKind.FORUM_CHANGED, now, post_id=post_id)
