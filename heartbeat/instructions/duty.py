"""Duties: the actions that lines of the instructions ask for, and their conditions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Label = Literal["silence", "count", "answer", "comment", "up", "down", "stop", "owner", "post"]
"""``silence`` asks for no action; ``count`` posts once enough posts are new; ``answer`` comments on items addressed
to the agent; ``comment``, ``up`` and ``down`` act on items of a kind; ``stop`` asks for no action while such an item
exists; ``owner`` follows the owner's messages; ``post`` posts without a condition."""
SILENT: tuple[Label, ...] = ("silence", "stop")
"""The labels of lines that ask for no action."""
Day = Literal["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
DAYS: tuple[Day, ...] = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


DAY_END = 24 * 60
"""Minutes of a day in local wall-clock time."""


class Hours(BaseModel):
    """Weekdays and hours of a line; ``inside`` says whether the line applies at these times or at all others.

    A line about "all other days" names no time itself; ``others`` are the times of the lines before it.
    """

    model_config = ConfigDict(frozen=True)

    days: tuple[Day, ...] = ()
    start: int | None = Field(None, ge=0, le=DAY_END, description="First minute of the local day.")
    end: int | None = Field(
        None, ge=0, le=DAY_END, description="End minute, exclusive; before ``start``: overnight."
    )
    inside: bool = True
    others: tuple[Hours, ...] = ()

    @property
    def named(self) -> bool:
        """Whether any day or hour is named; "every day" does not count."""
        return bool(self.others) or bool(self.days) or self.start is not None or self.end is not None

    def hold(self, local: datetime) -> bool:
        """Return whether the line applies at this local time; True if it names no time."""
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
        """Return the day that a local time belongs to; overnight hours belong to the day on which they began."""
        past_midnight = (
            self.start is not None and self.end is not None and _minute(local) < self.end < self.start
        )
        return local.date() - timedelta(days=past_midnight)


def _minute(local: datetime) -> int:
    return local.hour * 60 + local.minute


class Duty(BaseModel):
    """A line of the instructions and the action it asks for.

    ``line`` is the text given to the model, with the titles that qualify it; ``written`` is the text as written,
    under which the memory stores it, since another model may choose other titles. ``above`` and ``paragraph`` are
    those of the `Line`. ``number`` is the number of new posts that a ``count`` needs. ``seen`` means that items of
    earlier beats count too: a due task or an unticked box does not wait for new items. ``once`` means that the duty
    ends once it is done.
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
    """Return the hours of a line about all times other than those of the ``earlier`` lines.

    Those are the times of the earlier lines that ask for an action; the times of silent lines are enforced by
    :func:`closed`. A silent line allows actions only within them; any other line applies outside of them. "At all
    other times: silence" does not exclude the days of an earlier "all other days: news".
    """
    acting = [duty.hours for duty in earlier if duty.label not in SILENT and duty.hours and duty.hours.named]
    return Hours(others=tuple(hours for hours in acting if silent or not hours.others), inside=silent)


def closed(duties: Sequence[Duty], local: datetime) -> Duty | None:
    """Return the first silent line whose days or hours forbid actions at this local time, or None."""
    for duty in duties:
        if duty.label in SILENT and duty.hours and not duty.hours.hold(local):
            return duty
    return None
