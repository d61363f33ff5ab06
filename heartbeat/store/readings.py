"""Readings: a model's answers about lines of instructions, cached in the database for all processes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select

from heartbeat.store.tables import Reading

KEPT = timedelta(days=30)
"""How long a reading is valid, since the model of a name may be replaced."""
LIMIT = 10_000
"""The largest number of readings that are kept; the oldest are deleted first."""


def get(session: Session, digest: str, now: datetime) -> tuple[dict[str, Any], datetime] | None:
    """Return the stored answer and its time, or None if there is no valid one."""
    row = session.get(Reading, digest)
    return (row.answer, row.at) if row and counts(row.at, now) else None


def counts(at: datetime, now: datetime) -> bool:
    """Return whether an answer of the instant ``at`` is valid.

    One later than ``now`` was written before the clock was set back, and is not.
    """
    return timedelta(0) <= now - at < KEPT


def keep(session: Session, digest: str, answer: dict[str, Any], now: datetime) -> None:
    """Store an answer in place of the previous one, and delete those that are too old or exceed `LIMIT`."""
    session.merge(Reading(digest=digest, answer=answer, at=now))
    session.flush()
    newest = select(Reading.at).order_by(col(Reading.at).desc()).offset(LIMIT).limit(1)
    full_since = session.exec(newest).first()
    too_old = now - KEPT if full_since is None else max(now - KEPT, full_since)
    session.exec(delete(Reading).where(col(Reading.at) <= too_old))
