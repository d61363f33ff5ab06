"""Due instants: the slots inside windows, and the opening of a window that holds none."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from heartbeat.schedule.grid import first_slot
from heartbeat.schedule.plan import Plan
from heartbeat.schedule.spans import spans
from heartbeat.schedule.unix import from_unix, to_unix

_HORIZON = 370 * 86_400
"""Seconds ahead in which a due instant is looked for: any daily window opens within a year, whatever clocks do."""


@dataclass(frozen=True, slots=True)
class Missed:
    """Due instants that went by, in UTC.

    ``first`` to ``newest`` are all of them, ``count`` in number. ``last`` is the newest but one, so that
    ``first`` to ``last`` are the ``count - 1`` a catch-up beat at ``newest`` leaves over; None where it leaves none.
    """

    first: datetime
    last: datetime | None
    count: int
    newest: datetime


def next_due(plan: Plan, after: datetime) -> datetime | None:
    """Return the first due instant strictly after ``after``; None where none comes within 370 days.

    Raises:
        ValueError: ``after`` is naive.
    """
    second = to_unix(after)
    return next((from_unix(run[0]) for run in _due(plan, second, second + _HORIZON)), None)


def due_between(plan: Plan, after: datetime, until: datetime, limit: int) -> list[datetime]:
    """Return the first ``limit`` due instants after ``after``, up to and including ``until``.

    Raises:
        ValueError: an instant is naive, or ``limit`` is negative.
    """
    runs = _due(plan, to_unix(after), to_unix(until))
    return [from_unix(second) for second in islice(chain.from_iterable(runs), limit)]


def upcoming(plan: Plan, after: datetime, n: int) -> list[datetime]:
    """Return the next ``n`` due instants strictly after ``after``; fewer only where the calendar ends.

    Raises:
        ValueError: ``after`` is naive, or ``n`` is negative.
    """
    second = to_unix(after)
    runs = _due(plan, second, second + n * _HORIZON)
    return [from_unix(found) for found in islice(chain.from_iterable(runs), n)]


def missed(plan: Plan, last: datetime, now: datetime) -> Missed | None:
    """Return the due instants after ``last``, up to and including ``now``; None where there are none.

    Counts by window, never by slot, so that years away cost milliseconds.

    Raises:
        ValueError: an instant is naive.
    """
    first = newest_but_one = newest = None
    count = 0
    for run in _due(plan, to_unix(last), to_unix(now)):
        first = run[0] if first is None else first
        newest_but_one = run[-2] if len(run) > 1 else newest
        newest = run[-1]
        count += len(run)
    if first is None or newest is None:
        return None
    before = None if newest_but_one is None else from_unix(newest_but_one)
    return Missed(first=from_unix(first), last=before, count=count, newest=from_unix(newest))


def _due(plan: Plan, after: int, until: int) -> Iterator[range]:
    """Yield the due unix seconds in (after, until], one run for each window that has any there."""
    for opens, closes in spans(plan, after, until):
        slot = first_slot(opens, every=plan.every, phase=plan.phase)
        due = range(slot, closes, plan.every) or range(opens, opens + 1)
        run = due[bisect_right(due, after) : bisect_right(due, until)]
        if run:
            yield run
