"""What one query tells of a thread whose slot is due: most need no second one before their beat starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select
from sqlmodel import Session, bindparam, select

from heartbeat.config import Config
from heartbeat.store import rows
from heartbeat.store.effective import Effective, effective
from heartbeat.store.tables import Beat, Thread, Timer, Workspace
from heartbeat.vocabulary import UNSETTLED, BeatStatus

_THREADS, _BEATS = rows.columns_of(Thread), rows.columns_of(Beat)
_OF_THREAD = _BEATS.c.thread_id == _THREADS.c.id


def _newest(name: str) -> Any:
    """Return a column of the thread's beat with the newest slot."""
    query = select(_BEATS.c[name]).where(_OF_THREAD, _BEATS.c.slot.is_not(None))
    return query.order_by(_BEATS.c.slot.desc()).limit(1).scalar_subquery().label(f"newest_{name}")


_OPENING: Select[*tuple[Any, ...]] = (
    _THREADS.select()
    .where(_THREADS.c.id == bindparam("thread"))
    .add_columns(
        select(Workspace.defaults).where(Workspace.id == 1).scalar_subquery().label("defaults"),
        select(Timer.running).where(Timer.id == 1).scalar_subquery().label("running"),
        select(_BEATS.c.id)
        .where(_OF_THREAD, _BEATS.c.status.in_(sorted(UNSETTLED)))
        .exists()
        .label("has_unsettled"),
        select(_BEATS.c.id).where(_OF_THREAD, _BEATS.c.retry_at.is_not(None)).exists().label("has_retries"),
        _newest("slot"),
        _newest("last_slot"),
        _newest("status"),
    )
)
_SETTLED_WELL = frozenset(BeatStatus) - UNSETTLED - {BeatStatus.FAILED, BeatStatus.MISSED}


@dataclass(frozen=True)
class Opening:
    """A thread, and whether there is anything about its beats that must be looked at more closely.

    ``has_unsettled``: a beat of it has not ended. ``has_retries``: a slot is to be tried again. ``covered`` is the
    last slot that has a row, None where none has, and ``went_well`` whether its beat ended and did not fail.
    """

    thread: Thread
    effective: Effective
    is_running: bool
    has_unsettled: bool
    has_retries: bool
    covered: datetime | None
    went_well: bool

    @property
    def config(self) -> Config:
        """The config.

        Raises:
            InvalidValueError: a stored value is not allowed.
        """
        return self.effective.accepted

    def is_free(self, slot: datetime) -> bool:
        """Return whether no slot from this one on has a row."""
        return self.covered is None or self.covered < slot


def find(session: Session, thread_id: str) -> Opening | None:
    """Return what there is to know of a thread; None where there is no such thread."""
    row = rows.read(session, _OPENING, {"thread": thread_id}).first()
    if row is None:
        return None
    found = row._asdict()
    thread = rows.attach(session, Thread, {column.name: found[column.name] for column in _THREADS.c})
    return Opening(
        thread,
        effective(found["defaults"] or {}, thread.overrides, thread.id),
        is_running=found["running"] is not False,
        has_unsettled=bool(found["has_unsettled"]),
        has_retries=bool(found["has_retries"]),
        covered=found["newest_last_slot"] or found["newest_slot"],
        went_well=found["newest_status"] in _SETTLED_WELL,
    )
