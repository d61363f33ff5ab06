"""Marks may be numbers of the tables: no lower one can be committed after a higher one was read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, func, select

from heartbeat.fetching import FetchedItem, FetchResult
from heartbeat.store import Lease, Store, forum, inbox, messages
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.store.tables import Comment, Message, Post
from heartbeat.vocabulary import FeedKind
from tests.support.bringing import bring
from tests.support.world import START, World


def _post(session: Session, name: str) -> object:
    return forum.add_post(session, board="general", title=name, content="Words.", author="bo", now=START)


def _comment(session: Session, name: str) -> object:
    return forum.add_comment(session, 1, content=name, author="bo", now=START)


def _message(session: Session, name: str) -> object:
    return messages.add(session, "demo", author="owner", content=name, now=START)


def _item(session: Session, name: str) -> object:
    inbox.ask(session, "news", START)
    claim = inbox.claim(session, "news", "here", Lease(30, name), START, seconds=60)
    assert claim is not None
    result = FetchResult((FetchedItem(name, FeedKind.ENTRY, START, title=name),))
    return inbox.write(session, claim, result, START, every=60, oldest=None)


WAYS: dict[str, tuple[Callable[[Session, str], object], Any]] = {
    "post": (_post, Post.id),
    "comment": (_comment, Comment.id),
    "message": (_message, Message.id),
    "item": (_item, InboxItem.seq),
}


@pytest.mark.parametrize("way", WAYS)
def test_nobody_gets_a_number_while_a_lower_one_is_not_committed(
    world: World, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    """A transaction that writes begins with the lock, also where the first thing it does is to read."""
    monkeypatch.setattr("heartbeat.store.database.ATTEMPTS", 1)
    write, column = WAYS[way]
    world.thread()
    world.post()
    bring(world, [])
    other = Store(world.settings.database_path, lease=Lease(30, "other"), busy_timeout=0.001)
    begun: list[str] = []

    def newest() -> int:
        return other.read(lambda session: session.exec(select(func.max(column))).one()) or 0

    def first(session: Session) -> None:
        write(session, "first")
        session.flush()
        with pytest.raises(OperationalError, match="locked"):
            other.write(second)
        assert newest() == before, "what is not committed is read by nobody"

    def second(session: Session) -> None:
        session.exec(select(Post.id)).all()
        begun.append("second")
        write(session, "second")

    before = newest()
    world.store.write(first)
    assert begun == [], "its transaction has not even begun"
    assert newest() == before + 1
    other.write(second)
    assert (begun, newest()) == (["second"], before + 2)
    other.close()
