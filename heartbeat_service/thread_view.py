"""One thread as the API and the command line show it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlmodel import Session

from heartbeat.config import Config
from heartbeat.store import history, threads, timer
from heartbeat.store.effective import Effective, effective, get_defaults
from heartbeat.store.tables import Thread
from heartbeat.store.timer import TimerState
from heartbeat.vocabulary import BeatStatus, Reason, ThreadStatus
from heartbeat_service.thread_state import PendingApproval, ThreadState, beating, obstacles, pending_approvals

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
        description="What is invalid in the stored config; the thread does not beat until it is fixed."
    )
    config: dict[str, Any] = Field(description="The effective config, without invalid values.")
    overrides: dict[str, Any] = Field(description="The fields that the thread sets itself.")
    own_instructions: bool = Field(description="Whether it has its own text in place of HEARTBEAT.md.")
    next_due: datetime | None = Field(description="Its next slot; null while it is off or paused.")
    created_at: datetime
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
    recent = history.recent(session, row.id, RECENT)
    last = recent[0] if recent else None
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
        last_run=last.started_at if last else None,
        last_beat=last.id if last else None,
        last_status=last.status if last else None,
        last_reason=last.reason if last else None,
        last_summary=last.summary if last else None,
        recent=[RecentBeat(id=beat.id, status=beat.status, reason=beat.reason) for beat in recent],
    )


def _status(row: Thread, found: Effective) -> ThreadStatus:
    if row.paused_reason:
        return ThreadStatus.PAUSED
    if found.refused:
        return ThreadStatus.REFUSED
    return ThreadStatus.ON if found.config.enabled else ThreadStatus.OFF


def all_views(
    session: Session, now: datetime, *, after: str = "", words: str = "", limit: int | None = None
) -> list[ThreadView]:
    """Return views of the threads with ids after ``after`` and ``words`` in id or title, sorted by id."""
    defaults, state = get_defaults(session), timer.state(session)
    rows = threads.every(session, after=after, words=words, limit=limit)
    return [thread_view(session, row, defaults, state, now) for row in rows]


def one_view(session: Session, thread_id: str, now: datetime) -> ThreadView:
    """Return the view of one thread.

    Raises:
        NotFoundError: no such thread.
    """
    row = threads.get(session, thread_id)
    return thread_view(session, row, get_defaults(session), timer.state(session), now)


def origins(session: Session, thread_id: str) -> dict[str, str]:
    """Return where each field of a thread's config comes from: default, workspace or thread."""
    own, shared = threads.get(session, thread_id).overrides, get_defaults(session)
    return {
        name: "thread" if name in own else "workspace" if name in shared else "default"
        for name in Config.model_fields
    }
