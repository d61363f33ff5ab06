"""Due instants: the slots inside windows, and the start of each window without a slot."""

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
"""How far ahead to search for a due instant, in seconds: every daily window opens at least once within a year."""


@dataclass(frozen=True, slots=True)
class Missed:
    """A range of due instants that have passed, in UTC.

    ``first`` to ``newest`` are all ``count`` instants. A catch-up beat runs for ``newest``; the other
    ``count - 1`` instants are ``first`` to ``last``. ``last`` is None if there are no others.
    """

    first: datetime
    last: datetime | None
    count: int
    newest: datetime


def next_due(plan: Plan, after: datetime) -> datetime | None:
    """Return the first due instant strictly after ``after``; None if there is none within 370 days.

    Raises:
        ValueError: ``after`` is naive.
    """
    second = to_unix(after)
    return next((from_unix(run[0]) for run in _due(plan, second, second + _HORIZON)), None)


def due_between(plan: Plan, after: datetime, until: datetime, limit: int) -> list[datetime]:
    """Return the first ``limit`` due instants in (after, until].

    Raises:
        ValueError: an instant is naive, or ``limit`` is negative.
    """
    runs = _due(plan, to_unix(after), to_unix(until))
    return [from_unix(second) for second in islice(chain.from_iterable(runs), limit)]


def upcoming(plan: Plan, after: datetime, n: int) -> list[datetime]:
    """Return the next ``n`` due instants strictly after ``after``; fewer only at the end of the calendar.

    Raises:
        ValueError: ``after`` is naive, or ``n`` is negative.
    """
    second = to_unix(after)
    runs = _due(plan, second, second + n * _HORIZON)
    return [from_unix(found) for found in islice(chain.from_iterable(runs), n)]


def missed(plan: Plan, last: datetime, now: datetime) -> Missed | None:
    """Return the due instants in (last, now]; None if there are none.

    Counts whole windows instead of slots, so that a gap of years takes milliseconds.

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
    """Yield the due unix seconds in (after, until] as one range for each window that has any."""
    for opens, closes in spans(plan, after, until):
        slot = first_slot(opens, every=plan.every, phase=plan.phase)
        due = range(slot, closes, plan.every) or range(opens, opens + 1)
        run = due[bisect_right(due, after) : bisect_right(due, until)]
        if run:
            yield run
