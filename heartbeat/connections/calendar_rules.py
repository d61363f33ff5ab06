"""Prepare the events of a calendar, so that counting out their occurrences neither fails nor takes for ever."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import TYPE_CHECKING

from heartbeat.text import first_line

if TYPE_CHECKING:
    from ical.event import Event
    from ical.types.recur import Recur

CANDIDATES = 100_000
"""Instants of one rule that are counted up to today; counting takes about a second for 60,000."""
_A_DAY = {"SECONDLY": 86_400, "MINUTELY": 1_440, "HOURLY": 24}


@dataclass(frozen=True)
class Unusable:
    """An event that is left out, and why."""

    title: str
    said: str


def prepared(events: Sequence[Event], zone: tzinfo, until: datetime) -> Iterator[Event | Unusable]:
    """Yield each event, or why its occurrences cannot be counted out up to ``until``.

    ``zone`` is that of instants without one.
    """
    series = {event.uid: event for event in events if event.rrule is not None and event.dtstart is not None}
    for event in events:
        try:
            yield _prepared(event, series.get(event.uid), zone, until)
        except (ValueError, ArithmeticError, AttributeError, TypeError, LookupError) as error:
            # The library raises any of these at starts that are missing, or instants that no calendar has.
            yield Unusable(event.summary or "", first_line(str(error), 200))


def _prepared(event: Event, series: Event | None, zone: tzinfo, until: datetime) -> Event | Unusable:
    title = event.summary or ""
    if event.dtstart is None:
        return Unusable(title, "it has no start")
    made = event
    if event.rrule is not None:
        if _candidates(event.rrule, event.dtstart, zone, until) > CANDIDATES:
            return Unusable(title, "it recurs too often since it began")
    elif event.recurrence_id and series is not None:
        made = event.model_copy(update={"recurrence_id": _within(series, str(event.recurrence_id))})
    # What cannot be counted is found here, before it would stop all others.
    made.timespan_of(zone)
    instants = made.as_rrule()
    if instants is not None:
        next(iter(instants), None)
    return made


def _candidates(rule: Recur, starts: date, zone: tzinfo, until: datetime) -> float:
    """Return about how many instants of a rule are looked at up to ``until``."""
    a_day = float(_A_DAY.get(str(getattr(rule.freq, "value", rule.freq)), 1)) / max(rule.interval or 1, 1)
    for each in (rule.by_hour, rule.by_minute, rule.by_second):
        a_day *= max(len(each or ()), 1)
    return a_day * max((until - _instant(starts, zone)) / timedelta(days=1), 0)


def _within(series: Event, recurrence_id: str) -> str:
    """Return which instant of a series is meant, in the form of the series: some name it in UTC."""
    starts = series.dtstart
    if not recurrence_id.endswith("Z") or not isinstance(starts, datetime):
        return recurrence_id
    at = datetime.strptime(recurrence_id, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    local = at.astimezone(starts.tzinfo) if starts.tzinfo is not None else at
    return local.strftime("%Y%m%dT%H%M%S")


def _instant(value: date, zone: tzinfo) -> datetime:
    at = value if isinstance(value, datetime) else datetime.combine(value, time())
    return at if at.tzinfo is not None else at.replace(tzinfo=zone)
