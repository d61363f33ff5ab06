"""Data of the domain database, read once for all checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sqlmodel import Session, col, select

from heartbeat.config import Config
from heartbeat.errors import InvalidValueError
from heartbeat.store import threads, timer
from heartbeat.store.database import Database
from heartbeat.store.tables import Beat, Thread
from heartbeat.store.timer import TimerState
from heartbeat_service.thread_state import PendingApproval, ThreadState, obstacles, pending_approvals

_PATIENCE = 2.0


@dataclass(frozen=True)
class KnownThread:
    """One thread; ``config`` is the effective config, or None if it is invalid, as ``refused`` explains."""

    id: str
    config: Config | None = None
    refused: InvalidValueError | None = None
    overridden: frozenset[str] = frozenset()
    paused_reason: str | None = None
    instructions: str | None = None
    wake_at: datetime | None = None
    states: tuple[ThreadState, ...] = ()
    """Everything that prevents its scheduled beats."""
    approvals: tuple[PendingApproval, ...] = ()
    """Its actions that wait for a person."""

    @property
    def enabled(self) -> bool:
        """Whether its config switches scheduled beats on."""
        return self.config is not None and self.config.enabled


@dataclass(frozen=True)
class Facts:
    """The threads, the timer's state, and the newest instant in the database."""

    threads: tuple[KnownThread, ...] = ()
    timer: TimerState = field(default_factory=TimerState)
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
    rows = threads.every(session)
    state = timer.state(session)
    last = session.exec(select(Beat.started_at).order_by(col(Beat.id).desc()).limit(1)).first()
    written = [row.created_at for row in rows] + [each for each in (state.last_tick, last) if each]
    known = tuple(_thread(session, row, state, now) for row in rows)
    return Facts(known, state, max(written, default=None))


def _thread(session: Session, row: Thread, state: TimerState, now: datetime) -> KnownThread:
    found = threads.effective(session, row)
    refused = found.refused[0] if found.refused else None
    pending = pending_approvals(session, row.id, found.config, now)
    return KnownThread(
        row.id,
        None if refused else found.config,
        refused,
        frozenset(row.overrides),
        row.paused_reason,
        row.instructions,
        row.wake_at,
        tuple(obstacles(session, row, found, state, pending, now)),
        tuple(pending),
    )
