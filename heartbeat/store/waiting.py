"""The actions that wait for approval: at most one at each place of a thread."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, bindparam, col, func, select

from heartbeat.approval import meanwhile, place_of
from heartbeat.store import rows
from heartbeat.store.tables import Beat
from heartbeat.vocabulary import ActionKind, BeatStatus

_OF_THREAD = (
    select(Beat.id, Beat.action, Beat.expires_at, Beat.supervised)
    .where(Beat.thread_id == bindparam("thread"), Beat.status == BeatStatus.AWAITING_APPROVAL)
    .order_by(col(Beat.id))
)
_OF_BEATS = select(Beat.id, Beat.action, Beat.expires_at, Beat.supervised).where(
    col(Beat.id).in_(bindparam("beats", expanding=True)), Beat.status == BeatStatus.AWAITING_APPROVAL
)
_BACKLOG = select(func.count(), func.min(Beat.started_at)).where(Beat.status == BeatStatus.AWAITING_APPROVAL)


class Backlog(NamedTuple):
    """How many actions wait for approval, and the start of the beat that has waited longest."""

    number: int
    oldest: datetime | None


class Waiting(NamedTuple):
    """An action that waits: its beat, where it would go, until when, and whether its thread waits with it."""

    beat_id: int
    place: str
    expires_at: datetime | None
    in_place: bool

    @property
    def meanwhile(self) -> str:
        """What its thread does until it is answered."""
        return meanwhile(self.place, in_place=self.in_place)

    @property
    def remedy(self) -> str:
        """The commands that answer it."""
        return f"heartbeat approve {self.beat_id}, or heartbeat reject {self.beat_id}"

    @property
    def sentence(self) -> str:
        """What the others at its place have to wait for, and how to answer it."""
        other = (
            "You are told nothing else"
            if self.place == ActionKind.TELL
            else f"Nothing else goes to {self.place}"
        )
        return f"{other} before beat {self.beat_id} has an answer: {self.remedy}."


def of_thread(session: Session, thread_id: str) -> list[Waiting]:
    """Return what waits for approval in a thread, the oldest first."""
    return _waiting(rows.read(session, _OF_THREAD, {"thread": thread_id}))


def of_beats(session: Session, beat_ids: Sequence[int]) -> dict[int, Waiting]:
    """Return what waits for approval among beats, by beat."""
    if not beat_ids:
        return {}
    return {each.beat_id: each for each in _waiting(rows.read(session, _OF_BEATS, {"beats": beat_ids}))}


def at_place(session: Session, thread_id: str, place: str) -> Waiting | None:
    """Return what waits at a place, None if nothing does."""
    return next((each for each in of_thread(session, thread_id) if each.place == place), None)


def _waiting(found: Iterable[Any]) -> list[Waiting]:
    return [
        Waiting(beat_id, place_of(action), expires_at, not supervised)
        for beat_id, action, expires_at, supervised in found
        if beat_id is not None and action is not None
    ]


def backlog(session: Session) -> Backlog:
    """Return how many actions of all threads wait for approval, and since when the oldest does."""
    number, oldest = session.exec(_BACKLOG).one()
    return Backlog(number, oldest)
