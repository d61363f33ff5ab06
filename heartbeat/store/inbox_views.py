"""Views of the inbox for the HTTP API and the command line."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from heartbeat.instructions import mask_secrets
from heartbeat.memory import Memory
from heartbeat.store import beats, inbox, threads
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.store.tables import Action
from heartbeat.text import truncate
from heartbeat.vocabulary import ActionKind, ActionStatus, FeedKind, ItemState

_CONTENT_SHOWN = 2_000
_SCANNED = 2_000
"""Items that are read at most to find those of a state."""


class ItemView(BaseModel):
    """One item of the inbox, with secrets masked; times are ISO 8601 in UTC."""

    id: int
    connection: str
    kind: FeedKind
    state: ItemState = Field(
        description="What has become of it; whether it is new, open, read or told is known for one thread only."
    )
    author: str
    title: str
    content: str = Field(description="Its text, at most 2,000 characters; empty once it was pruned.")
    url: str | None
    parent: str | None = Field(
        description="What it belongs to: the file of an open box, the series of an event."
    )
    own: bool = Field(description="Whether the agent made it.")
    due_at: datetime | None
    ends_at: datetime | None
    all_day: bool
    created_at: datetime
    first_at: datetime = Field(description="When it was first fetched.")
    changed_at: datetime = Field(description="When it was last new.")
    gone_at: datetime | None = Field(description="Since when its source shows it no more.")
    done_at: datetime | None
    snoozed_until: datetime | None

    @classmethod
    def of(cls, row: InboxItem, state: ItemState) -> ItemView:
        """Return the view of a row."""
        shown = row.model_dump(include=set(cls.model_fields) - {"state"})
        for name in ("author", "title", "content", "url", "parent"):
            shown[name] = None if shown[name] is None else mask_secrets(shown[name])
        shown["content"] = truncate(shown["content"] or "", _CONTENT_SHOWN)
        return cls(**shown, state=state)


@dataclass(frozen=True)
class Reader:
    """What a thread has looked at, and of what it has told its owner; without a thread, nothing of that is known."""

    memory: Memory | None = None
    told: Collection[str] = field(default=frozenset())

    @classmethod
    def of(cls, session: Session, thread_id: str | None) -> Reader:
        """Return the reader of a thread.

        Raises:
            NotFoundError: no such thread.
        """
        if thread_id is None:
            return cls()
        threads.get(session, thread_id)
        query = select(Action.about).where(
            Action.thread_id == thread_id,
            Action.kind == ActionKind.TELL,
            Action.status != ActionStatus.FAILED,
            col(Action.about).is_not(None),
        )
        told = frozenset(key for key in session.exec(query.distinct()) if key is not None)
        return cls(Memory.newest(beats.latest_memory(session, thread_id)), told)

    def state_of(self, row: InboxItem, now: datetime) -> ItemState:
        """Return what has become of an item."""
        if row.gone_at is not None:
            return ItemState.GONE
        if row.done_at is not None:
            return ItemState.DONE
        if row.snoozed_until is not None and row.snoozed_until > now:
            return ItemState.SNOOZED
        if self.memory is None:
            return ItemState.NEW
        mark = f"{row.connection}.{row.kind}"
        key = f"{mark}:{row.id}"
        if key in self.told:
            return ItemState.TOLD
        if row.seq > self.memory.marks.get(mark, 0):
            return ItemState.NEW
        return ItemState.OPEN if key in self.memory.pending else ItemState.READ


def inbox_view(
    session: Session,
    now: datetime,
    *,
    thread_id: str | None = None,
    connection: str | None = None,
    kind: FeedKind | None = None,
    state: ItemState | None = None,
    before: int | None = None,
    due_before: datetime | None = None,
    limit: int = 50,
) -> list[ItemView]:
    """Return items, the newest first by id; of a thread, those of the connections that it looks at.

    ``due_before`` selects those that are due before an instant, also where that has passed.

    Raises:
        NotFoundError: no such thread.
    """
    reader = Reader.of(session, thread_id)
    connections: Sequence[str] | None = None if connection is None else [connection]
    if thread_id is not None:
        sources = threads.config(session, threads.get(session, thread_id)).sources
        seen = inbox.visible(session, sources)
        connections = [name for name in seen if connection in (None, name)]
    found: list[ItemView] = []
    scanned = 0
    while len(found) < limit and scanned < _SCANNED:
        rows = inbox.page(
            session, connections=connections, kind=kind, before=before, due_before=due_before, limit=200
        )
        for row in rows:
            is_state = reader.state_of(row, now)
            if state in (None, is_state) and len(found) < limit:
                found.append(ItemView.of(row, is_state))
        scanned += len(rows)
        if len(rows) < 200:
            break
        before = rows[-1].id
    return found


def item_view(session: Session, item_id: int, now: datetime) -> ItemView:
    """Return one item, as the workspace knows it.

    Raises:
        NotFoundError: no such item.
    """
    row = inbox.get(session, item_id)
    return ItemView.of(row, Reader().state_of(row, now))
