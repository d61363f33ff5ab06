"""Count out the occurrences of one event of a calendar, with bounded work."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from datetime import time as time_of_day
from typing import TYPE_CHECKING, Any, Self

from heartbeat.schedule import days

if TYPE_CHECKING:
    from ical.event import Event
    from ical.types.recur import Recur

STEPS = 25_000
"""Steps and instants of one rule that are counted; these take half a second at most."""
SECONDS = 2.0
"""Seconds in which the occurrences of one event are counted out."""
OCCURRENCES = 200
"""Occurrences of one event that a window may hold; what recurs more often would push out all else."""
_TIMES_A_DAY = 1_440
_UNITS = {
    "YEARLY": timedelta(days=365),
    "MONTHLY": timedelta(days=28),
    "WEEKLY": timedelta(days=7),
    "DAILY": timedelta(days=1),
    "HOURLY": timedelta(hours=1),
    "MINUTELY": timedelta(minutes=1),
    "SECONDLY": timedelta(seconds=1),
}
"""The shortest time that one step of each frequency takes."""
_UNEVEN = ("YEARLY", "MONTHLY")
_TOO_OFTEN = "it recurs too often"


class UnusableError(Exception):
    """An event that has to be left out; the message is a clause that says why."""


class _BudgetSpentError(Exception):
    """A rule has made all steps that it may."""


@dataclass(frozen=True)
class Window:
    """A time from ``begin`` up to ``end``, both aware; ``zone`` is that of instants without one."""

    begin: datetime
    end: datetime
    zone: tzinfo

    def of_days(self) -> Window:
        """Return the window of dates, which are midnights in UTC.

        In the east a date begins 14 hours before that, and in the west it ends 12 hours later.
        """
        return Window(days.wall(self.begin, days.WEST), days.wall(self.end, days.EAST), UTC)

    def instant(self, value: date) -> datetime:
        """Return an instant in UTC; a day begins at midnight of the zone."""
        at = value if isinstance(value, datetime) else datetime.combine(value, time_of_day())
        return (at if at.tzinfo is not None else at.replace(tzinfo=self.zone)).astimezone(UTC)

    def holds(self, starts: datetime, ends: datetime) -> bool:
        """Return whether what lasts from ``starts`` to ``ends`` is not over and begins before the end."""
        return starts < self.end and (ends > self.begin or starts >= self.begin)

    def wall(self, at: datetime, like: datetime) -> datetime:
        """Return an instant as clocks show it in the zone of another one, without that zone."""
        return at.astimezone(like.tzinfo or self.zone).replace(tzinfo=None)


@dataclass(frozen=True)
class Occurrence:
    """One occurrence of an event; ``name`` tells it from the others of its series, None if it is no series."""

    starts: datetime
    ends: datetime
    name: str | None = None


def occurrences(
    event: Event,
    replaced: Collection[str],
    window: Window,
    monotonic: Callable[[], float] = time.monotonic,
) -> list[Occurrence]:
    """Return the occurrences of an event within a window; those that are ``replaced`` by other events are not.

    Raises:
        UnusableError: there are too many, or counting them takes too long.
        ValueError, ArithmeticError, AttributeError, TypeError, LookupError: the library cannot count them, for
            instance since an instant has a year that no calendar has.
    """
    if event.dtstart is None:
        raise UnusableError("it has no start")
    if not isinstance(event.start, datetime):
        window = window.of_days()
    if event.rrule is None and not event.rdate:
        starts, ends = window.instant(event.start), window.instant(event.end)
        name = event.recurrence_id and str(event.recurrence_id)
        return [Occurrence(starts, ends, name)] if window.holds(starts, ends) else []
    duration = event.end - event.start
    found: list[Occurrence] = []
    for begins, ends_at in _instants(event, duration, window, monotonic):
        starts = window.instant(begins)
        if starts >= window.end:
            continue
        ends = window.instant(begins + duration if ends_at is None else ends_at)
        name = name_of(begins)
        if name in replaced or not window.holds(starts, ends):
            continue
        if len(found) == OCCURRENCES:
            raise UnusableError(_TOO_OFTEN)
        found.append(Occurrence(starts, ends, name))
    return found


def name_of(begins: date) -> str:
    """Return which instant of a series is meant, as RECURRENCE-ID names it in the zone of the series."""
    return begins.strftime("%Y%m%dT%H%M%S" if isinstance(begins, datetime) else "%Y%m%d")


def _instants(
    event: Event, duration: timedelta, window: Window, monotonic: Callable[[], float]
) -> Iterator[tuple[date, date | None]]:
    """Yield the instants at which an event begins, in no order, and where it ends if that is said."""
    start = event.start
    is_day = not isinstance(start, datetime)
    is_local = isinstance(start, datetime) and start.tzinfo is None

    def alike(value: date) -> date:
        """Return an instant in the form of the start, with which it is compared."""
        if is_day and isinstance(value, datetime):
            return value.date()
        return value.replace(tzinfo=None) if is_local and isinstance(value, datetime) else value

    left_out = {alike(each) for each in event.exdate}
    seen: set[date] = set()
    for each in event.rdate:
        # A period has a start and an end of its own.
        begins = alike(each if isinstance(each, date) else each.start)
        if begins not in left_out and begins not in seen:
            seen.add(begins)
            yield begins, None if isinstance(each, date) else each.end_value
    if event.rrule is None:
        return
    for value in _counted(event.rrule, start, duration, window, monotonic):
        begins = alike(value)
        if begins not in left_out and begins not in seen:
            # Hours of a rule come to the same day where the start is a day.
            seen.add(begins)
            yield begins, None


def _counted(
    rule: Recur, start: date, duration: timedelta, window: Window, monotonic: Callable[[], float]
) -> Iterator[datetime]:
    """Yield the instants of a rule, up to the end of the window at least."""
    interval = rule.interval
    if interval < 1:
        raise UnusableError("its interval is less than 1")
    freq = str(getattr(rule.freq, "value", rule.freq))
    times = 1
    for each in (rule.by_hour, rule.by_minute, rule.by_second):
        times *= max(len(set(each or ())), 1)
    if times > _TIMES_A_DAY:
        raise UnusableError(_TOO_OFTEN)
    first = start if isinstance(start, datetime) else datetime.combine(start, time_of_day())
    unit = _UNITS[freq] * min(interval, 100_000)
    made: Any = rule.as_rrule(start)
    if rule.count is None and freq not in _UNEVEN:
        first = _near(first, unit, duration, window)
    end = window.wall(window.end, first) + timedelta(days=1)
    needed = int(max((end - first.replace(tzinfo=None)) / unit, 0)) + 3
    if min(needed, rule.count or needed) > STEPS:
        raise UnusableError(_TOO_OFTEN)
    budget = _Budget(min(needed, STEPS), monotonic, monotonic() + SECONDS)
    counting = made.replace(dtstart=first, interval=_Interval.of(interval, budget), cache=False)
    yield from _within(counting, needed, end)


def _within(counting: Iterable[datetime], needed: int, end: datetime) -> Iterator[datetime]:
    """Yield the instants of a rule up to ``end`` on its clock, or until it has made the steps that lead there.

    Raises:
        UnusableError: they are too many.
    """
    instants = iter(counting)
    for _ in range(STEPS):
        try:
            at = next(instants, None)
        except _BudgetSpentError:
            if needed > STEPS:
                raise UnusableError(_TOO_OFTEN) from None
            return
        if at is None or at.replace(tzinfo=None) > end:
            return
        yield at
    raise UnusableError(_TOO_OFTEN)


def _near(first: datetime, unit: timedelta, duration: timedelta, window: Window) -> datetime:
    """Return the start of a rule moved by whole steps to just before the window.

    Years and months have no fixed length, and where a rule has a COUNT each instant has to be counted.
    """
    begin = window.wall(window.begin, first) - timedelta(days=1) - max(duration, timedelta(0))
    steps = (begin - first.replace(tzinfo=None)) // unit - 1
    return first + steps * unit if steps > 0 else first


@dataclass
class _Budget:
    """The steps that a rule may make, and until when."""

    steps: int
    monotonic: Callable[[], float]
    end: float

    def spend(self) -> None:
        if self.steps <= 0:
            raise _BudgetSpentError
        self.steps -= 1
        if self.monotonic() > self.end:
            raise UnusableError("counting out its occurrences takes too long")


class _Interval(int):
    """The interval of a rule, which ends it when its budget is spent.

    The library looks for the next instant up to the year 9999, also where no day fits a rule, and takes no limit. It
    adds the interval once a step, or multiplies it for weeks, whatever the frequency is.
    """

    budget: _Budget

    @classmethod
    def of(cls, interval: int, budget: _Budget) -> Self:
        made = cls(interval)
        made.budget = budget
        return made

    def __radd__(self, other: int) -> int:
        self.budget.spend()
        return int(self) + other

    def __mul__(self, other: int) -> int:
        self.budget.spend()
        return int(self) * other


def in_form_of(series: Event, override: Event) -> Event:
    """Return an event that replaces an instant of a series, naming it as the series does: some name it in UTC."""
    starts, name = series.dtstart, str(override.recurrence_id)
    if not name.endswith("Z") or not isinstance(starts, datetime):
        return override
    at = datetime.strptime(name, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    local = at.astimezone(starts.tzinfo) if starts.tzinfo is not None else at
    return override.model_copy(update={"recurrence_id": name_of(local)})
