"""LangGraph threads on which beats wait for approval, apart from the one of their thread.

The LangGraph thread of a removed thread is recorded here too, until its checkpoints are deleted.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, bindparam, col, exists, func, or_, select

from heartbeat.store import rows
from heartbeat.store.approval_tables import ApprovalThread
from heartbeat.store.tables import Beat
from heartbeat.threads import approval_langgraph_id
from heartbeat.vocabulary import UNSETTLED, ApprovalThreadState, BeatStatus

_REMOVED_THREAD = 0
"""The number of the beat on the row that stands for a removed thread: no beat has it."""
_OPEN = (ApprovalThreadState.MISSING, ApprovalThreadState.STORED)
_HAS_OWN = exists().where(col(ApprovalThread.beat_id) == Beat.id)
_NEXT_EXPIRY = select(func.min(Beat.expires_at)).where(Beat.status == BeatStatus.AWAITING_APPROVAL)
_ANSWERED = (
    select(Beat.id)
    .where(Beat.status == BeatStatus.RUNNING, col(Beat.lease_until) <= bindparam("now"), _HAS_OWN)
    .order_by(col(Beat.id))
)


class Place(NamedTuple):
    """A LangGraph thread and the beat that waits, or waited, on it."""

    langgraph_id: str
    beat_id: int
    thread_id: str


class Look(NamedTuple):
    """What is to be done about beats that wait or have waited: see `look`."""

    expires_at: datetime | None
    """When the next approval expires."""
    answered: list[int]
    """Beats that a dead process left behind before it had carried out their answer."""
    missing: list[Place]
    left_over: list[Place]


def look(session: Session, now: datetime, settled_before: datetime, limit: int) -> Look:
    """Return what is to be done now, by indexed queries; at most ``limit`` of each kind of LangGraph threads."""
    return Look(
        rows.read(session, _NEXT_EXPIRY).scalar(),
        left_behind(session, now),
        missing(session, limit),
        left_over(session, settled_before, limit),
    )


def left_behind(session: Session, now: datetime, *, thread_id: str | None = None) -> list[int]:
    """Return the beats whose answer is to be carried out and whose lease has expired, the oldest first."""
    query = _ANSWERED if thread_id is None else _ANSWERED.where(Beat.thread_id == thread_id)
    return [beat_id for beat_id in rows.read(session, query, {"now": now}).scalars() if beat_id is not None]


def add(session: Session, thread_id: str, beat_id: int) -> None:
    """Record that a beat waits on a LangGraph thread of its own, on which nothing is stored yet."""
    session.merge(
        ApprovalThread(
            langgraph_id=approval_langgraph_id(thread_id, beat_id), beat_id=beat_id, thread_id=thread_id
        )
    )


def of_beat(session: Session, beat_id: int) -> Place | None:
    """Return the LangGraph thread of a beat's own; None if it never waited, or waits on that of its thread."""
    row = session.exec(select(ApprovalThread).where(ApprovalThread.beat_id == beat_id)).first()
    return None if row is None else _place(row)


def on_langgraph_thread(session: Session, langgraph_id: str) -> ApprovalThread | None:
    """Return the row of a LangGraph thread that belongs to a beat; None if it belongs, or belonged, to a thread."""
    row = session.get(ApprovalThread, langgraph_id)
    return None if row is None or row.beat_id == _REMOVED_THREAD else row


def add_removed(session: Session, thread_id: str, langgraph_id: str) -> None:
    """Record that the checkpoints of a thread that is being removed are to be deleted."""
    session.merge(
        ApprovalThread(
            langgraph_id=langgraph_id,
            beat_id=_REMOVED_THREAD,
            thread_id=thread_id,
            state=ApprovalThreadState.STORED,
        )
    )


def keep(session: Session, langgraph_id: str) -> None:
    """Forget that checkpoints are to be deleted, since the LangGraph thread has a thread again."""
    row = session.get(ApprovalThread, langgraph_id)
    if row is not None:
        session.delete(row)


def of_thread(session: Session, thread_id: str) -> list[str]:
    """Return the LangGraph threads of a thread's beats that may hold checkpoints."""
    query = select(ApprovalThread.langgraph_id).where(
        ApprovalThread.thread_id == thread_id, col(ApprovalThread.state).in_(_OPEN)
    )
    return list(session.exec(query))


def of_removed(session: Session, thread_id: str) -> list[str]:
    """Return the LangGraph threads of a thread that was removed and of its beats."""
    query = (
        select(ApprovalThread.langgraph_id)
        .join(Beat, col(Beat.id) == ApprovalThread.beat_id, isouter=True)
        .where(ApprovalThread.thread_id == thread_id, col(Beat.id).is_(None))
    )
    return list(session.exec(query))


def note_stored(session: Session, langgraph_id: str) -> None:
    """Record that a LangGraph thread holds the interrupt of its beat."""
    row = session.get(ApprovalThread, langgraph_id)
    if row is not None and row.state == ApprovalThreadState.MISSING:
        row.state = ApprovalThreadState.STORED
        session.add(row)


def note_used(session: Session, langgraph_id: str) -> None:
    """Record that a run begins on a LangGraph thread that was cleared: what it stores is to be deleted too."""
    row = session.get(ApprovalThread, langgraph_id)
    if row is not None and row.state == ApprovalThreadState.CLEARED:
        row.state = ApprovalThreadState.STORED
        session.add(row)


def note_cleared(session: Session, langgraph_id: str) -> None:
    """Record that a LangGraph thread holds no checkpoints; forget it if its beat is gone."""
    row = session.get(ApprovalThread, langgraph_id)
    if row is None:
        return
    if session.exec(select(Beat.id).where(Beat.id == row.beat_id)).first() is None:
        session.delete(row)
        return
    row.state = ApprovalThreadState.CLEARED
    session.add(row)


def missing(session: Session, limit: int) -> list[Place]:
    """Return the LangGraph threads on which a beat waits and nothing is stored yet."""
    query = (
        select(ApprovalThread)
        .join(Beat, col(Beat.id) == ApprovalThread.beat_id)
        .where(
            ApprovalThread.state == ApprovalThreadState.MISSING, Beat.status == BeatStatus.AWAITING_APPROVAL
        )
        .limit(limit)
    )
    return [_place(row) for row in session.exec(query)]


def left_over(session: Session, settled_before: datetime, limit: int) -> list[Place]:
    """Return the LangGraph threads whose beats were settled before an instant or are gone, and not cleared yet."""
    query = (
        select(ApprovalThread)
        .join(Beat, col(Beat.id) == ApprovalThread.beat_id, isouter=True)
        .where(
            col(ApprovalThread.state).in_(_OPEN),
            or_(
                col(Beat.id).is_(None),
                col(Beat.status).not_in(sorted(UNSETTLED)) & (col(Beat.finished_at) <= settled_before),
            ),
        )
        .limit(limit)
    )
    return [_place(row) for row in session.exec(query)]


def _place(row: ApprovalThread) -> Place:
    return Place(row.langgraph_id, row.beat_id, row.thread_id)
