"""Find beats that have no outcome yet, and end those whose process is gone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, bindparam, col, exists, select

from heartbeat.store import beats, rows
from heartbeat.store.approval_tables import ApprovalThread
from heartbeat.store.beats import Outcome
from heartbeat.store.tables import Beat
from heartbeat.vocabulary import UNSETTLED, BeatStatus

_UNSETTLED = select(  # type: ignore[call-overload]
    Beat.id,
    Beat.status,
    Beat.supervised,
    Beat.lease_until,
    Beat.expires_at,
    exists().where(col(ApprovalThread.beat_id) == Beat.id),
).where(Beat.thread_id == bindparam("thread"), col(Beat.status).in_(sorted(UNSETTLED)))
_EXPIRED = (
    select(Beat.id)
    .where(
        Beat.status == BeatStatus.RUNNING,
        col(Beat.lease_until) <= bindparam("now"),
        Beat.supervised == bindparam("supervised"),
    )
    .order_by(col(Beat.id))
)


class Unsettled(NamedTuple):
    """A beat of a thread that has no outcome yet."""

    id: int
    status: BeatStatus
    supervised: bool
    lease_until: datetime | None
    expires_at: datetime | None
    is_apart: bool
    """Whether it waits for approval, or is carried out since, on a LangGraph thread of its own."""

    @property
    def keeps_busy(self) -> bool:
        """Whether it runs on the LangGraph thread of its thread, so that no other beat may start."""
        return self.status == BeatStatus.RUNNING and not self.is_apart

    @property
    def holds_thread(self) -> bool:
        """Whether it waits for approval on the LangGraph thread of its thread, so that no other beat may start."""
        return self.status == BeatStatus.AWAITING_APPROVAL and not self.supervised

    def is_over(self, now: datetime) -> bool:
        """Return whether its approval has expired, or its lease if no runner started it."""
        if self.status == BeatStatus.AWAITING_APPROVAL:
            return self.expires_at is not None and self.expires_at <= now
        return not self.supervised and self.lease_until is not None and self.lease_until <= now


def of_thread(session: Session, thread_id: str) -> list[Unsettled]:
    """Return the beats of a thread that are running or wait for approval."""
    return [Unsettled(*row) for row in rows.read(session, _UNSETTLED, {"thread": thread_id})]


def abandon_unsupervised(
    session: Session, now: datetime, *, thread_id: str | None = None, without: Collection[str] = ()
) -> list[int]:
    """Close beats that no runner started and whose lease has expired as ``abandoned``; return their ids.

    ``without`` are the ids of threads to leave alone.
    """
    outcome = Outcome(BeatStatus.ABANDONED, "The process that ran this beat went away.")
    expired = _expired(session, now, thread_id, supervised=False, without=without)
    return [beats.close_id(session, beat_id, outcome, now) for beat_id in expired]


def left_behind(
    session: Session, now: datetime, *, thread_id: str | None = None, without: Collection[str] = ()
) -> list[int]:
    """Return the ids of a runner's beats whose lease has expired, so that they can be taken over.

    ``without`` are the ids of threads to leave alone.
    """
    return _expired(session, now, thread_id, supervised=True, without=without)


def _expired(
    session: Session, now: datetime, thread_id: str | None, *, supervised: bool, without: Collection[str]
) -> list[int]:
    query = _EXPIRED if thread_id is None else _EXPIRED.where(Beat.thread_id == thread_id)
    if without:
        query = query.where(col(Beat.thread_id).not_in(without))
    found = rows.read(session, query, {"now": now, "supervised": supervised}).scalars()
    return [beat_id for beat_id in found if beat_id is not None]
