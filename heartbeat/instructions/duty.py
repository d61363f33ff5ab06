"""Duties: what each line of the instructions has the agent do, and what it waits for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Label = Literal["silence", "count", "answer", "comment", "up", "down", "stop", "owner", "post"]
"""``silence`` asks for nothing; ``count`` posts once enough posts are new; ``answer`` comments where the agent is
spoken to; ``comment``, ``up`` and ``down`` are about items of a kind; ``stop`` is silence while there is such an
item; ``owner`` obeys the owner's messages; ``post`` posts without waiting."""
SILENT: tuple[Label, ...] = ("silence", "stop")
"""Labels of lines that ask for no action."""
Day = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
DAYS: tuple[Day, ...] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


DAY_END = 24 * 60
"""Minutes of a day by the clock on the wall."""


class Hours(BaseModel):
    """Weekdays and hours that a line names; ``inside`` tells whether it holds then, or at all other times.

    A line that speaks of "all other days" names none itself: it has those of ``others``, the lines before it.
    """

    model_config = ConfigDict(frozen=True)

    days: tuple[Day, ...] = ()
    start: int | None = Field(None, ge=0, le=DAY_END, description="Minute of the local day from which.")
    end: int | None = Field(None, ge=0, le=DAY_END, description="Until which; before ``start``: overnight.")
    inside: bool = True
    others: tuple[Hours, ...] = ()

    @property
    def named(self) -> bool:
        """Whether any day or hour is named; "every day" names none."""
        return bool(self.others) or bool(self.days) or self.start is not None or self.end is not None

    def hold(self, local: datetime) -> bool:
        """Whether the line holds at this local time; always, where it names no time."""
        return not self.named or self._name(local) is self.inside

    def _name(self, local: datetime) -> bool:
        if self.others:
            return any(hours.hold(local) for hours in self.others)
        start = self.start or 0
        end = DAY_END if self.end is None else self.end
        at = _minute(local)
        in_hours = start == end or at < end < start or (at >= start and (at < end or end < start))
        return in_hours and (not self.days or DAYS[self.day_of(local).weekday()] in self.days)

    def day_of(self, local: datetime) -> date:
        """Return the day that a local time counts to; a night belongs to the one on which it began."""
        past_midnight = (
            self.start is not None and self.end is not None and _minute(local) < self.end < self.start
        )
        return local.date() - timedelta(days=past_midnight)


def _minute(local: datetime) -> int:
    return local.hour * 60 + local.minute


class Duty(BaseModel):
    """One line and what it asks for.

    ``line`` is what is read, with the titles that limit it, ``written`` what stands there: it is remembered by
    that, since another model may see other limits. ``above`` and ``paragraph`` are those of the line. ``number``
    is how many posts a ``count`` waits for. ``seen`` says that also items of earlier beats count: a due task, or
    an unticked box, waits for no news. ``once`` says that it is done for good when it is done.
    """

    model_config = ConfigDict(frozen=True)

    line: str
    written: str = ""
    above: tuple[str, ...] = ()
    paragraph: str = ""
    label: Label
    number: int | None = None
    hours: Hours | None = None
    seen: bool = False
    once: bool = False


def other_hours(earlier: Sequence[Duty], *, silent: bool) -> Hours:
    """Return the hours of a line that speaks of all times but those of the lines before it.

    These are the times in which the lines that ask for an action hold; what a silence names is kept by
    :func:`closed`. A line of silence lets the agent act in them, any other acts outside of them. "At all other times:
    silence" leaves its days to an "all other days: news" before it.
    """
    acting = [duty.hours for duty in earlier if duty.label not in SILENT and duty.hours and duty.hours.named]
    return Hours(others=tuple(hours for hours in acting if silent or not hours.others), inside=silent)


def closed(duties: Sequence[Duty], local: datetime) -> Duty | None:
    """Return the line that has the agent be silent at this time: one of silence that names days or hours."""
    for duty in duties:
        if duty.label in SILENT and duty.hours and not duty.hours.hold(local):
            return duty
    return None
