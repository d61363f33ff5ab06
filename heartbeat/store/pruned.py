"""The slots of beats that were deleted since they were old, so that a clock that is set back finds them.

They are kept as ranges ``[first, last]`` of ISO 8601 instants, in order and apart, in ``thread.pruned_slots``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, NamedTuple

from heartbeat.store.columns import instant_of

RANGES = 20
"""The most ranges that a thread keeps; where there are more, those that are nearest become one."""


class Span(NamedTuple):
    """Slots from ``first`` to ``last``."""

    first: datetime
    last: datetime


def covering(stored: Sequence[Any], slot: datetime) -> datetime | None:
    """Return the last slot of the range that holds a slot, or None."""
    return next((each.last for each in spans(stored) if each.first <= slot <= each.last), None)


def with_more(stored: Sequence[Any], more: Iterable[Span], hole: timedelta) -> list[list[str]]:
    """Return the ranges with more spans in them; two become one where no more than ``hole`` lies between them.

    A longer hole stays: it may be time that a wrong clock has skipped, and in which the thread is to beat.
    """
    ranges: list[Span] = []
    for each in sorted([*spans(stored), *more]):
        if ranges and each.first - ranges[-1].last <= hole:
            ranges[-1] = Span(ranges[-1].first, max(ranges[-1].last, each.last))
        else:
            ranges.append(each)
    while len(ranges) > RANGES:
        gaps = [later.first - earlier.last for earlier, later in pairwise(ranges)]
        at = gaps.index(min(gaps))
        ranges[at : at + 2] = [Span(ranges[at].first, ranges[at + 1].last)]
    return [[each.first.isoformat(), each.last.isoformat()] for each in ranges]


def spans(stored: Sequence[Any]) -> list[Span]:
    """Return the ranges.

    Raises:
        ValueError: something is no pair of times; so does TypeError.
    """
    return [Span(instant_of(first), instant_of(last)) for first, last in stored]
