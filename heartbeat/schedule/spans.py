"""Windows: maximal stretches of instants whose local time lies in [start, end)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from heartbeat.schedule.offsets import offsets
from heartbeat.schedule.plan import Plan
from heartbeat.schedule.unix import EARLIEST, LATEST, from_unix, to_unix

_DAY = 86_400
_MARGIN = 4 * _DAY
"""Seconds, longer than any window that closes: each local day closes it, and no zone ever repeated more than one."""


@dataclass(frozen=True, slots=True)
class Window:
    """Instants from ``opens`` (inclusive) to ``closes`` (exclusive), in UTC."""

    opens: datetime
    closes: datetime


def windows(plan: Plan, after: datetime, until: datetime) -> Iterator[Window]:
    """Yield the windows that close after ``after`` and open at or before ``until``, whole and in order.

    A plan that is always open has one window, from the first year of the calendar to its last.

    Raises:
        ValueError: an instant is naive.
    """
    bounds = to_unix(after), to_unix(until)
    return (Window(from_unix(opens), from_unix(closes)) for opens, closes in spans(plan, *bounds))


def spans(plan: Plan, after: int, until: int) -> Iterator[tuple[int, int]]:
    """Yield windows as ``windows`` does, in unix seconds."""
    if plan.start is None or plan.end is None or plan.always:
        yield EARLIEST, LATEST
        return
    begin, end = max(after - _MARGIN, EARLIEST), min(until + _MARGIN, LATEST)
    for opens, closes in _joined(_stretches(plan.zone, plan.start, plan.end, begin, end)):
        if opens > until:
            return
        if closes > after:
            yield opens, closes


def _stretches(zone: str, start: int, end: int, begin: int, until: int) -> Iterator[tuple[int, int]]:
    """Yield the open instants of [begin, until), cut at midnights and changes of the offset as they fall."""
    length = (end - start) * 60 % _DAY
    for first, last, offset in offsets(zone, begin, until):
        day_before = (first + offset) // _DAY - 1  # its window may wrap into this day
        opening = day_before * _DAY + start * 60 - offset
        for opens in range(opening, last, _DAY):
            if opens + length > first:
                yield max(opens, first), min(opens + length, last)


def _joined(stretches: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Join stretches that touch."""
    stretch = next(stretches, None)
    if stretch is None:
        return
    opens, closes = stretch
    for next_opens, next_closes in stretches:
        if next_opens > closes:
            yield opens, closes
            opens = next_opens
        closes = next_closes
    yield opens, closes
