"""LangGraph threads on which beats wait for approval, apart from the one of their thread."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, or_, select

from heartbeat.store.approval_tables import ApprovalThread
from heartbeat.store.tables import Beat
from heartbeat.threads import approval_langgraph_id
from heartbeat.vocabulary import UNSETTLED, ApprovalThreadState, BeatStatus


class Place(NamedTuple):
    """A LangGraph thread and the beat that waits, or waited, on it."""

    langgraph_id: str
    beat_id: int
    thread_id: str


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


def beat_of(session: Session, langgraph_id: str) -> int | None:
    """Return the beat that a LangGraph thread belongs to, None if it belongs to none."""
    row = session.get(ApprovalThread, langgraph_id)
    return None if row is None else row.beat_id


def of_thread(session: Session, thread_id: str) -> list[str]:
    """Return the LangGraph threads of a thread's beats that may hold checkpoints."""
    query = select(ApprovalThread.langgraph_id).where(
        ApprovalThread.thread_id == thread_id, ApprovalThread.state != ApprovalThreadState.CLEARED
    )
    return list(session.exec(query))


def set_state(session: Session, langgraph_id: str, state: ApprovalThreadState) -> None:
    """Record what a LangGraph thread holds; one that is cleared stays so."""
    row = session.get(ApprovalThread, langgraph_id)
    if row is not None and row.state != ApprovalThreadState.CLEARED:
        row.state = state
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
            col(ApprovalThread.state).in_((ApprovalThreadState.MISSING, ApprovalThreadState.STORED)),
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
