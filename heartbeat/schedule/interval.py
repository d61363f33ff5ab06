"""Intervals as people write them: ``1800``, ``90s``, ``30m``, ``1h30m``, ``4h``, ``1d``."""

from __future__ import annotations

import re

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(?P<d>\d{1,6})d)?(?:(?P<h>\d{1,6})h)?(?:(?P<m>\d{1,6})m)?(?:(?P<s>\d{1,6})s)?")
MINIMUM = 60
MAXIMUM = 86_400


def parse_interval(value: object, *, minimum: int = MINIMUM, maximum: int = MAXIMUM) -> int:
    """Parse an interval into whole seconds.

    Accepts an integer number of seconds, or days, hours, minutes and seconds in that order, without spaces.

    Raises:
        ValueError: not an interval, or outside ``minimum``..``maximum`` seconds.
    """
    allowed = f"{minimum} to {maximum} seconds, or text like 90s, 30m, 1h30m, 4h, 1d"
    seconds = _seconds(value)
    if seconds is None:
        raise ValueError(f"{value!r:.60} is not an interval; allowed: {allowed}")
    if not minimum <= seconds <= maximum:
        raise ValueError(f"{value!r:.60} is out of range; allowed: {allowed}")
    return seconds


def _seconds(value: object) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if not isinstance(value, str) or not value.isascii():
        return None
    if value.isdigit():
        return int(value) if len(value) <= 9 else None
    match = _DURATION.fullmatch(value)
    if not value or match is None:
        return None
    return sum(int(number) * _UNITS[unit] for unit, number in match.groupdict().items() if number)
