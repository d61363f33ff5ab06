"""Instants that people and programs give: with a zone, and in years that every calculation can go beyond."""

from __future__ import annotations

from datetime import UTC, datetime

FIRST_YEAR, LAST_YEAR = 1970, 9000
YEARS = f"the years {FIRST_YEAR} to {LAST_YEAR}"


def to_utc(instant: datetime) -> datetime:
    """Return an aware instant in UTC.

    Raises:
        ValueError: it is naive, or in another year than `YEARS`; the message says what is allowed.
    """
    if instant.utcoffset() is None:
        raise ValueError("allowed: an instant with a zone")
    # One year more on each side, since the zone may change it; beyond that it may not be convertible.
    near = FIRST_YEAR - 1 <= instant.year <= LAST_YEAR + 1
    if not near or not FIRST_YEAR <= instant.astimezone(UTC).year <= LAST_YEAR:
        raise ValueError(f"allowed: {YEARS}")
    return instant.astimezone(UTC)


def in_years(instant: datetime) -> datetime:
    """Return an instant that `to_utc` takes, with its own zone.

    Raises:
        ValueError: see `to_utc`.
    """
    to_utc(instant)
    return instant


def parse_instant(text: str) -> datetime:
    """Return the instant of an ISO 8601 text with a zone, in UTC.

    Raises:
        ValueError: it is none, or in another year than `YEARS`.
    """
    return to_utc(datetime.fromisoformat(text))
