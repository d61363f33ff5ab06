"""What the owner was told: actions of the kind tell, with what became of each on its way."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field
from sqlmodel import Session, col, select

from heartbeat.store import outbox
from heartbeat.store.tables import Action, Delivery
from heartbeat.vocabulary import ActionKind, ActionStatus, DeliveryReason, DeliveryStatus


class ToldConnection(BaseModel):
    """One connection that a tell goes to."""

    target: str
    delivery_id: int
    status: DeliveryStatus
    reason: DeliveryReason | None

    @classmethod
    def of(cls, row: Delivery) -> ToldConnection:
        """Return the view of a delivery."""
        return cls(target=row.target, delivery_id=row.id or 0, status=row.status, reason=row.reason)


class ToldView(BaseModel):
    """One tell; times are ISO 8601 in UTC."""

    id: int
    thread_id: str
    beat_id: int
    at: datetime
    text: str
    about: str | None = Field(description="The item that it is about.")
    status: ActionStatus = Field(description="sent where it has arrived at one connection at least.")
    connections: list[ToldConnection] = Field(
        description="Those it goes to; empty where it is shown in the panel alone."
    )


def told_view(session: Session, *, before: int | None = None, limit: int = 50) -> list[ToldView]:
    """Return up to ``limit`` tells, newest first; ``before`` selects those with lower ids."""
    query = select(Action).where(Action.kind == ActionKind.TELL)
    if before is not None:
        query = query.where(col(Action.id) < before)
    found = session.exec(query.order_by(col(Action.id).desc()).limit(limit)).all()
    sent = outbox.of_actions(session, [row.id for row in found if row.id is not None])
    return [_view(row, sent.get(row.id or 0, [])) for row in found]


def _view(row: Action, sent: list[Delivery]) -> ToldView:
    return ToldView(
        id=row.id or 0,
        thread_id=row.thread_id,
        beat_id=row.beat_id,
        at=row.created_at,
        text=row.text or row.content or "",
        about=row.about,
        status=row.status,
        connections=[ToldConnection.of(each) for each in sent],
    )
