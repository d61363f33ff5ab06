"""Threads' own texts, in the order in which they were saved, so that only those that changed are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, and_, col, or_, select

from heartbeat.store.tables import Thread


class Mark(NamedTuple):
    """A place in the order of saves."""

    at: datetime
    thread_id: str = ""


class OwnText(NamedTuple):
    """The own text of a thread."""

    thread_id: str
    content: str
    mark: Mark


def saved_after(
    session: Session, mark: Mark, limit: int, *, until: datetime | None = None
) -> Sequence[OwnText]:
    """Return up to ``limit`` own texts that were saved after a mark and not after ``until``, the oldest first."""
    at = col(Thread.instructions_at)
    later = or_(at > mark.at, and_(at == mark.at, col(Thread.id) > mark.thread_id))
    query = select(Thread.id, Thread.instructions, Thread.instructions_at).where(
        col(Thread.instructions).is_not(None), at >= mark.at, later
    )
    if until is not None:
        query = query.where(at <= until)
    rows = session.exec(query.order_by(at, col(Thread.id)).limit(limit))
    return [
        OwnText(thread_id, content, Mark(saved, thread_id))
        for thread_id, content, saved in rows
        if content is not None and saved is not None
    ]
