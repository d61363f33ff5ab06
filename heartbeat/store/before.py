"""Whether an action may have been done, declined or asked for before: one query tells that of most drafts."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Select
from sqlmodel import Session, bindparam, col, func, or_, select

from heartbeat.store import rows
from heartbeat.store.actions import DUPLICATE_WINDOW
from heartbeat.store.declined import SPAN
from heartbeat.store.done import counts_as_done
from heartbeat.store.tables import Action, Beat
from heartbeat.vocabulary import ActionStatus, BeatStatus

_OF_THREAD = Action.thread_id == bindparam("thread")
_BEFORE: Select[*tuple[Any, ...]] = select(  # type: ignore[call-overload]
    select(Action.id)
    .where(
        _OF_THREAD,
        Action.digest == bindparam("digest"),
        or_(col(Action.created_at) > bindparam("lately"), Action.status == ActionStatus.FAILED),
        Action.beat_id != bindparam("beat"),
        counts_as_done(),
    )
    .exists(),
    select(Action.id)
    .where(
        _OF_THREAD,
        Action.status == ActionStatus.FAILED,
        col(Action.by_person),
        col(Action.created_at) > bindparam("since"),
    )
    .exists(),
    select(Beat.id)
    .where(
        Beat.thread_id == bindparam("thread"),
        Beat.status == BeatStatus.REJECTED,
        col(Beat.finished_at) > bindparam("since"),
    )
    .exists(),
    select(Beat.id)
    .where(Beat.thread_id == bindparam("thread"), Beat.status == BeatStatus.AWAITING_APPROVAL)
    .exists(),
    select(func.count())
    .select_from(Action)
    .where(_OF_THREAD, col(Action.created_at) >= bindparam("day"), counts_as_done())
    .scalar_subquery(),
)


class Before(NamedTuple):
    """What there is of a thread's earlier beats.

    ``done``: another beat has done the same action lately. ``may_be_declined``: a person said no to something.
    ``waits``: an action waits for approval. ``today``: how many actions of the day count as done.
    """

    done: bool
    may_be_declined: bool
    waits: bool
    today: int


def find(
    session: Session, thread_id: str, digest: str, now: datetime, *, but_for: int, day: datetime
) -> Before:
    """Return what there is of a thread before a beat does an action with this digest.

    An action counts as done if that was within 24 hours, or if it failed for good (see `heartbeat.store.done`),
    however long ago: it is not proposed again. ``day`` is when the day of the thread began.
    """
    values = {
        "thread": thread_id,
        "digest": digest,
        "lately": now - DUPLICATE_WINDOW,
        "beat": but_for,
        "since": now - SPAN,
        "day": day,
    }
    done, cancelled, rejected, waits, today = rows.read(session, _BEFORE, values).one()
    return Before(bool(done), bool(cancelled or rejected), bool(waits), today)
