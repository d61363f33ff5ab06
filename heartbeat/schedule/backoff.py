"""The delays before a failed slot is retried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from heartbeat.schedule.unix import to_unix

_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 300, 900, 3600))


def retry_after(attempt: int) -> timedelta:
    """Return the delay after attempt number ``attempt``, counted from 1: 30 s, 60 s, 5 min, 15 min, then 60 min.

    Raises:
        ValueError: ``attempt`` is below 1.
    """
    if attempt < 1:
        raise ValueError(f"attempt {attempt} is out of range; allowed: 1 or more")
    return _DELAYS[min(attempt, len(_DELAYS)) - 1]


def next_attempt(attempts: int, at: datetime, next_slot: datetime | None) -> datetime | None:
    """Return when a slot is retried, in UTC; None if the next slot is due by then.

    ``attempts`` were made so far, and the last one ended ``at``. ``next_slot`` is None if no slot follows.

    Raises:
        ValueError: an instant is naive, or ``attempts`` is below 1.
    """
    for instant in (at, next_slot):
        if instant is not None:
            to_unix(instant)
    again = at.astimezone(UTC) + retry_after(attempts)
    return again if next_slot is None or again < next_slot else None
