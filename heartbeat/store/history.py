"""Search past beats by thread, outcome, time and words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import true
from sqlalchemy.orm import defer
from sqlmodel import Session, bindparam, col, func, select

from heartbeat.store.readable import readable
from heartbeat.store.search import holds
from heartbeat.store.tables import Beat
from heartbeat.store.unreadable import may_explain
from heartbeat.vocabulary import BeatStatus, Reason

SEARCHED = 20_000
"""How many beats one search looks at before it stops. Reading and folding the texts of one takes some 2 µs."""
LONGEST_WORDS = 200
"""Characters of the words to search for."""
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

    def in_order(self) -> list[Any]:
        """Return the SQL condition by which one index finds beats in the order of their ids; none selects all."""
        if self.thread_id is not None:
            return [Beat.thread_id == self.thread_id]
        if self.status is None:
            return []
        by_status = [Beat.status == self.status]
        # Of beats with the same status and no lease the index holds the ids in order; only running ones have a lease.
        return (
            by_status if self.status == BeatStatus.RUNNING else [*by_status, col(Beat.lease_until).is_(None)]
        )

    def others(self) -> list[Any]:
        """Return the other SQL conditions, which are checked row by row: no index is chosen for them."""
        found: list[Any] = []
        if self.thread_id is not None and self.status is not None:
            found.append(col(Beat.status) == self.status)
        if self.since is not None:
            found.append(col(Beat.started_at) >= self.since)
        if self.words is not None:
            found.append(holds(self.words, Beat.summary, Beat.reason, Beat.error, Beat.thread_id))
        return [each.is_(true()) for each in found]


ALL = Filter()


class Stop(NamedTuple):
    """The oldest beat that a search has looked at, where older ones may match too."""

    id: int
    started_at: datetime


class Found(NamedTuple):
    """One page of beats, newest first."""

    rows: Sequence[Beat]
    total: int
    """Number of beats that match; of a search for words, of those it has looked at."""
    next: int | None
    """The id below which the next page begins; None at the end."""
    stop: Stop | None
    """Where the search stopped before the page was full; of one for words, also where it stopped counting."""


def search(
    session: Session,
    among: Filter = ALL,
    *,
    limit: int = 50,
    before: int | None = None,
    without: Sequence[Any] = (),
) -> Found:
    """Return a page of up to ``limit`` beats after looking at no more than `SEARCHED`.

    ``before`` selects beats with lower ids. ``without`` are columns to load only when they are read.
    """
    last = _last(session, among, before)
    newest, loaded = col(Beat.id).desc(), [defer(column) for column in without]
    if among.words is None:
        query = _selected(select(Beat), among, before, last).limit(limit + 1)
        rows = readable(session, Beat, query.order_by(newest), options=loaded)
        total, more = count(session, among), len(rows) > limit
        newest_ids: Sequence[int | None] = [row.id for row in rows]
    else:
        # Folding texts is what takes long, so the beats are counted as they are found.
        ids = session.exec(_selected(select(Beat.id), among, before, last).order_by(newest)).all()
        shown = select(Beat).where(col(Beat.id).in_(ids[:limit])).order_by(newest)
        rows = readable(session, Beat, shown, options=loaded)
        total, more, newest_ids = len(ids), len(ids) > limit, ids
    stop = None
    # A full page of what is counted in full goes on after its last beat, wherever the search stopped.
    if last is not None and not (more and among.words is None) and _goes_on(session, among, last):
        stop = last
    following = newest_ids[limit - 1] if more else stop and stop.id
    return Found(rows[:limit], total, following, stop)


def _last(session: Session, among: Filter, before: int | None) -> Stop | None:
    """Return the last beat that a search may look at; None if it may look at all."""
    if among.since is None and among.words is None:
        return None
    query = _selected(select(Beat.id, Beat.started_at), Filter(among.thread_id, among.status), before, None)
    last = session.exec(query.order_by(col(Beat.id).desc()).offset(SEARCHED - 1).limit(1)).first()
    return None if last is None else Stop(*last)


def _goes_on(session: Session, among: Filter, last: Stop) -> bool:
    """Return whether beats before the last one may match."""
    query = select(Beat.id).where(col(Beat.id) < last.id)
    if among.since is None:
        query = query.where(*among.in_order())
    else:
        # The outcome is left out, since no index holds it with the thread and the start.
        query = query.where(col(Beat.started_at) >= among.since, *Filter(among.thread_id).in_order())
    return session.exec(query.limit(1)).first() is not None


def _selected(query: Any, among: Filter, before: int | None, last: Stop | None) -> Any:
    query = query.where(*among.in_order(), *among.others())
    if before is not None:
        query = query.where(col(Beat.id) < before)
    return query if last is None else query.where(col(Beat.id) >= last.id)


def latest(
    session: Session,
    among: Filter = ALL,
    *,
    limit: int = 50,
    before: int | None = None,
    without: Sequence[Any] = (),
) -> Sequence[Beat]:
    """Return up to ``limit`` beats, newest first, however many are looked at; see `search`."""
    query = select(Beat).where(*among.in_order(), *among.others())
    if before is not None:
        query = query.where(col(Beat.id) < before)
    query = query.order_by(col(Beat.id).desc()).limit(limit)
    return readable(session, Beat, query, options=[defer(column) for column in without])


class Brief(NamedTuple):
    """A beat without its context and replies."""

    id: int
    status: BeatStatus
    reason: Reason | None
    summary: str
    started_at: datetime


def recent(session: Session, thread_id: str, limit: int) -> list[Brief]:
    """Return the last ``limit`` beats of a thread, newest first."""
    try:
        return [Brief(*row) for row in session.execute(_RECENT, {"thread": thread_id, "most": limit})]
    except Exception as error:
        if not may_explain(error):
            raise
    found = latest(session, Filter(thread_id), limit=limit)
    return [Brief(row.id or 0, row.status, row.reason, row.summary, row.started_at) for row in found]


def count(session: Session, among: Filter = ALL) -> int:
    """Return the number of beats that the filter selects; of words it would look at every beat."""
    query = select(func.count()).select_from(Beat)
    if among.since is None or among.words is not None:
        return session.exec(query.where(*among.in_order(), *among.others())).one()
    # An index holds starts and outcomes, so no row is read.
    query = query.where(col(Beat.started_at) >= among.since)
    if among.thread_id is not None:
        query = query.where(Beat.thread_id == among.thread_id)
    if among.status is not None:
        query = query.where((col(Beat.status) == among.status).is_(true()))
    return session.exec(query).one()
