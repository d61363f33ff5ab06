"""Messages: the conversation of a thread."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from heartbeat.names import OWNER
from heartbeat.store import threads
from heartbeat.store.tables import Message
from heartbeat.store.text import check_text

AUTHOR_LIMIT, CONTENT_LIMIT = 40, 10_000


def add(
    session: Session, thread_id: str, *, author: str, content: str, now: datetime, private: bool = False
) -> Message:
    """Append a message; ``private``: it was made from something private.

    Raises:
        InvalidValueError: author or content is empty or too long.
        NotFoundError: no such thread.
    """
    threads.get(session, thread_id)
    check_text("author", author, AUTHOR_LIMIT)
    check_text("content", content, CONTENT_LIMIT)
    row = Message(
        thread_id=thread_id,
        author=author,
        content=content,
        private=private,
        created_at=now,
        settled=author != OWNER,
    )
    session.add(row)
    session.flush()
    return row


def latest(
    session: Session, thread_id: str, limit: int, *, before: int | None = None, public: bool = False
) -> Sequence[Message]:
    """Return the last ``limit`` messages, oldest first; ``before`` selects messages with lower ids.

    With ``public`` none that was made from something private.
    """
    query = select(Message).where(Message.thread_id == thread_id)
    if before is not None:
        query = query.where(col(Message.id) < before)
    if public:
        query = query.where(col(Message.private).is_(False))
    return session.exec(query.order_by(col(Message.id).desc()).limit(limit)).all()[::-1]


def oldest(session: Session, thread_id: str, since: datetime) -> datetime | None:
    """Return when the oldest message of a thread was written that was written since an instant; None without any."""
    query = select(Message.created_at).where(Message.thread_id == thread_id, col(Message.created_at) >= since)
    return session.exec(query.order_by(col(Message.created_at)).limit(1)).first()


def by_id(session: Session, ids: Collection[int]) -> Sequence[Message]:
    """Return the messages that there are of these ids."""
    return session.exec(select(Message).where(col(Message.id).in_(ids))).all() if ids else ()
