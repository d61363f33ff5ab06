"""Active hours: a daily window of local time in an IANA zone."""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")
END_OF_DAY = 24 * 60


def parse_minute(value: object, *, end: bool) -> int:
    """Return the minute of the day, 0..1439; ``24:00`` (1440) only where ``end`` is true.

    Raises:
        ValueError: neither ``HH:MM`` nor an hour as an integer.
    """
    allowed = "HH:MM from 00:00 to 24:00" if end else "HH:MM from 00:00 to 23:59"
    if isinstance(value, int) and not isinstance(value, bool):
        minute = value * 60 if 0 <= value <= 24 else None
    elif value == "24:00":
        minute = END_OF_DAY
    else:
        match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        minute = int(match[1]) * 60 + int(match[2]) if match else None
    if minute is None or (minute == END_OF_DAY and not end):
        raise ValueError(f"{value!r} is not a time of day; allowed: {allowed}, or an hour as an integer")
    return minute


def format_minute(minute: int) -> str:
    """Return ``HH:MM`` for a minute of the day."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


@cache
def _zone_names() -> frozenset[str]:
    return frozenset(available_timezones())


def parse_zone(name: object) -> ZoneInfo:
    """Return the IANA time zone of that name.

    Raises:
        ValueError: no such zone.
    """
    if not isinstance(name, str) or name not in _zone_names():
        raise ValueError(
            f"{name!r} is not a known time zone; allowed: an IANA name such as UTC or Europe/Berlin"
        )
    return ZoneInfo(name)


def in_window(instant: datetime, *, start: int, end: int, zone: ZoneInfo) -> bool:
    """Whether the local time of ``instant`` lies in [start, end), minutes of the day; may wrap midnight."""
    local = instant.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if start < end:
        return start <= minute < end
    return minute >= start or minute < end
