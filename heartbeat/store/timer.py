"""The timer's switch, which every process on the database obeys, and the sign of life that timers leave."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from heartbeat.store import approvals, events, rows, slots, threads, unsettled, workspace
from heartbeat.store.tables import Timer
from heartbeat.vocabulary import EventKind

logger = logging.getLogger("heartbeat")

_RUNNING = select(Timer.running).where(Timer.id == 1)


@dataclass(frozen=True)
class TimerState:
    """Whether scheduled beats may start, and when a timer last looked; ``ticked_by`` is the name of its process."""

    running: bool = True
    last_tick: datetime | None = None
    ticked_by: str | None = None


def state(session: Session) -> TimerState:
    """Return the switch and the last tick."""
    row = session.get(Timer, 1)
    return TimerState(row.running, row.last_tick, row.ticked_by) if row else TimerState()


def is_running(session: Session) -> bool:
    """Whether scheduled beats may start."""
    return rows.read(session, _RUNNING).scalar() is not False


def switch(session: Session, running: bool, now: datetime) -> TimerState:
    """Let scheduled beats start, or not; beats that run are not touched. Any number of times."""
    row = session.get(Timer, 1) or Timer()
    if row.running != running:
        events.add(session, EventKind.TIMER_STARTED if running else EventKind.TIMER_STOPPED, now)
    row.running = running
    session.add(row)
    return TimerState(row.running, row.last_tick, row.ticked_by)


def tick(session: Session, now: datetime, owner: str) -> None:
    """Leave a sign of life, so that something outside can notice when there is none."""
    row = session.get(Timer, 1) or Timer()
    row.last_tick, row.ticked_by = now, owner
    session.add(row)


def housekeeping(session: Session, now: datetime, owner: str) -> None:
    """Leave a sign of life, and end what nobody else will: answers that never came, runs whose caller died."""
    tick(session, now, owner)
    approvals.expire(session, now)
    unsettled.abandon_unsupervised(session, now)


def realign(session: Session, now: datetime, *, after: str = "", limit: int = 50) -> str | None:
    """Set the next slots of up to ``limit`` threads right; return the id to go on after, None at the end.

    In pieces, so that no other writer waits long.
    """
    some = threads.every(session, after=after, limit=limit)
    defaults = workspace.get_defaults(session)
    for thread in some:
        found = workspace.effective(defaults, thread.overrides, thread.id)
        if found.problem:
            said = "a thread does not beat, since its config is refused: %s"
            logger.error(said, found.problem, extra={"action": "config_refused"})
        if found.planned:
            slots.realign(session, thread, found.planned, now)
    return some[-1].id if len(some) == limit else None
