"""What a beat begins with, read once: its thread, its config, the newest memory, and what stands in its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select
from sqlmodel import Session, bindparam, col, func, select

from heartbeat.config import Config
from heartbeat.store import beats, revisions, rows, threads
from heartbeat.store.actions import Tally
from heartbeat.store.beats import Claim
from heartbeat.store.budget import day_bounds
from heartbeat.store.done import counts_as_done
from heartbeat.store.effective import Effective
from heartbeat.store.outcomes import SPAN
from heartbeat.store.revisions import Revisions
from heartbeat.store.tables import Action, Beat, Thread
from heartbeat.vocabulary import ActionStatus, BeatStatus

_OF_THREAD = Beat.thread_id == bindparam("thread")
_WAITS = (_OF_THREAD, Beat.status == BeatStatus.AWAITING_APPROVAL)
_FACTS: Select[*tuple[Any, ...]] = select(  # type: ignore[call-overload]
    select(Beat.memory)
    .where(_OF_THREAD, col(Beat.memory).is_not(None))
    .order_by(col(Beat.id).desc())
    .limit(1)
    .scalar_subquery()
    .label("memory"),
    select(Beat.id).where(col(Beat.private)).exists().label("any_private"),
    select(Action.id)
    .where(
        Action.thread_id == bindparam("thread"),
        Action.status == ActionStatus.FAILED,
        col(Action.created_at) > bindparam("failed_since"),
    )
    .exists()
    .label("has_failed"),
    select(func.count())
    .select_from(Action)
    .where(
        Action.thread_id == bindparam("thread"), col(Action.created_at) >= bindparam("day"), counts_as_done()
    )
    .scalar_subquery()
    .label("done"),
    select(func.count()).select_from(Beat).where(*_WAITS).scalar_subquery().label("waiting"),
)


@dataclass(frozen=True)
class Outset:
    """The state of the workspace and of a thread when a beat begins; ``row`` is the beat's, None where there is none.

    ``memory`` is the newest on a row. ``any_private``: some beat was labelled private so far. ``has_failed``: an
    action of the thread failed within `outcomes.SPAN`. ``today`` counts the actions of the thread's day, with all
    that wait for approval, however old.
    """

    thread: Thread
    effective: Effective
    memory: Mapping[str, Any] | None
    any_private: bool
    has_failed: bool
    today: Tally
    revisions: Revisions
    row: Beat | None = None

    @property
    def config(self) -> Config:
        """The config.

        Raises:
            InvalidValueError: a stored value is not allowed.
        """
        return self.effective.accepted

    @property
    def claim(self) -> Claim:
        """The claim on its beat."""
        assert self.row is not None  # noqa: S101 - only a beat has a claim
        return beats.claim_of(self.row)

    @property
    def owner(self) -> str:
        """What the memory of the thread is known by: its id may have been that of another, removed thread."""
        return f"{self.thread.id} {self.thread.created_at.isoformat()}"


def of_beat(session: Session, claim: Claim, now: datetime) -> Outset:
    """Return what a claimed beat goes on from.

    Raises:
        NotFoundError: no such beat.
        FenceLostError: the beat was claimed again since.
    """
    row = beats.held(session, claim)
    return of_thread(session, row.thread_id, now, row=row)


def of_thread(session: Session, thread_id: str, now: datetime, *, row: Beat | None = None) -> Outset:
    """Return what a beat of a thread would begin with.

    Raises:
        NotFoundError: no such thread.
    """
    thread = threads.get(session, thread_id)
    return make(session, thread, threads.effective(session, thread), now, row=row)


def make(
    session: Session,
    thread: Thread,
    effective: Effective,
    now: datetime,
    *,
    found: Revisions | None = None,
    row: Beat | None = None,
) -> Outset:
    """Return what a beat of a thread begins with, whose config is known, and the revisions if they are ``found``."""
    day, _ = day_bounds(now, effective.config.timezone)
    values = {"thread": thread.id, "failed_since": now - SPAN, "day": day}
    facts = rows.read(session, _FACTS, values).one()
    return Outset(
        thread,
        effective,
        facts.memory,
        any_private=bool(facts.any_private),
        has_failed=bool(facts.has_failed),
        today=Tally(facts.done, facts.waiting),
        revisions=revisions.now(session) if found is None else found,
        row=row,
    )
