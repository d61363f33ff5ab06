"""Views of deliveries for the HTTP API and the command line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field
from sqlmodel import Session

from heartbeat.outgoing import Outgoing
from heartbeat.store import outbox
from heartbeat.store.outbox.rows import NEVER
from heartbeat.store.tables import Delivery, TargetHealth
from heartbeat.text import as_json
from heartbeat.vocabulary import ActionKind, DeliveryAnswer, DeliveryReason, DeliveryStatus, TryEnd

_FIELDS_SHOWN = 1_000
_WAITING = (DeliveryStatus.PENDING, DeliveryStatus.HELD)


class TryView(BaseModel):
    """One try of a delivery."""

    at: datetime
    ended: TryEnd | None = Field(description="null while it goes on.")
    said: str
    search: bool = Field(
        description="Whether it looked for the delivery at the target, instead of sending it."
    )


class DeliveryView(BaseModel):
    """One delivery and its tries; times are ISO 8601 in UTC."""

    id: int
    thread_id: str | None = Field(description="null for a notice about no thread.")
    beat_id: int | None
    target: str
    kind: str = Field(description="The kind of the action, or notice.")
    text: str = Field(description="What is sent, in words.")
    status: DeliveryStatus
    reason: DeliveryReason | None = Field(description="Why it failed.")
    private: bool = Field(description="Whether the beat had seen something that only the owner may see.")
    by_person: bool = Field(description="Whether a person ended it.")
    tries: list[TryView] = Field(description="The last 50.")
    searching: bool = Field(description="Whether the next try looks for it at the target.")
    next_try: datetime | None = Field(description="When it is tried next, or its target if that is down.")
    is_down: bool = Field(description="Whether it waits for a target that is down.")
    expires_at: datetime | None = Field(description="When it is given up; null: never.")
    receipt: dict[str, Any] | None
    created_at: datetime
    finished_at: datetime | None
    answers: list[DeliveryAnswer] = Field(description="What a person can say about it now.")

    @classmethod
    def of(cls, row: Delivery, health: TargetHealth | None) -> DeliveryView:
        """Return the view of a row; ``health`` is that of its target, None where that was not tried so far."""
        copied = row.model_dump(include=set(cls.model_fields) - {"expires_at", "tries", "next_try"})
        is_pending = row.status == DeliveryStatus.PENDING
        waits = outbox.waits_until(health, by_person=row.by_person) if health and is_pending else None
        return cls(
            **copied,
            tries=[TryView.model_validate({"search": False, **each}) for each in row.tries],
            text=text_of(Outgoing.model_validate(row.payload)),
            next_try=max(row.next_try, waits) if row.next_try and waits else row.next_try,
            is_down=bool(is_pending and health and health.down_since) and not row.by_person,
            expires_at=None if row.expires_at == NEVER else row.expires_at,
            answers=list(_answers(row)),
        )


def text_of(sent: Outgoing) -> str:
    """Return what is sent in words: its title and its text on lines of their own."""
    if sent.kind == ActionKind.VOTE:
        return f"{sent.vote_direction} on {sent.comment_id or sent.post_id}"
    lines = [line for line in (sent.title, sent.content, sent.text) if line]
    if not lines and sent.fields:
        lines = [as_json(sent.fields, _FIELDS_SHOWN)]
    return "\n".join(lines)


def _answers(row: Delivery) -> Iterator[DeliveryAnswer]:
    """Yield what `heartbeat.store.outbox` takes from a person in this state.

    `retry` is refused all the same where the thread is gone or the agent has done the same since.
    """
    may_have_arrived = row.status in _WAITING and not row.repeatable
    is_looked_for = row.status in _WAITING and row.searching
    if row.status not in (DeliveryStatus.SENT, DeliveryStatus.SENDING) and not is_looked_for:
        yield DeliveryAnswer.RETRY
    if row.status in (*_WAITING, DeliveryStatus.SENDING):
        yield DeliveryAnswer.CANCEL
    if row.status == DeliveryStatus.UNKNOWN or may_have_arrived:
        yield DeliveryAnswer.SETTLE


def delivery_view(session: Session, delivery_id: int) -> DeliveryView:
    """Return one delivery.

    Raises:
        NotFoundError: no such delivery.
    """
    row = outbox.get(session, delivery_id)
    return DeliveryView.of(row, outbox.health(session).get(row.target))


def deliveries_view(
    session: Session,
    *,
    status: DeliveryStatus | None = None,
    thread_id: str | None = None,
    beat_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[DeliveryView]:
    """Return deliveries, newest first; see `heartbeat.store.outbox.page`."""
    found = outbox.page(
        session, status=status, thread_id=thread_id, beat_id=beat_id, before=before, limit=limit
    )
    health = outbox.health(session)
    return [DeliveryView.of(row, health.get(row.target)) for row in found]
