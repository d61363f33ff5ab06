"""Messages of the owner that may order something: the last days', and older ones that order a lasting silence."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import TextClause, func, text
from sqlmodel import Session, col, select, update

from heartbeat.errors import NotFoundError
from heartbeat.names import OWNER
from heartbeat.plan.said import OwnerMessage
from heartbeat.plan.times import ORDER_LASTS
from heartbeat.store import events, threads
from heartbeat.store.tables import Message
from heartbeat.vocabulary import EventKind

LIMIT = 200
"""Maximum number of recent messages of a thread that are read as orders, and of older ones that are not settled."""
_CHUNK = 500


def _of_owner() -> TextClause:
    # In words, since SQLite uses a partial index only where it sees the condition.
    return text(f"author = '{OWNER}'")


def _is_unsettled() -> TextClause:
    return text("NOT settled")


def of_thread(session: Session, thread_id: str, now: datetime) -> list[OwnerMessage]:
    """Return the owner's messages in a thread that may order something, the oldest first.

    They are the newest `LIMIT` of the last days, after which what they ask for has ended, and the oldest `LIMIT`
    that are not settled. Where there are more of the latter, those returned are unread or order silence, so that
    nothing happens that a later one forbids.
    """
    of_this = col(Message.thread_id) == thread_id
    at, number = col(Message.created_at), col(Message.id)
    recent = select(Message).where(of_this, _of_owner(), at > now - ORDER_LASTS)
    left = select(Message).where(of_this, _is_unsettled())
    rows = [
        *session.exec(recent.order_by(at.desc(), number.desc()).limit(LIMIT)),
        *session.exec(left.order_by(number).limit(LIMIT)),
    ]
    return sorted({row.id: _message(row) for row in rows}.values(), key=lambda each: each.number)


def are_more(session: Session, thread_id: str, now: datetime) -> bool:
    """Return whether the owner wrote more messages in the last days than are read as orders."""
    query = select(Message.id).where(
        col(Message.thread_id) == thread_id, _of_owner(), col(Message.created_at) > now - ORDER_LASTS
    )
    return session.exec(query.offset(LIMIT).limit(1)).first() is not None


def newest(session: Session, thread_id: str) -> OwnerMessage | None:
    """Return the owner's newest message in a thread, None if there is none."""
    query = select(Message).where(col(Message.thread_id) == thread_id, _of_owner())
    at, number = col(Message.created_at), col(Message.id)
    row = session.exec(query.order_by(at.desc(), number.desc()).limit(1)).first()
    return None if row is None else _message(row)


def find(session: Session, thread_id: str, number: int) -> OwnerMessage:
    """Return a message of the owner in a thread.

    Raises:
        NotFoundError: no such thread, or it has no such message of the owner.
    """
    return _message(_row(session, thread_id, number))


def _row(session: Session, thread_id: str, number: int) -> Message:
    threads.get(session, thread_id)
    row = session.get(Message, number)
    if row is None or row.thread_id != thread_id or row.author != OWNER:
        raise NotFoundError(f"thread {thread_id} has no message {number} of its owner")
    return row


class Unsettled(NamedTuple):
    """How many messages of a thread are not settled, and the number of the newest of them."""

    number: int
    newest: int


def unsettled(session: Session) -> dict[str, Unsettled]:
    """Return the threads that have messages that are not settled."""
    query = (
        select(Message.thread_id, func.count(), func.max(Message.id))
        .where(_is_unsettled())
        .group_by(col(Message.thread_id))
    )
    return {thread_id: Unsettled(number, last) for thread_id, number, last in session.execute(query)}


def settle(session: Session, settled: Collection[int], left: Collection[int]) -> None:
    """Note which messages are known to order no silence that lasts, and which ``left`` ones are not."""
    for numbers, value in ((settled, True), (left, False)):
        ordered = sorted(numbers)
        for start in range(0, len(ordered), _CHUNK):
            chunk = ordered[start : start + _CHUNK]
            session.execute(
                update(Message)
                .where(col(Message.id).in_(chunk), col(Message.settled).is_(not value))
                .values(settled=value)
            )


def lift(session: Session, thread_id: str, number: int, by: str, now: datetime) -> OwnerMessage:
    """End what a message of the owner orders; one that was lifted before stays so.

    Raises:
        NotFoundError: no such thread, or it has no such message of the owner.
    """
    row = _row(session, thread_id, number)
    if row.lifted_at is None:
        row.lifted_at, row.lifted_by = now, by
        session.add(row)
        events.add(session, EventKind.PLAN_CHANGED, now, thread_id=thread_id)
    return _message(row)


def restore(session: Session, thread_id: str, number: int, now: datetime) -> OwnerMessage:
    """Let what a message of the owner orders hold again as far as it has not ended otherwise.

    Raises:
        NotFoundError: no such thread, or it has no such message of the owner.
    """
    row = _row(session, thread_id, number)
    if row.lifted_at is not None:
        row.lifted_at, row.lifted_by, row.settled = None, None, False
        session.add(row)
        events.add(session, EventKind.PLAN_CHANGED, now, thread_id=thread_id)
    return _message(row)


def reopen(session: Session, number: int) -> None:
    """Note that it has to be looked at anew whether a message orders a silence that lasts."""
    settle(session, (), (number,))


def _message(row: Message) -> OwnerMessage:
    if row.id is None:
        raise ValueError("a message that was not stored has no number")
    return OwnerMessage(row.id, row.content, row.created_at, row.lifted_at, row.lifted_by, row.settled)
