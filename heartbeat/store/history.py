"""Search past beats by thread, outcome, time and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import or_
from sqlalchemy.orm import defer
from sqlmodel import Session, bindparam, col, func, select

from heartbeat.store.search import holds
from heartbeat.store.tables import Beat
from heartbeat.vocabulary import BeatStatus, Reason

_RECENT = (
    select(Beat.id, Beat.status, Beat.reason, Beat.summary, Beat.started_at)  # type: ignore[call-overload]
    .where(Beat.thread_id == bindparam("thread"))
    .order_by(col(Beat.id).desc())
    .limit(bindparam("most"))
)


@dataclass(frozen=True)
class Filter:
    """A selection of beats; a field that is None selects all.

    ``since`` is the earliest start (inclusive). ``words`` are searched for in summary, reason, error and thread
    id, ignoring case.
    """

    thread_id: str | None = None
    status: BeatStatus | None = None
    since: datetime | None = None
    words: str | None = None

    def conditions(self) -> list[Any]:
        """Return the SQL conditions, all of which must hold."""
        found: list[Any] = []
        if self.thread_id is not None:
            found.append(Beat.thread_id == self.thread_id)
        if self.status is not None:
            found.append(Beat.status == self.status)
        if self.since is not None:
            found.append(col(Beat.started_at) >= self.since)
        if self.words is not None:
            texts = (Beat.summary, Beat.reason, Beat.error, Beat.thread_id)
            found.append(or_(*(holds(col(text), self.words) for text in texts)))
        return found


ALL = Filter()


def latest(
    session: Session,
    among: Filter = ALL,
    *,
    limit: int = 50,
    before: int | None = None,
    without: Sequence[Any] = (),
) -> Sequence[Beat]:
    """Return up to ``limit`` beats, newest first.

    ``before`` selects beats with lower ids. ``without`` are columns to load only when they are read.
    """
    query = select(Beat).where(*among.conditions()).options(*(defer(column) for column in without))
    if before is not None:
        query = query.where(col(Beat.id) < before)
    return session.exec(query.order_by(col(Beat.id).desc()).limit(limit)).all()


class Brief(NamedTuple):
    """A beat without its context and replies."""

    id: int
    status: BeatStatus
    reason: Reason | None
    summary: str
    started_at: datetime


def recent(session: Session, thread_id: str, limit: int) -> list[Brief]:
    """Return the last ``limit`` beats of a thread, newest first."""
    found = session.execute(_RECENT, {"thread": thread_id, "most": limit})
    return [Brief(*row) for row in found]


def count(session: Session, among: Filter = ALL) -> int:
    """Return the number of beats that the filter selects."""
    return session.exec(select(func.count()).select_from(Beat).where(*among.conditions())).one()
