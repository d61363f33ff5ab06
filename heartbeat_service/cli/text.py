"""Format times, intervals and counts for people."""

from __future__ import annotations

from datetime import datetime, timedelta

_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1))


def age(then: datetime, now: datetime) -> str:
    """Return the time since ``then`` in words."""
    past = max(now - then, timedelta(0))
    if past < timedelta(minutes=2):
        return "just now"
    if past < timedelta(hours=2):
        return f"{past // timedelta(minutes=1)} min ago"
    if past < timedelta(days=2):
        return f"{past // timedelta(hours=1)} h ago"
    return f"{past.days} days ago"


def stamp(instant: datetime) -> str:
    """Format an instant in UTC to the second."""
    return f"{instant:%Y-%m-%d %H:%M:%S}"


def interval(seconds: int) -> str:
    """Format seconds as a thread's config accepts them, such as ``1h30m``."""
    parts = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0s"
