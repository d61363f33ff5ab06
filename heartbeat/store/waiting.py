"""The actions of a thread that wait for approval: at most one at each place."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, bindparam, col, select

from heartbeat.approval import place_of
from heartbeat.store import rows
from heartbeat.store.tables import Beat
from heartbeat.vocabulary import BeatStatus

_OF_THREAD = (
    select(Beat.id, Beat.action, Beat.expires_at, Beat.supervised)
    .where(Beat.thread_id == bindparam("thread"), Beat.status == BeatStatus.AWAITING_APPROVAL)
    .order_by(col(Beat.id))
)


class Waiting(NamedTuple):
    """An action that waits: its beat, where it would go, until when, and whether its thread waits with it."""

    beat_id: int
    place: str
    expires_at: datetime | None
    in_place: bool

    @property
    def sentence(self) -> str:
        """What the others at its place have to wait for."""
        return f"Beat {self.beat_id} waits for a person: heartbeat approve {self.beat_id}, or reject."


def of_thread(session: Session, thread_id: str) -> list[Waiting]:
    """Return what waits for approval in a thread, the oldest first."""
    found = rows.read(session, _OF_THREAD, {"thread": thread_id})
    return [
        Waiting(beat_id, place_of(action), expires_at, not supervised)
        for beat_id, action, expires_at, supervised in found
        if beat_id is not None and action is not None
    ]


def at_place(session: Session, thread_id: str, place: str) -> Waiting | None:
    """Return what waits at a place, None if nothing does."""
    return next((each for each in of_thread(session, thread_id) if each.place == place), None)
