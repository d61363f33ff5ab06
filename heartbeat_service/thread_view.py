"""One thread as the API and the command line show it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlmodel import Session, select

from heartbeat.config import Config
from heartbeat.store import history, threads, timer
from heartbeat.store.effective import Effective, effective, get_defaults
from heartbeat.store.readable import split
from heartbeat.store.tables import Thread
from heartbeat.store.timer import TimerState
from heartbeat.store.unreadable import Unreadable
from heartbeat.vocabulary import BeatStatus, Reason, ThreadStatus
from heartbeat_service.thread_state import (
    PendingApproval,
    ThreadState,
    beating,
    obstacles,
    pending_approvals,
    unreadable,
)

RECENT = 20


class RecentBeat(BaseModel):
    """The outcome of one of the last beats."""

    id: int
    status: BeatStatus
    reason: Reason | None


class ThreadView(BaseModel):
    """A thread with its effective config and its last beats; times are ISO 8601 in UTC."""

    thread_id: str
    title: str
    status: ThreadStatus
    state: ThreadState = Field(description="Whether its scheduled beats start now, and how to change that.")
    obstacles: list[ThreadState] = Field(
        description="Everything that prevents its scheduled beats; the first entry is its state."
    )
    approvals: list[PendingApproval] = Field(
        description="Its actions that wait for a person, at most one for each target; the thread goes on meanwhile."
    )
    paused_reason: str | None
    config_problem: str | None = Field(
        description="What is invalid in the stored config, or the cell by which the thread cannot be read; it does "
        "not beat until that is fixed."
    )
    config: dict[str, Any] = Field(description="The effective config, without invalid values.")
    overrides: dict[str, Any] = Field(description="The fields that the thread sets itself.")
    own_instructions: bool = Field(description="Whether it has its own text in place of HEARTBEAT.md.")
    next_due: datetime | None = Field(description="Its next slot; null while it is off or paused.")
    created_at: datetime | None = Field(description="When it was made; null where the thread cannot be read.")
    last_run: datetime | None
    last_beat: int | None
    last_status: BeatStatus | None
    last_reason: Reason | None
    last_summary: str | None
    recent: list[RecentBeat] = Field(description=f"The last {RECENT} beats, the newest first.")


def thread_view(
    session: Session, row: Thread, defaults: Mapping[str, Any], state: TimerState, now: datetime
) -> ThreadView:
    """Return the view of a thread at ``now``, given the workspace's defaults and the timer's state."""
    found = effective(defaults, row.overrides, row.id)
    pending = pending_approvals(session, row.id, found.config, now)
    hindered = obstacles(session, row, found, state, pending, now)
    return ThreadView(
        thread_id=row.id,
        title=row.title,
        status=_status(row, found),
        state=hindered[0] if hindered else beating(row, found.config, now),
        obstacles=hindered,
        approvals=pending,
        paused_reason=row.paused_reason,
        config_problem=found.problem,
        config=found.config.to_dict(),
        overrides=dict(row.overrides),
        own_instructions=row.instructions is not None,
        next_due=row.next_due,
        created_at=row.created_at,
        **_last_beats(session, row.id),
    )


def _unreadable_view(session: Session, cell: Unreadable, defaults: Mapping[str, Any]) -> ThreadView:
    """Return the view of a thread of which one cell cannot be read: its config is shown as if it set no field."""
    thread_id, state = str(cell.row), unreadable(cell)
    return ThreadView(
        thread_id=thread_id,
        title="",
        status=ThreadStatus.REFUSED,
        state=state,
        obstacles=[state],
        approvals=[],
        paused_reason=None,
        config_problem=str(cell),
        config=effective(defaults, {}).config.to_dict(),
        overrides={},
        own_instructions=False,
        next_due=None,
        created_at=None,
        **_last_beats(session, thread_id),
    )


def _last_beats(session: Session, thread_id: str) -> dict[str, Any]:
    """Return the fields of a view that tell of the last beats."""
    recent = history.recent(session, thread_id, RECENT)
    last = recent[0] if recent else None
    return {
        "last_run": last.started_at if last else None,
        "last_beat": last.id if last else None,
        "last_status": last.status if last else None,
        "last_reason": last.reason if last else None,
        "last_summary": last.summary if last else None,
        "recent": [RecentBeat(id=beat.id, status=beat.status, reason=beat.reason) for beat in recent],
    }


def _status(row: Thread, found: Effective) -> ThreadStatus:
    if row.paused_reason:
        return ThreadStatus.PAUSED
    if found.refused:
        return ThreadStatus.REFUSED
    return ThreadStatus.ON if found.config.enabled else ThreadStatus.OFF


def all_views(
    session: Session, now: datetime, *, after: str = "", words: str = "", limit: int | None = None
) -> list[ThreadView]:
    """Return views of the threads with ids after ``after`` and ``words`` in id or title, sorted by id.

    One that cannot be read is shown as refused.
    """
    defaults, state = get_defaults(session), timer.state(session)
    rows, others = split(session, Thread, threads.listed(after=after, words=words).limit(limit))
    views = [
        *(thread_view(session, row, defaults, state, now) for row in rows),
        *(_unreadable_view(session, cell, defaults) for cell in others),
    ]
    return sorted(views, key=lambda view: view.thread_id)[:limit]


def one_view(session: Session, thread_id: str, now: datetime) -> ThreadView:
    """Return the view of one thread; one that cannot be read is shown as refused.

    Raises:
        NotFoundError: no such thread.
    """
    defaults = get_defaults(session)
    _, others = split(session, Thread, select(Thread).where(Thread.id == thread_id))
    if others:
        return _unreadable_view(session, others[0], defaults)
    return thread_view(session, threads.get(session, thread_id), defaults, timer.state(session), now)


def origins(session: Session, thread_id: str) -> dict[str, str]:
    """Return where each field of a thread's config comes from: default, workspace or thread."""
    own, shared = threads.get(session, thread_id).overrides, get_defaults(session)
    return {
        name: "thread" if name in own else "workspace" if name in shared else "default"
        for name in Config.model_fields
    }
