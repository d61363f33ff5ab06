"""The tables of the plan: what was read from lines, what people corrected, who reads now, and verdicts on items."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from heartbeat.plan.words import LineRole
from heartbeat.store.columns import instant, long_text, plain_json, words
from heartbeat.vocabulary import FeedKind


class LineReading(SQLModel, table=True):
    """What one model read from one line, or how often its answers made no rule. It holds no text of the line."""

    __tablename__ = "line_reading"
    __table_args__: ClassVar[Any] = (
        Index("ix_line_reading_line", "line_key"),
        Index("ix_line_reading_seen", "seen_at"),
    )

    key: str = Field(primary_key=True, max_length=64)
    """A hash of ``line_key``, the model, the prompts, and the kinds of targets' own that could be chosen."""
    line_key: str = Field(max_length=64)
    """A hash of the line and of all that it is read with: what stands above it, its paragraph, box and task."""
    reading: dict[str, Any] | None = plain_json()
    """The JSON of `heartbeat.plan.Reading`; None where there is none."""
    failures: int = 0
    """How often reading it failed; twice, and it counts as read."""
    unsure: bool = False
    told: bool = False
    """Whether the owner was asked to look at it, since it is unsure or could not be read."""
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    milliseconds: int = 0
    """What reading it took, with all that failed."""
    read_at: datetime | None = instant()
    """When it was read, or failed for the second time."""
    seen_at: datetime = instant(nullable=False)
    """When its line was last found in a text, to a day."""


class ReaderRow(SQLModel, table=True):
    """The single row of the reader of the workspace: who reads lines now, and how the model fared."""

    __tablename__ = "plan_reader"

    id: int = Field(default=1, primary_key=True)
    model: str = ""
    """The name of the model that reads, or last read."""
    digest: str = ""
    """The digest of that model, or its name where its server tells none."""
    lease_owner: str | None = None
    lease_until: datetime | None = instant()
    fence: int = 0
    misses: int = 0
    """Tries in a row in which the model could not be asked."""
    said: str | None = long_text()
    """Why it could not be asked the last time."""
    next_try: datetime | None = instant()
    """When it is asked again after a miss."""


class CorrectionRow(SQLModel, table=True):
    """What a person gave a line in place of what was read from it, for one thread or for the workspace."""

    __tablename__ = "correction"
    __table_args__: ClassVar[Any] = (
        UniqueConstraint("thread_id", "line_id"),
        Index("ix_correction_shared", "line_id", unique=True, sqlite_where=text("thread_id IS NULL")),
    )

    id: int | None = Field(default=None, primary_key=True)
    thread_id: str | None = Field(default=None, foreign_key="thread.id", ondelete="CASCADE")
    """None: it holds for the whole workspace."""
    line_id: str = Field(max_length=100)
    line_text: str = ""
    """The words of the line, with secrets masked, by which a person knows which it was when it is gone."""
    rules: list[Any] = plain_json([])
    role: LineRole | None = words(LineRole, None)
    by: str
    at: datetime = instant(nullable=False)
    gone_at: datetime | None = instant()
    """When its line was first found missing in the text; from then on it no longer holds."""


class VerdictRow(SQLModel, table=True):
    """What a model answered to one question about one item. It holds no text of the item."""

    __tablename__ = "verdict"
    __table_args__: ClassVar[Any] = (
        Index("ix_verdict_item", "item_key"),
        Index("ix_verdict_source", "source"),
        Index("ix_verdict_used", "used_at"),
    )

    key: str = Field(primary_key=True, max_length=64)
    """A hash of the question, of all that is judged of the item, of the model, and of the prompts."""
    question: str
    item_key: str
    """Which item it was asked about first; others with the same texts share it."""
    item_digest: str = Field(max_length=16)
    source: str
    kind: FeedKind = words(FeedKind)
    private: bool = False
    """Whether it was ever asked about something that only the owner may see."""
    yes: bool
    odds: float | None = None
    """The odds of yes; None where the server told none."""
    asked_at: datetime = instant(nullable=False)
    used_at: datetime = instant(nullable=False)
    """When it was last needed, to a day."""
