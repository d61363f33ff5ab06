"""Windows: maximal ranges of instants whose local time lies in [start, end)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from heartbeat.schedule.offsets import offsets
from heartbeat.schedule.plan import Plan
from heartbeat.schedule.unix import EARLIEST, LATEST, from_unix, to_unix

_DAY = 86_400
_MARGIN = 4 * _DAY
"""Seconds, longer than any window that closes: it closes each local day, and no zone has repeated more than one."""


@dataclass(frozen=True, slots=True)
class Window:
    """Instants from ``opens`` (inclusive) to ``closes`` (exclusive), in UTC."""

    opens: datetime
    closes: datetime


def windows(plan: Plan, after: datetime, until: datetime) -> Iterator[Window]:
    """Yield the whole windows that close after ``after`` and open at or before ``until``, in order.

    A plan that is always open has one window, from the first year of the calendar to its last.

    Raises:
        ValueError: an instant is naive.
    """
    bounds = to_unix(after), to_unix(until)
    return (Window(from_unix(opens), from_unix(closes)) for opens, closes in spans(plan, *bounds))


def spans(plan: Plan, after: int, until: int) -> Iterator[tuple[int, int]]:
    """Yield the same windows as `windows`, in unix seconds."""
    if plan.start is None or plan.end is None or plan.always:
        yield EARLIEST, LATEST
        return
    begin, end = max(after - _MARGIN, EARLIEST), min(until + _MARGIN, LATEST)
    for opens, closes in _joined(_open_ranges(plan.zone, plan.start, plan.end, begin, end)):
        if opens > until:
            return
        if closes > after:
            yield opens, closes


def _open_ranges(zone: str, start: int, end: int, begin: int, until: int) -> Iterator[tuple[int, int]]:
    """Yield the open ranges of [begin, until), one for each local day and UTC offset."""
    length = (end - start) * 60 % _DAY
    for first, last, offset in offsets(zone, begin, until):
        day_before = (first + offset) // _DAY - 1  # its window may wrap into this day
        opening = day_before * _DAY + start * 60 - offset
        for opens in range(opening, last, _DAY):
            if opens + length > first:
                yield max(opens, first), min(opens + length, last)


def _joined(ranges: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join adjacent ranges."""
    first = next(ranges, None)
    if first is None:
        return
    opens, closes = first
    for next_opens, next_closes in ranges:
        if next_opens > closes:
            yield opens, closes
            opens = next_opens
        closes = next_closes
    yield opens, closes
