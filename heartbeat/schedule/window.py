"""Active hours: a daily window of local time in an IANA zone."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_CLOCK = re.compile(r"(\d{1,2})(?::([0-5]\d))?", re.ASCII)
_BETWEEN = re.compile(r"\s*[-–]\s*")
END_OF_DAY = 24 * 60
TIME = "a time like 09:05, from 00:00 to 23:59, or an hour"
TIME_TO_END = "a time like 09:05, from 00:00 to 24:00, or an hour"


def parse_minute(value: object, *, end: bool) -> int:
    """Parse a time of day into its minute, 0..1439; ``24:00`` (1440) is allowed only if ``end`` is true.

    Accepts an hour as an integer, and text such as ``09:05``, ``9:05``, ``9`` or ``24:00``.

    Raises:
        ValueError: not a time of day.
    """
    last = END_OF_DAY if end else END_OF_DAY - 1
    minute = _minute(value)
    if minute is None or not 0 <= minute <= last:
        raise ValueError(f"{value!r:.60} is not a time of day; allowed: {TIME_TO_END if end else TIME}")
    return minute


def _minute(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value * 60
    match = _CLOCK.fullmatch(value.strip()) if isinstance(value, str) else None
    return int(match[1]) * 60 + int(match[2] or 0) if match else None


def split_hours(text: str) -> dict[str, str]:
    """Split ``08:00-23:00`` into ``start`` and ``end``, without checking that they are times.

    Raises:
        ValueError: not two texts with a dash between them.
    """
    bounds = _BETWEEN.split(text.strip())
    if len(bounds) != 2:
        raise ValueError(f"{text!r:.80} is not a window; allowed: START-END, such as 08:00-23:00")
    return {"start": bounds[0], "end": bounds[1]}


def format_minute(minute: int) -> str:
    """Format a minute of the day as ``HH:MM``."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def parse_zone(name: object) -> ZoneInfo:
    """Return the time zone of an IANA name.

    Raises:
        ValueError: no such zone.
    """
    if not isinstance(name, str) or name not in _zone_names():
        raise ValueError(
            f"{name!r} is not a known time zone; allowed: an IANA name such as UTC or Europe/Berlin"
        )
    return ZoneInfo(name)


def format_local(instant: datetime, timezone: str) -> str:
    """Format an instant in an IANA zone, to the minute: ``Tue 2026-11-03 08:00 Europe/Berlin``."""
    return f"{instant.astimezone(parse_zone(timezone)):%a %Y-%m-%d %H:%M} {timezone}"


def in_window(instant: datetime, *, start: int, end: int, zone: ZoneInfo) -> bool:
    """Return whether the local time of ``instant`` lies in [start, end).

    ``start`` and ``end`` are minutes of the day; a window with ``start > end`` spans midnight.
    """
    local = instant.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if start < end:
        return start <= minute < end
    return minute >= start or minute < end
