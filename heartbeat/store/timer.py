"""The timer's switch, shared by all processes on the database, its last tick, and its periodic maintenance."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select, update

from heartbeat.store import approvals, events, outbox, rows, unsettled
from heartbeat.store.tables import Beat, Timer
from heartbeat.vocabulary import EventKind

TICKING = timedelta(minutes=1)
"""How long after its last tick a process counts as alive; it ticks every ten seconds at least."""
SILENCE = timedelta(days=1)
"""Half of the least age at which something is deleted."""
_RUNNING = select(Timer.running).where(Timer.id == 1)


@dataclass(frozen=True)
class TimerState:
    """Whether scheduled beats may start, and the last tick; ``ticked_by`` is the name of the process."""

    running: bool = True
    last_tick: datetime | None = None
    ticked_by: str | None = None


def state(session: Session) -> TimerState:
    """Return the switch and the last tick."""
    row = rows.find(session, Timer, 1)
    return TimerState(row.running, row.last_tick, row.ticked_by) if row else TimerState()


def is_ticking(session: Session, now: datetime) -> bool:
    """Return whether a process on the database has ticked lately: it also looks at connections."""
    tick = state(session).last_tick
    return tick is not None and abs(now - tick) < TICKING


def last_alive(session: Session, upto: datetime) -> datetime | None:
    """Return when last, up to an instant, a beat began or a process ticked; None if nothing is known of that."""
    began = session.exec(select(func.max(Beat.started_at)).where(col(Beat.started_at) <= upto)).one()
    ticked = state(session).last_tick
    return max((each for each in (began, ticked) if each is not None and each <= upto), default=None)


def silent_since(session: Session, now: datetime) -> datetime | None:
    """Return when the workspace was last alive where that is longer than `SILENCE` ago: the clock may be wrong.

    None where it was alive since, or where nothing is known of that.
    """
    alive = last_alive(session, now)
    return alive if alive is not None and now - alive > SILENCE else None


def is_running(session: Session) -> bool:
    """Return whether scheduled beats may start."""
    return rows.read(session, _RUNNING).scalar() is not False


def switch(session: Session, running: bool, now: datetime) -> TimerState:
    """Allow or stop the start of scheduled beats, and what is queued; running beats go on.

    Repeated calls have no further effect.
    """
    row = rows.find(session, Timer, 1) or Timer()
    changes, row.running = row.running != running, running
    session.add(row)
    if changes:
        events.add(session, EventKind.TIMER_STARTED if running else EventKind.TIMER_STOPPED, now)
        session.flush()
        if running:
            outbox.release(session, now)
        else:
            outbox.hold(session, now)
    return TimerState(row.running, row.last_tick, row.ticked_by)


def tick(session: Session, now: datetime, owner: str) -> None:
    """Record the time of a tick, by which monitoring can tell that a timer is alive."""
    # Nothing of the row is read: another program may have written it so that it cannot be.
    noted = update(Timer).where(col(Timer.id) == 1).values(last_tick=now, ticked_by=owner)
    if not session.execute(noted).rowcount:  # type: ignore[attr-defined]
        session.add(Timer(last_tick=now, ticked_by=owner))


def housekeeping(session: Session, now: datetime, owner: str, without: Collection[str] = ()) -> None:
    """Record a tick, and end beats whose approval has expired or whose caller died.

    Beats of threads whose ids are in ``without`` are left alone.
    """
    tick(session, now, owner)
    approvals.expire(session, now, without=without)
    unsettled.abandon_unsupervised(session, now, without=without)
