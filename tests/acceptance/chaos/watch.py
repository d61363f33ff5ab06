"""Looks at the database from outside while processes come and go: whose lease has run out, and for how long."""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

FORMAT = "%Y-%m-%dT%H:%M:%S.%fZ"


def seconds(text: str) -> float:
    """Return an instant of the database in unix seconds."""
    return datetime.strptime(text, FORMAT).replace(tzinfo=UTC).timestamp()


@dataclass(frozen=True)
class Running:
    """A beat under way, in whose hands, and until when the others must believe it."""

    beat_id: int
    owner: str
    until: float
    fence: int

    @property
    def pid(self) -> int:
        return int(self.owner.split(":")[1])


@dataclass
class Watch:
    """``overdue`` is the longest time for which a lease had run out while somebody could have taken over, by beat;
    ``orphaned`` that from the death of the process."""

    path: Path
    overdue: dict[int, float] = field(default_factory=dict)
    orphaned: dict[int, float] = field(default_factory=dict)
    takeovers: int = 0
    _last: dict[int, Running] = field(default_factory=dict)
    _deaths: dict[int, float] = field(default_factory=dict)
    _hindered_until: float = 0.0

    def __post_init__(self) -> None:
        self._connection = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=5)

    def close(self) -> None:
        self._connection.close()

    def running(self) -> list[Running]:
        query = "SELECT id, lease_owner, lease_until, fence FROM beat WHERE status = 'running'"
        return [
            Running(beat_id, owner, seconds(until), fence)
            for beat_id, owner, until, fence in self._connection.execute(query).fetchall()
        ]

    def died(self, pid: int) -> None:
        """A process was killed just now; what it ran is orphaned."""
        self._deaths[pid] = time.time()

    def hindered(self) -> None:
        """Nobody could take over anything until now: none lived, or a frozen one held the database's lock."""
        self._hindered_until = time.time()

    def look(self) -> None:
        """Compare with the last look."""
        here, now = {row.beat_id: row for row in self.running()}, time.time()
        for beat_id, row in here.items():
            late = now - max(row.until, self._hindered_until)
            if late > 0:
                self.overdue[beat_id] = max(self.overdue.get(beat_id, 0.0), late)
        for beat_id, row in self._last.items():
            died = self._deaths.get(row.pid)
            after = here.get(beat_id)
            if after is not None and after.owner != row.owner:
                self.takeovers += 1
            if died is not None and (after is None or after.owner != row.owner):
                orphaned = now - max(died, self._hindered_until)
                self.orphaned[beat_id] = max(self.orphaned.get(beat_id, 0.0), orphaned)
        self._last = here

    def is_locked(self, tries: int = 12) -> bool:
        """Whether somebody holds the write lock and does not let go."""
        connection = sqlite3.connect(self.path, timeout=0, isolation_level=None)
        try:
            for _ in range(tries):
                try:
                    connection.execute("BEGIN IMMEDIATE")
                except sqlite3.OperationalError:
                    time.sleep(0.04)
                else:
                    connection.execute("ROLLBACK")
                    return False
            return True
        finally:
            connection.close()

    def is_calm(self, within: float) -> bool:
        """Whether no slot and no beat has waited for longer than ``within`` to be taken up."""
        since = time.time() - within
        limit = datetime.fromtimestamp(since, UTC).strftime(FORMAT)
        query = "SELECT count(*) FROM thread WHERE next_due <= ?"
        (waiting,) = self._connection.execute(query, (limit,)).fetchone()
        return not waiting and all(row.until > since for row in self.running())
