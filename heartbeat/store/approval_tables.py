"""The tables of approvals: LangGraph threads of beats that wait, and standing approvals."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from heartbeat.store.columns import instant, words
from heartbeat.vocabulary import AnswerOrigin, ApprovalThreadState, StandingEnd


class ApprovalThread(SQLModel, table=True):
    """The LangGraph thread on which a beat waits for approval, apart from its own thread's, which goes on.

    It has no foreign keys: its checkpoints are deleted after the beat, or the thread with it, is gone.
    """

    __table_args__: ClassVar[Any] = (
        Index("ix_approvalthread_beat", "beat_id"),
        Index("ix_approvalthread_state", "state"),
    )

    langgraph_id: str = Field(primary_key=True, max_length=36)
    beat_id: int
    thread_id: str
    state: ApprovalThreadState = words(ApprovalThreadState, ApprovalThreadState.MISSING)


class StandingApproval(SQLModel, table=True):
    """A person's permission for all actions of a kind from one thread to one target, until it is revoked."""

    __table_args__: ClassVar[Any] = (
        Index("ix_standingapproval_thread", "thread_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    thread_id: str = Field(foreign_key="thread.id", ondelete="CASCADE")
    kind: str
    target: str
    """The name of the target; ``tell`` for what is told to the owner, wherever it goes."""
    beat_id: int
    """The beat with whose approval it was given."""
    given_at: datetime = instant(nullable=False)
    given_by: AnswerOrigin = words(AnswerOrigin)
    revoked_at: datetime | None = instant()
    revoked_by: AnswerOrigin | None = words(AnswerOrigin, None)
    reason: StandingEnd | None = words(StandingEnd, None)
    """Why it ended by itself; null where a person revoked it."""
