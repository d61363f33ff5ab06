"""Data of the domain database, read once for all checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, func, or_, select

from heartbeat.config import Config
from heartbeat.errors import InvalidValueError
from heartbeat.store import threads, timer
from heartbeat.store.database import Database
from heartbeat.store.effective import effective, get_defaults
from heartbeat.store.tables import Beat, Thread
from heartbeat.store.timer import TimerState
from heartbeat.vocabulary import BeatStatus
from heartbeat_service.thread_state import (
    SILENT,
    PendingApproval,
    ThreadState,
    obstacles,
    pending_approvals,
)

_PATIENCE = 2.0
EXAMINED = 1000
"""Threads that are examined one by one, with several queries each."""


@dataclass(frozen=True)
class KnownThread:
    """One thread; ``config`` is the effective config, or None if it is invalid, as ``refused`` explains."""

    id: str
    config: Config | None = None
    refused: InvalidValueError | None = None
    overridden: frozenset[str] = frozenset()
    paused_reason: str | None = None
    instructions: str | None = None
    states: tuple[ThreadState, ...] = ()
    """Everything that prevents its scheduled beats."""
    approvals: tuple[PendingApproval, ...] = ()
    """Its actions that wait for a person."""

    @property
    def enabled(self) -> bool:
        """Whether its config switches scheduled beats on."""
        return self.config is not None and self.config.enabled


@dataclass(frozen=True)
class Waking:
    """When the timer looks at threads: how many are due, how many of them too late, and the next one."""

    due: int = 0
    late: int = 0
    next: tuple[datetime, str] | None = None
    """The first instant, past or not, and its thread."""


@dataclass(frozen=True)
class Facts:
    """The threads, the timer's state, and the newest instant in the database."""

    threads: tuple[KnownThread, ...] = ()
    """At most `EXAMINED`, with those that are paused or wait for a person before others."""
    left: int = 0
    """Threads beyond these."""
    timer: TimerState = field(default_factory=TimerState)
    waking: Waking = field(default_factory=Waking)
    newest: datetime | None = None

    @property
    def enabled(self) -> tuple[KnownThread, ...]:
        """The threads whose scheduled beats are switched on."""
        return tuple(thread for thread in self.threads if thread.enabled)


def read_facts(path: Path, now: datetime) -> Facts:
    """Read a database with this version's schema without migrating it; a missing file gives empty facts.

    ``now`` is the instant for which the obstacles of threads are determined.

    Raises:
        SQLAlchemyError: the database cannot be read.
    """
    if not path.exists():
        return Facts()
    database = Database(path, busy_timeout=_PATIENCE)
    try:
        return database.read(_facts, now)
    finally:
        database.close()


def _facts(session: Session, now: datetime) -> Facts:
    rows = _examined(session)
    defaults, state = get_defaults(session), timer.state(session)
    last = session.exec(select(Beat.started_at).order_by(col(Beat.id).desc()).limit(1)).first()
    made = session.exec(select(func.max(Thread.created_at))).one()
    newest = max((each for each in (made, state.last_tick, last) if each), default=None)
    known = tuple(_thread(session, row, defaults, state, now) for row in rows)
    return Facts(known, threads.count(session) - len(known), state, _waking(session, now), newest)


def _examined(session: Session) -> list[Thread]:
    waiting = select(Beat.thread_id).where(Beat.status == BeatStatus.AWAITING_APPROVAL)
    hindered = or_(col(Thread.paused_reason).is_not(None), col(Thread.id).in_(waiting))
    # Not `threads.every`: where one cannot be read, doctor says that, and nothing of threads that it has not seen.
    first = session.exec(select(Thread).where(hindered).order_by(col(Thread.id)).limit(EXAMINED)).all()
    others = session.exec(threads.listed().limit(EXAMINED)).all()
    found = {row.id: row for row in (*first, *others)}
    return sorted(list(found.values())[:EXAMINED], key=lambda row: row.id)


def _waking(session: Session, now: datetime) -> Waking:
    def number(until: datetime) -> int:
        return session.exec(select(func.count()).where(col(Thread.wake_at) <= until)).one()

    coming = select(Thread.wake_at, Thread.id).where(col(Thread.wake_at).is_not(None))
    first = session.exec(coming.order_by(col(Thread.wake_at), col(Thread.id)).limit(1)).first()
    return Waking(
        number(now),
        # Late is what was due before then, not at that instant.
        number(now - SILENT - timedelta(microseconds=1)),
        (first[0], first[1]) if first is not None and first[0] is not None else None,
    )


def _thread(
    session: Session, row: Thread, defaults: Mapping[str, Any], state: TimerState, now: datetime
) -> KnownThread:
    found = effective(defaults, row.overrides, row.id)
    refused = found.refused[0] if found.refused else None
    pending = pending_approvals(session, row.id, found.config, now)
    return KnownThread(
        row.id,
        None if refused else found.config,
        refused,
        frozenset(row.overrides),
        row.paused_reason,
        row.instructions,
        tuple(obstacles(session, row, found, state, pending, now)),
        tuple(pending),
    )
