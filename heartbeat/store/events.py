"""Events: write and read them. Each is written in the transaction of the change that it reports."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, and_, delete, exists, insert, not_, or_
from sqlmodel import Session, bindparam, col, func, select

from heartbeat.store import rows
from heartbeat.store.tables import Beat, Event, Notices
from heartbeat.text import utc
from heartbeat.vocabulary import BeatStatus, EventKind

_ADD = insert(Event)
_OLDEST = (
    select(Event.id, Event.at)
    .where(col(Event.id) <= select(func.max(Event.id)).scalar_subquery() - bindparam("kept", type_=Integer))
    .order_by(col(Event.id))
    .limit(bindparam("limit", type_=Integer))
    .subquery("oldest")
)
_UNREAD = and_(
    exists().where(col(Notices.id) == 1, col(Notices.cursor) < _OLDEST.c.id),
    _OLDEST.c.at >= bindparam("since"),
)
_PRUNE = delete(Event).where(col(Event.id).in_(select(_OLDEST.c.id).where(not_(_UNREAD))))


def add(
    session: Session,
    kind: EventKind,
    now: datetime,
    *,
    thread_id: str | None = None,
    beat_id: int | None = None,
    event_id: int | None = None,
    **data: Any,
) -> None:
    """Write one event, under the next id or an ``event_id`` above it."""
    values = {"kind": kind, "thread_id": thread_id, "beat_id": beat_id, "at": now, "data": data}
    if event_id is not None:
        values["id"] = event_id
    session.connection().execute(_ADD, values)


def started(session: Session, row: Beat, now: datetime) -> None:
    """Write the event that a beat has started, or that its slot is retried."""
    add(
        session,
        EventKind.BEAT_STARTED,
        now,
        thread_id=row.thread_id,
        beat_id=row.id,
        trigger=row.trigger,
        slot=_text(row.slot),
    )


def finished(session: Session, row: Beat, now: datetime) -> None:
    """Write the event that a beat has ended, also for skipped and missed rows; inserts the row if it is new."""
    if row.id is None:
        rows.add(session, row)
    add(
        session,
        EventKind.BEAT_FINISHED,
        now,
        thread_id=row.thread_id,
        beat_id=row.id,
        trigger=row.trigger,
        slot=_text(row.slot),
        status=row.status,
        reason=row.reason,
        summary=row.summary,
        retry_at=_text(row.retry_at),
    )


def unanswered(session: Session) -> Sequence[Event]:
    """Return the requests for approval of the beats that still wait for it, in order."""
    query = select(Event).join(Beat, col(Beat.id) == Event.beat_id)
    waits = (Event.kind == EventKind.APPROVAL_REQUESTED, Beat.status == BeatStatus.AWAITING_APPROVAL)
    return session.exec(query.where(*waits).order_by(col(Event.id))).all()


def since(session: Session, after: int, limit: int = 500, *, thread_id: str | None = None) -> Sequence[Event]:
    """Return up to ``limit`` events with ids above ``after``, in order.

    With ``thread_id``: only those of the thread and those of no thread.
    """
    query = select(Event).where(col(Event.id) > after)
    if thread_id is not None:
        query = query.where(or_(col(Event.thread_id) == thread_id, col(Event.thread_id).is_(None)))
    return session.exec(query.order_by(col(Event.id)).limit(limit)).all()


def newest(session: Session) -> int:
    """Return the id of the last event, 0 if there is none."""
    return session.exec(select(func.max(Event.id))).one() or 0


def oldest(session: Session) -> int:
    """Return the id of the oldest stored event, 0 if there is none."""
    return session.exec(select(func.min(Event.id))).one() or 0


def prune(session: Session, bound: int, limit: int, since: datetime) -> int:
    """Delete up to ``limit`` events, the oldest first, from before the last ``bound``; return how many.

    Those ``since`` an instant stay where notices have not read them. Where nobody is to be told, none reads them.
    """
    values = {"kept": bound, "limit": limit, "since": since}
    return session.connection().execute(_PRUNE, values).rowcount


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else utc(instant)
