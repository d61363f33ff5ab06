"""The tables of the domain database. The row of a beat is its authoritative record."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from heartbeat.plan.instants import stored_rules
from heartbeat.store import contents
from heartbeat.store.columns import instant, instants_of, long_text, plain_json, words
from heartbeat.store.pruned import spans
from heartbeat.vocabulary import (
    ActionStatus,
    BeatStatus,
    Decider,
    DeliveryReason,
    DeliveryStatus,
    EventKind,
    Reason,
    Trigger,
)

LARGEST_ID = 2**63 - 1
"""The largest integer that SQLite can store."""


class Workspace(SQLModel, table=True):
    """The single row of the workspace: config defaults for every thread."""

    id: int = Field(default=1, primary_key=True)
    defaults: dict[str, Any] = plain_json({})


class Thread(SQLModel, table=True):
    """One agent conversation with its own heartbeat."""

    __table_args__: ClassVar[Any] = (
        Index("ix_thread_wake", "wake_at"),
        Index("ix_thread_due", "next_due", sqlite_where=text("next_due IS NOT NULL")),
        Index("ix_thread_woken", "woken_at", sqlite_where=text("woken_at IS NOT NULL")),
        Index("ix_thread_instructed", "instructions_at", sqlite_where=text("instructions IS NOT NULL")),
    )

    id: str = Field(primary_key=True, max_length=64)
    langgraph_id: str = Field(unique=True, max_length=36)
    title: str = ""
    overrides: dict[str, Any] = plain_json({})
    instructions: str | None = long_text()
    instructions_at: datetime | None = instant()
    paused_reason: str | None = None
    resumed_at: datetime | None = instant()
    """When the last pause ended; earlier failures do not count towards the next one."""
    next_due: datetime | None = instant()
    """The first slot without a row, possibly in the past. None while disabled or paused."""
    pruned_slots: list[Any] = plain_json([], check=spans, allowed="a JSON array of pairs of times")
    """Ranges of the slots of beats that were deleted since they were old, see `heartbeat.store.pruned`."""
    waiting: Reason | None = words(Reason, None)
    """The gate that refused ``next_due``, which is tried again: ``busy`` or ``cooldown``."""
    wake_at: datetime | None = instant()
    """When the timer looks at the thread again: at a slot, a retry, or another try of a waiting slot."""
    woken_at: datetime | None = instant()
    """When the thread is to be woken between its slots; None if nothing asks for that."""
    woken_by: list[Any] = contents.wakes([])
    """What asks for that: ``{reason, at, item?}`` of each."""
    due_through: datetime | None = instant()
    """Up to when a beat has looked at what came due; later crossings wake the thread."""
    instants: list[Any] = plain_json(
        [], check=stored_rules, allowed="a JSON array of rules that name times of the day"
    )
    """The rules of its plan that name times of the day: `heartbeat.plan.instants.TimedRule` of each."""
    wake_tries: int = 0
    """Beats in a row by which a wake was tried and that failed for want of a model or a target."""
    follow_ups: int = 0
    """Wakes in a row that followed up on what the beat before had left behind."""
    starts: list[str] = plain_json([], check=instants_of, allowed="a JSON array of times")
    """The start times of its last beats, ISO 8601, at most five, oldest first."""
    created_at: datetime = instant(nullable=False)


class Timer(SQLModel, table=True):
    """The single row of the timer: the switch for all processes on this database, and the last tick."""

    id: int = Field(default=1, primary_key=True)
    running: bool = True
    last_tick: datetime | None = instant()
    ticked_by: str | None = None


class Event(SQLModel, table=True):
    """A change that clients may want to see at once. Ids are in commit order; old events are deleted."""

    __table_args__: ClassVar[Any] = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    kind: EventKind = words(EventKind)
    thread_id: str | None = None
    beat_id: int | None = None
    at: datetime = instant(nullable=False)
    data: dict[str, Any] = plain_json({})


class Notices(SQLModel, table=True):
    """The single row of notices: the last event that was read, the notices that wait, and those sent recently."""

    id: int = Field(default=1, primary_key=True)
    cursor: int = 0
    waiting: list[Any] = plain_json([])
    sent: list[Any] = plain_json([])
    unreachable_since: datetime | None = instant()
    """Since when no model has answered; None if the last attempt was answered, or there was none."""
    unreachable_last: datetime | None = instant()
    unreachable_told: bool = False


class Message(SQLModel, table=True):
    """One message of a thread's conversation."""

    __table_args__: ClassVar[Any] = (
        Index("ix_message_owner", "thread_id", "created_at", sqlite_where=text("author = 'owner'")),
        Index("ix_message_unsettled", "thread_id", sqlite_where=text("NOT settled")),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    thread_id: str = Field(foreign_key="thread.id", ondelete="CASCADE", index=True)
    author: str
    content: str = long_text()
    private: bool = False
    """Whether it was written by a beat that had seen something private."""
    created_at: datetime = instant(nullable=False)
    settled: bool = True
    """Whether it is known to order no silence that lasts; one of the owner is not until it was read."""
    lifted_at: datetime | None = instant()
    """When what it orders was ended by hand."""
    lifted_by: str | None = None


class Beat(SQLModel, table=True):
    """One heartbeat of one thread. Ids increase and are shown as the number of the beat."""

    __table_args__: ClassVar[Any] = (
        UniqueConstraint("thread_id", "slot"),
        Index("ix_beat_thread", "thread_id", "id"),
        Index("ix_beat_day", "thread_id", "started_at"),
        Index("ix_beat_memory", "thread_id", "id", sqlite_where=text("memory IS NOT NULL")),
        Index("ix_beat_status", "status", "lease_until"),
        Index("ix_beat_private", "private", sqlite_where=text("private = 1")),
        Index("ix_beat_retry", "thread_id", sqlite_where=text("retry_at IS NOT NULL")),
        # Covers the queries of `heartbeat.store.stats`: full rows are large, since they include the context.
        Index(
            "ix_beat_figures",
            *("started_at", "status", "reason", "missed", "prompt_tokens", "completion_tokens"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    thread_id: str = Field(foreign_key="thread.id", ondelete="CASCADE")
    trigger: Trigger = words(Trigger)
    woken_by: list[Any] | None = contents.wakes()
    """Why a thread was woken, of a beat with the trigger ``wake``."""
    slot: datetime | None = instant()
    last_slot: datetime | None = instant()
    missed: int = 0
    status: BeatStatus = words(BeatStatus, BeatStatus.RUNNING)
    reason: Reason | None = words(Reason, None)
    summary: str = ""
    error: str | None = long_text()
    dry_run: bool = False
    private: bool = False
    """Whether it looked at a private connection, or at something that was made from one."""
    decided_by: Decider | None = words(Decider, None)
    model: str | None = None
    instructions_sha256: str | None = None
    context: dict[str, Any] | None = plain_json()
    prompt: list[Any] | None = plain_json(shape=list)
    rounds: list[Any] = contents.rounds()
    path: list[Any] | None = contents.path()
    """The nodes that finished in the latest run, in order; None on rows of versions that did not record them."""
    action: dict[str, Any] | None = plain_json()
    problems: list[Any] = plain_json([])
    attempts: list[Any] = plain_json([])
    prompt_tokens: int = 0
    completion_tokens: int = 0
    model_seconds: float | None = None
    """How long the calls of the model took in all; None, as the three below, where the server told nothing."""
    prompt_seconds: float | None = None
    """How much of it the server spent on reading prompts."""
    load_seconds: float | None = None
    """How much of it the server spent on loading the model."""
    kept_tokens: int | None = None
    """Tokens of the prompts that the server had kept from earlier calls."""
    memory: dict[str, Any] | None = plain_json()
    approval: dict[str, Any] | None = contents.approval()
    expires_at: datetime | None = instant()
    started_at: datetime = instant(nullable=False)
    finished_at: datetime | None = instant()
    duration_seconds: float | None = None
    supervised: bool = False
    lease_owner: str | None = None
    lease_until: datetime | None = instant()
    fence: int = 0
    takeovers: int = 0
    retry_at: datetime | None = instant()
    """When the slot is retried."""
    forgotten_at: datetime | None = instant()
    """When its texts were deleted, since a connection that it had looked at was forgotten."""


class Action(SQLModel, table=True):
    """A validated action for a target, with its idempotency key and receipt."""

    __table_args__: ClassVar[Any] = (
        UniqueConstraint("key"),
        Index("ix_action_recent", "thread_id", "created_at"),
        Index("ix_action_digest", "thread_id", "digest"),
        Index("ix_action_beat", "beat_id"),
        Index("ix_action_figures", "created_at", "kind"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=64)
    beat_id: int = Field(foreign_key="beat.id", ondelete="CASCADE")
    thread_id: str
    target: str
    kind: str
    target_id: str | None = None
    board: str | None = None
    title: str | None = None
    content: str | None = long_text()
    vote_direction: str | None = None
    fields: dict[str, Any] | None = plain_json()
    text: str | None = long_text()
    about: str | None = None
    file: str | None = None
    mode: str | None = None
    digest: str = Field(max_length=64)
    status: ActionStatus = words(ActionStatus)
    reason: DeliveryReason | None = words(DeliveryReason, None)
    by_person: bool = False
    """Whether a person cancelled it, so that the agent must not propose it again."""
    receipt: dict[str, Any] | None = plain_json()
    created_at: datetime = instant(nullable=False)


class Delivery(SQLModel, table=True):
    """Something on its way to a target outside: an action of a beat, or a notice to the owner.

    It holds a copy of all that it needs, and no foreign keys: a delivery that is not final outlives its thread.
    """

    __table_args__: ClassVar[Any] = (
        UniqueConstraint("key"),
        Index("ix_delivery_due", "status", "next_try"),
        Index("ix_delivery_action", "action_id"),
        Index("ix_delivery_target", "target", "id"),
        Index("ix_delivery_thread", "thread_id", "id"),
        Index("ix_delivery_beat", "beat_id"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(max_length=64)
    """A UUID, the same for all tries."""
    action_id: int | None = None
    beat_id: int | None = None
    thread_id: str | None = None
    target: str
    kind: str
    payload: dict[str, Any] = contents.payload()
    """What is sent: the JSON of `heartbeat.outgoing.Outgoing`."""
    digest: str = Field("", max_length=64)
    private: bool = False
    """Whether the beat that it is from had seen something private."""
    status: DeliveryStatus = words(DeliveryStatus, DeliveryStatus.PENDING)
    reason: DeliveryReason | None = words(DeliveryReason, None)
    afterwards: DeliveryStatus | None = words(DeliveryStatus, None)
    """What is to follow a try that has not arrived: `held`, or of one in `sending` also `failed` (cancelled)."""
    by_person: bool = False
    """Whether a person cancelled it or said that it arrived; of one that waits, whether one sends it at once."""
    searching: bool = False
    """Whether the next step is to look for it at the target, not to send it again."""
    tries: list[Any] = contents.tries()
    """``{at, ended, said}`` of each, at most the last 50; ``ended`` is null while one goes on.

    One that looked for the delivery at the target has ``search`` too, which is true.
    """
    repeatable: bool = True
    """Whether no try so far can have arrived."""
    first_try: datetime | None = instant()
    """When the earliest try began that can have arrived."""
    next_try: datetime | None = instant()
    expires_at: datetime = instant(nullable=False)
    deliver_within: int | None = None
    """The seconds to ``expires_at`` when it was queued; None if it is never given up."""
    lease_owner: str | None = None
    lease_until: datetime | None = instant()
    fence: int = 0
    receipt: dict[str, Any] | None = plain_json()
    created_at: datetime = instant(nullable=False)
    finished_at: datetime | None = instant()


class TargetHealth(SQLModel, table=True):
    """How the last tries at a target outside ended, whichever process made them."""

    target: str = Field(primary_key=True)
    misses: int = 0
    """Tries in a row, of any delivery, that ended `not_sent` or `perhaps`."""
    said: str | None = long_text()
    """What the last of them said."""
    last_try: datetime | None = instant()
    last_sent: datetime | None = instant()
    down_since: datetime | None = instant()
    quiet_until: datetime | None = instant()
    """Until when the target wants to be left alone (Retry-After)."""
    told: bool = False


class ConnectionRow(SQLModel, table=True):
    """A connection that was made in the panel, over HTTP or by ``heartbeat connections add``."""

    __tablename__ = "connection"

    name: str = Field(primary_key=True, max_length=64)
    kind: str
    values: dict[str, Any] = plain_json({})
    """Its keys without secrets, which are kept in HOME/secrets."""
    created_at: datetime = instant(nullable=False)
    updated_at: datetime = instant(nullable=False)


class Destination(SQLModel, table=True):
    """Where a connection led when something was last queued for it, or delivered to it."""

    name: str = Field(primary_key=True)
    salt: str = Field(max_length=32)
    digest: str = Field(max_length=64)
    """A salted hash of kind, reach and address."""
    missing_since: datetime | None = instant()
    """Since when there is no connection of this name; None while there is one."""


class Board(SQLModel, table=True):
    """A board of the built-in forum."""

    id: str = Field(primary_key=True, max_length=64)
    title: str
    created_at: datetime = instant(nullable=False)


class Post(SQLModel, table=True):
    """A post of the built-in forum; ``score`` is the sum of its votes."""

    __table_args__: ClassVar[Any] = (
        Index("ix_post_new", "board", "created_at"),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    board: str = Field(foreign_key="board.id")
    title: str
    content: str = long_text()
    author: str = Field(index=True)
    score: int = 0
    private: bool = False
    """Whether it was written by a beat that had seen something private."""
    created_at: datetime = instant(nullable=False)


class Comment(SQLModel, table=True):
    """A comment on a post, or on another comment of the same post."""

    __table_args__: ClassVar[Any] = ({"sqlite_autoincrement": True},)

    id: int | None = Field(default=None, primary_key=True)
    post_id: int = Field(foreign_key="post.id", ondelete="CASCADE", index=True)
    parent_comment_id: int | None = Field(default=None, foreign_key="comment.id", ondelete="CASCADE")
    content: str = long_text()
    author: str = Field(index=True)
    score: int = 0
    private: bool = False
    """Whether it was written by a beat that had seen something private."""
    created_at: datetime = instant(nullable=False)


class Vote(SQLModel, table=True):
    """One vote: one voter, one item."""

    target_type: str = Field(primary_key=True, max_length=8)
    target_id: int = Field(primary_key=True)
    voter: str = Field(primary_key=True)
    value: int
    created_at: datetime = instant(nullable=False)
