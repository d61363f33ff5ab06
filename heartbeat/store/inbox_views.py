"""Views of the inbox for the HTTP API and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, String
from sqlmodel import Session, and_, case, cast, col, literal, or_, select, type_coerce

from heartbeat.errors import InvalidValueError
from heartbeat.instructions import mask_secrets
from heartbeat.memory import Memory
from heartbeat.store import beats, inbox, threads
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.store.tables import Action
from heartbeat.text import truncate
from heartbeat.vocabulary import ActionKind, ActionStatus, FeedKind, ItemState

_CONTENT_SHOWN = 2_000


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
    all_day: bool = Field(
        description="Whether it is due on a date, in whichever zone; due_at and ends_at are then midnights in UTC, "
        "and ends_at that after the last day."
    )
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
    """A thread that looks at items; without one, only what the workspace knows of them is known."""

    thread_id: str | None = None
    memory: Memory = field(default_factory=Memory)

    @classmethod
    def of(cls, session: Session, thread_id: str | None) -> Reader:
        """Return the reader of a thread.

        Raises:
            NotFoundError: no such thread.
        """
        if thread_id is None:
            return cls()
        threads.get(session, thread_id)
        return cls(thread_id, Memory.newest(beats.latest_memory(session, thread_id)))

    def state(self, now: datetime) -> ColumnElement[str]:
        """Return what has become of an item, as an expression of the row."""
        of_workspace = [
            (col(InboxItem.gone_at).is_not(None), ItemState.GONE.value),
            (col(InboxItem.done_at).is_not(None), ItemState.DONE.value),
            (col(InboxItem.snoozed_until) > now, ItemState.SNOOZED.value),
        ]
        is_old = (col(InboxItem.seq) == inbox.OLD, ItemState.OLD.value)
        if self.thread_id is None:
            return case(*of_workspace, is_old, else_=ItemState.NEW.value)
        mark = col(InboxItem.connection) + "." + type_coerce(col(InboxItem.kind), String)
        key = mark + ":" + cast(col(InboxItem.id), String)
        told = select(Action.about).where(
            Action.thread_id == self.thread_id,
            Action.kind == ActionKind.TELL,
            Action.status != ActionStatus.FAILED,
            col(Action.about).is_not(None),
        )
        marks = self.memory.marks
        seen = case(marks, value=mark, else_=0) if marks else literal(0)
        return case(
            *of_workspace,
            (key.in_(told), ItemState.TOLD.value),
            is_old,
            (col(InboxItem.seq) > seen, ItemState.NEW.value),
            (key.in_(self.memory.pending), ItemState.OPEN.value),
            else_=ItemState.READ.value,
        )


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

    ``before`` selects those with lower ids. ``due_before`` selects those that are due before an instant, also where
    that has passed, but for what is gone and events that are over: the soonest first, and ``before`` selects those
    after the item of that id. A day begins at midnight of the zone of that instant.

    Raises:
        NotFoundError: no such thread.
        InvalidValueError: with ``due_before``, the item ``before`` is not due any more.
    """
    is_state = Reader.of(session, thread_id).state(now).label("state")
    query = select(InboxItem, is_state)
    connections: Sequence[str] | None = None if connection is None else [connection]
    if thread_id is not None:
        sources = threads.config(session, threads.get(session, thread_id)).sources
        seen = inbox.visible(session, sources)
        connections = [name for name in seen if connection in (None, name)]
    if connections is not None:
        query = query.where(col(InboxItem.connection).in_(connections))
    if kind is not None:
        query = query.where(InboxItem.kind == kind)
    if state is not None:
        query = query.where(is_state == state.value)
    if due_before is not None:
        zone = due_before.tzinfo or UTC
        query = query.where(inbox.is_due_before(due_before), *inbox.not_over(now, zone))
        if before is not None:
            query = query.where(_due_after(session, before))
        query = query.order_by(col(InboxItem.due_at), col(InboxItem.id))
    else:
        if before is not None:
            query = query.where(col(InboxItem.id) < before)
        query = query.order_by(col(InboxItem.id).desc())
    return [ItemView.of(row, ItemState(word)) for row, word in session.exec(query.limit(limit))]


def _due_after(session: Session, item_id: int) -> ColumnElement[bool]:
    """Return the condition on items that are due after one."""
    last = session.get(InboxItem, item_id)
    if last is None or last.due_at is None:
        raise InvalidValueError(
            "before", f"before: item {item_id} is not due any more; allowed: the last item of a page"
        )
    return or_(
        col(InboxItem.due_at) > last.due_at,
        and_(col(InboxItem.due_at) == last.due_at, col(InboxItem.id) > item_id),
    )


def item_view(session: Session, item_id: int, now: datetime) -> ItemView:
    """Return one item, as the workspace knows it.

    Raises:
        NotFoundError: no such item.
    """
    row = inbox.get(session, item_id)
    word = session.exec(select(Reader().state(now)).where(InboxItem.id == item_id)).one()
    return ItemView.of(row, ItemState(word))
