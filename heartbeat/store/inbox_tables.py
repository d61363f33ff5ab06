"""The tables of the inbox: items that connections brought, and the looks at each connection."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from heartbeat.store.columns import instant, long_text, plain_json, words
from heartbeat.vocabulary import FeedKind


class InboxItem(SQLModel, table=True):
    """One item of a connection, as its last look showed it."""

    __table_args__: ClassVar[Any] = (
        UniqueConstraint("connection", "external_id"),
        Index("ix_inboxitem_seq", "connection", "kind", "seq"),
        Index("ix_inboxitem_due", "connection", "due_at", sqlite_where=text("due_at IS NOT NULL")),
        Index("ix_inboxitem_snoozed", "snoozed_until", sqlite_where=text("snoozed_until IS NOT NULL")),
        Index(
            "ix_inboxitem_listed",
            *("connection", "external_id"),
            sqlite_where=text("gone_at IS NULL AND unlisted_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: int | None = Field(default=None, primary_key=True)
    connection: str
    external_id: str = Field(max_length=300)
    """What its source calls it; unique within the connection."""
    kind: FeedKind = words(FeedKind)
    seq: int
    """Its place in the order in which items of the connection came or changed. No number is given before a lower one
    is committed, so that nothing ever appears below what somebody has read."""
    digest: str = Field(max_length=64)
    """A hash of its texts and instants; not of how near it is."""
    author: str = ""
    title: str = ""
    content: str | None = long_text()
    """None once its text was pruned."""
    url: str | None = long_text()
    parent: str | None = None
    """Where it belongs to: the file of a task, the series of an event."""
    own: bool = False
    """Whether the agent made it, or the last change of it: that is no news."""
    created_at: datetime = instant(nullable=False)
    due_at: datetime | None = instant()
    ends_at: datetime | None = instant()
    all_day: bool = False
    """Whether it is due on a date, in whichever zone; ``due_at`` and ``ends_at`` are then midnights in UTC."""
    first_at: datetime = instant(nullable=False)
    """When it was first fetched."""
    changed_at: datetime = instant(nullable=False)
    """When it got its ``seq``: it was new then, had changed, or a snooze had ended."""
    churn: int = 0
    """At how many looks in a row its text had changed; above `writing.CHURN`, its last change is no news yet."""
    gone_at: datetime | None = instant()
    """Since when its source shows it no more."""
    unlisted_at: datetime | None = instant()
    """Since when the looks at its source list it no more, where that does not mean that it is gone: a feed lists only
    its latest entries."""
    done_at: datetime | None = instant()
    """When a person said that it is done; a change takes that back."""
    snoozed_until: datetime | None = instant()


class ConnectionLook(SQLModel, table=True):
    """When a connection was and will be looked at, and who does it now."""

    name: str = Field(primary_key=True, max_length=64)
    used: bool = True
    """Whether there is a usable connection of this name that is looked at."""
    private: bool = False
    """Whether only threads that name it look at it."""
    seq: int = 0
    """The last number that was given to an item."""
    first_look: datetime | None = instant()
    last_look: datetime | None = instant()
    """When a look last succeeded."""
    next_look: datetime | None = instant()
    memo: dict[str, Any] = plain_json({})
    """What a fetch keeps for the next one: ETag, Last-Modified, a cursor."""
    address: str = ""
    """A hash of where it leads; what was kept of another address does not count."""
    misses: int = 0
    """Looks in a row that failed."""
    failing_since: datetime | None = instant()
    said: str | None = long_text()
    """Why the last look failed, or what of it could not be used."""
    told: bool = False
    """Whether the owner was told that it fails."""
    held_back: int = 0
    """Items that the last look left for the next one."""
    lease_owner: str | None = None
    lease_until: datetime | None = instant()
    fence: int = 0
