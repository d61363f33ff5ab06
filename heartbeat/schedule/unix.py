"""Conversion between instants and whole unix seconds, the unit in which the schedule counts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def to_unix(instant: datetime) -> int:
    """Return the unix second of ``instant``, rounded down.

    Raises:
        ValueError: ``instant`` is naive.
    """
    if instant.utcoffset() is None:
        raise ValueError(f"{instant.isoformat()} has no UTC offset; allowed: an aware datetime")
    return (instant - _EPOCH) // _SECOND


def from_unix(second: int) -> datetime:
    """Return the instant of a unix second, in UTC."""
    return _EPOCH + second * _SECOND


# Two days inside the range of datetime, so that local time is defined in every zone.
EARLIEST = to_unix(datetime(1, 1, 3, tzinfo=UTC))
LATEST = to_unix(datetime(9999, 12, 29, tzinfo=UTC))
