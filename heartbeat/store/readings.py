"""Readings: what a model read lines of instructions as, kept over restarts and for all processes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, delete, select

from heartbeat.store.tables import Reading

KEPT = timedelta(days=30)
"""How long a reading counts: a model of the same name may be another one by then."""
LIMIT = 10_000
"""Readings that are kept; the oldest goes first."""


def get(session: Session, digest: str, now: datetime) -> tuple[dict[str, Any], datetime] | None:
    """Return the answer that is kept and when it was given, if that counts still."""
    row = session.get(Reading, digest)
    return (row.answer, row.at) if row and counts(row.at, now) else None


def counts(at: datetime, now: datetime) -> bool:
    """Whether an answer given then is not too old; one from the future is left by a clock set back."""
    return timedelta(0) <= now - at < KEPT


def keep(session: Session, digest: str, answer: dict[str, Any], now: datetime) -> None:
    """Keep an answer in place of the one before, and forget those that are too old or too many."""
    session.merge(Reading(digest=digest, answer=answer, at=now))
    session.flush()
    newest = select(Reading.at).order_by(col(Reading.at).desc()).offset(LIMIT).limit(1)
    full_since = session.exec(newest).first()
    too_old = now - KEPT if full_since is None else max(now - KEPT, full_since)
    session.exec(delete(Reading).where(col(Reading.at) <= too_old))
