"""Days without a time: what lasts all day is on the same date wherever it is looked at.

Such a date is kept as the instant at which it begins in UTC; it begins for a thread at midnight of the thread's zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo

WEST, EAST = timezone(timedelta(hours=-12)), timezone(timedelta(hours=14))
"""The zones in which a day ends last and begins first."""


def of_date(day: date) -> datetime:
    """Return a date as it is kept: its midnight in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def begins(at: datetime, zone: tzinfo, *, all_day: bool) -> datetime:
    """Return the instant of ``at`` in UTC; if it is a date (``all_day``), when that begins in the zone.

    At the ends of the calendar, where that is no instant, it is the midnight in UTC.
    """
    if not all_day:
        return at
    try:
        return datetime.combine(at.astimezone(UTC).date(), time(), zone).astimezone(UTC)
    except OverflowError:
        return at


def day_after(day: datetime) -> datetime:
    """Return the next date of one that is kept; that itself at the end of the calendar."""
    return day if day.date() == date.max else day + timedelta(days=1)


def wall(at: datetime, zone: tzinfo) -> datetime:
    """Return what clocks show in the zone at an instant, as if they were in UTC.

    A date has begun in the zone if it is kept as no later than that.
    """
    return at.astimezone(zone).replace(tzinfo=UTC, fold=0)
