"""Rows as the referee reads them: by plain SQL, past everything that is under test."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

_COLUMNS = (
    "id, thread_id, trigger, slot, last_slot, missed, status, reason, attempts, started_at, finished_at, fence,"
    " retry_at, takeovers, lease_until, approval, expires_at, json_extract(action, '$.target')"
)


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


@dataclass(frozen=True)
class Row:
    """One beat."""

    id: int
    thread_id: str
    trigger: str
    slot: datetime | None
    last_slot: datetime | None
    missed: int
    status: str
    reason: str | None
    attempts: list[Any]
    started_at: datetime
    finished_at: datetime | None
    fence: int
    retry_at: datetime | None
    takeovers: int
    lease_until: datetime | None
    answer: str | None
    """What a person said to what it asked."""
    has_asked: bool
    place: str | None
    """Where what it asks for would go."""

    @property
    def is_open(self) -> bool:
        return self.status in {"running", "awaiting_approval"}

    @property
    def newest(self) -> datetime:
        assert self.slot is not None
        return self.last_slot or self.slot

    def covers(self, slot: datetime) -> bool:
        return self.slot is not None and self.slot <= slot <= self.newest

    def __str__(self) -> str:
        reason = f"/{self.reason}" if self.reason else ""
        slots = f" {_short(self.slot)}" if self.slot else ""
        if self.last_slot:
            slots += f"..{_short(self.last_slot)} ({self.missed})"
        again = f" again {_short(self.retry_at)}" if self.retry_at else ""
        return f"#{self.id} {self.thread_id} {self.trigger}{slots} {self.status}{reason} fence {self.fence}{again}"


def _short(instant: datetime | None) -> str:
    return "-" if instant is None else f"{instant:%d %H:%M:%S}"


class Mirror:
    """Reads what has changed since it last looked."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql
        self._seen = 0

    def changes(self) -> tuple[set[int], list[int], set[str]]:
        """Return the beats that changed, the beats that got an action, and the threads paused or resumed."""
        beats, acted, threads = set(), [], set()
        query = "SELECT id, kind, ref FROM sim_log WHERE id > ? ORDER BY id"
        for number, kind, ref in self._sql.execute(query, (self._seen,)).fetchall():
            self._seen = number
            if kind == "beat":
                beats.add(int(ref))
            elif kind == "action":
                acted.append(int(ref))
            elif kind == "thread":
                threads.add(str(ref))
        return beats, acted, threads

    def row(self, beat_id: int) -> Row | None:
        """Return a beat."""
        found = self._sql.execute(f"SELECT {_COLUMNS} FROM beat WHERE id = ?", (beat_id,)).fetchone()
        return None if found is None else _row(found)

    def rows(self) -> dict[int, Row]:
        """Return all beats."""
        return {each[0]: _row(each) for each in self._sql.execute(f"SELECT {_COLUMNS} FROM beat")}

    def paused(self, thread_id: str) -> str | None:
        """Return why a thread is paused."""
        found = self._sql.execute("SELECT paused_reason FROM thread WHERE id = ?", (thread_id,)).fetchone()
        return None if found is None else cast("str | None", found[0])

    def next_due(self, thread_id: str) -> datetime | None:
        """Return the stored next slot of a thread."""
        found = self._sql.execute("SELECT next_due FROM thread WHERE id = ?", (thread_id,)).fetchone()
        return found and _instant(found[0])


def _row(found: tuple[Any, ...]) -> Row:
    (number, thread, trigger, slot, last, missed, status, reason, attempts, started, finished, *rest) = found
    fence, retry, takeovers, lease, approval, expires_at, place = rest
    started_at = _instant(started)
    assert started_at is not None
    return Row(
        number,
        thread,
        trigger,
        _instant(slot),
        _instant(last),
        missed,
        status,
        reason,
        json.loads(attempts),
        started_at,
        _instant(finished),
        fence,
        _instant(retry),
        takeovers,
        _instant(lease),
        json.loads(approval)["answer"] if approval else None,
        expires_at is not None,
        place,
    )
