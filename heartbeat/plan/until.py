"""Work out when an order of the owner ends, from what its message says and from when it was said."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from heartbeat.plan.rule import Minute, Until, Weekday

NUMBER_LIMIT = 1_000
_YEARS = 8
"""Years in which the 29th of February comes at least once."""


class UntilWord(StrEnum):
    """How a message says when its order ends; the words differ in their first token."""

    NEXT = "next"
    """With the owner's next message."""
    TODAY = "today"
    """When the day is over."""
    TOMORROW = "tomorrow"
    """At a time of the next day, or when it begins."""
    DAY = "day"
    """On a day of the week."""
    DATE = "date"
    """On a day of a month."""
    TIME = "time"
    """At a time of day, whenever that comes next."""
    MINUTES = "minutes"
    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    NONE = "none"
    """It does not say."""


class UntilForm(BaseModel):
    """When an order ends as its message says it, in relation to when it was said.

    ``number`` is how many minutes, hours, days or weeks; ``weekday`` counts from Monday, which is 0; ``clock`` is a
    minute of the day; ``day`` is one of a ``month``, or of any month where none is named.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    until: UntilWord
    number: int | None = Field(None, ge=1, le=NUMBER_LIMIT)
    weekday: Weekday | None = None
    clock: Minute | None = None
    month: Annotated[int, Field(ge=1, le=12)] | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        """Check that what the word needs is there; what it does not use is ignored."""
        for name in _NEEDS.get(self.until, ()):
            if getattr(self, name) is None:
                raise ValueError(f"{self.until} needs a {name}")
        if self.day is not None and self.month is not None and self.day > _DAYS_OF[self.month - 1]:
            raise ValueError(f"month {self.month} has no day {self.day}")
        return self


_NEEDS: dict[UntilWord, tuple[str, ...]] = {
    UntilWord.DAY: ("weekday",),
    UntilWord.DATE: ("day",),
    UntilWord.TIME: ("clock",),
    UntilWord.MINUTES: ("number",),
    UntilWord.HOURS: ("number",),
    UntilWord.DAYS: ("number",),
    UntilWord.WEEKS: ("number",),
}
_DAYS_OF = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def until_of(form: UntilForm, said_at: datetime, zone: tzinfo) -> Until | None:
    """Return when an order that was said at an instant ends; None where its message does not say.

    Days and times of day are those of the zone. Minutes and hours pass as they do; so many days or weeks later it is
    the same time of day, also where the clock was changed meanwhile. A time that the clock jumps over is moved by the
    jump; of one that it shows twice the first counts that is still to come.
    """
    match form.until:
        case UntilWord.NONE:
            return None
        case UntilWord.NEXT:
            return Until(next_message=True)
        case _:
            return Until(instant=_instant(form, said_at, zone).astimezone(UTC))


def _instant(form: UntilForm, said_at: datetime, zone: tzinfo) -> datetime:
    local, number = said_at.astimezone(zone), form.number or 1
    today = local.date()
    match form.until:
        case UntilWord.TODAY:
            return _at(today + timedelta(days=1), 0, zone)
        case UntilWord.TOMORROW:
            return _at(today + timedelta(days=1), form.clock or 0, zone)
        case UntilWord.TIME:
            return _first_after(said_at, today, range(3), form.clock or 0, zone)
        case UntilWord.DAY:
            ahead = ((form.weekday or 0) - local.weekday()) % 7
            return _first_after(said_at, today, range(ahead, 15, 7), form.clock or 0, zone)
        case UntilWord.DATE:
            return _date(form, said_at, zone)
        case UntilWord.MINUTES:
            return said_at.astimezone(UTC) + timedelta(minutes=number)
        case UntilWord.HOURS:
            return said_at.astimezone(UTC) + timedelta(hours=number)
        case _:
            days = number * (7 if form.until == UntilWord.WEEKS else 1)
            minute = local.hour * 60 + local.minute if form.clock is None else form.clock
            seconds = timedelta(seconds=local.second, microseconds=local.microsecond)
            return _at(today + timedelta(days=days), minute, zone) + (
                seconds if form.clock is None else timedelta()
            )


def _first_after(said_at: datetime, today: date, ahead: range, minute: int, zone: tzinfo) -> datetime:
    """Return the first instant after the message at a minute of one of the days that are so many days ahead."""
    instants = (_at(today + timedelta(days=days), minute, zone, fold) for days in ahead for fold in (0, 1))
    return next(each for each in instants if each > said_at)


def _date(form: UntilForm, said_at: datetime, zone: tzinfo) -> datetime:
    """Return the next such day of its month, or of any month, that begins after the message."""
    today = said_at.astimezone(zone).date()
    months = (
        (year, month)
        for year in range(today.year, today.year + _YEARS + 1)
        for month in ([form.month] if form.month is not None else range(1, 13))
    )
    instants = (
        _at(date(year, month, form.day or 1), form.clock or 0, zone)
        for year, month in months
        if (form.day or 1) <= _length(year, month)
    )
    return next(each for each in instants if each > said_at)


def _length(year: int, month: int) -> int:
    """Return the number of days of a month."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def _at(day: date, minute: int, zone: tzinfo, fold: int = 0) -> datetime:
    """Return the instant at a minute of a local day, in UTC so that instants compare as they pass."""
    return datetime.combine(day, time(minute // 60, minute % 60, fold=fold), zone).astimezone(UTC)
