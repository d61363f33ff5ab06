"""Answers about the days and hours that a line names; minutes are read from the line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from heartbeat.instructions.duty import DAY_END, Day, Hours
from heartbeat_decision.prompts.answers.answer import Answer, one_of, or_null


class HoursAnswer(Answer):
    """Which days and hours a line names."""

    days: tuple[Day, ...] = Field(max_length=7)
    start: int | None = Field(None, alias="from", ge=0, le=24)
    end: int | None = Field(None, alias="until", ge=0, le=24)
    act: Literal["in", "out", "other"]

    form: ClassVar[Mapping[str, Any]] = {
        "days": {"type": "array", "items": one_of(*Day.__args__), "maxItems": 7},  # type: ignore[attr-defined]
        "from": or_null({"type": "integer", "minimum": 0, "maximum": 24}),
        "until": or_null({"type": "integer", "minimum": 0, "maximum": 24}),
        "act": one_of("in", "out", "other"),
    }

    @property
    def names_any(self) -> bool:
        """Whether it names a day or an hour; from midnight to midnight is none."""
        return bool(self.days) or self._names_hours

    @property
    def both(self) -> bool:
        """Whether it names days and hours."""
        return bool(self.days) and self._names_hours

    @property
    def _names_hours(self) -> bool:
        return bool(self.start) or self.end not in (None, 24)

    def hours(self, line: str, *, without_days: bool = False) -> Hours:
        """Return the same, to be compared with a clock, with the minutes that the line writes.

        A line that names times and all others ("Mondays a riddle, else nothing") is for those that it names.
        """
        start, end = _minutes(self.start, self.end, line)
        days = () if without_days else self.days
        return Hours(days=days, start=start, end=end, inside=self.act != "out")


_CLOCK = re.compile(
    r"(?i)(?<![\d.,v])(?P<hour>\d{1,2})"
    r"(?:[:：h時点]|\s?uhr\s|\.(?=\d\d\s*(?:uhr|uur|h\b|[ap]\.?\s?m|[-–])))"
    r"(?P<minute>[0-5]\d)(?!\d|[.,]\d)\s*(?P<half>[ap])?(?:\.?\s?m\b)?"
)
"""8:30, 8h30, 8 Uhr 30, 8時30分, 8:30 pm; 8.30 only where it cannot be a price."""


def _minutes(start: int | None, end: int | None, line: str) -> tuple[int | None, int | None]:
    """Return the minutes of the day of two hours, with the minutes that the line writes after them, in its order."""
    written = [_clock(match) for match in _CLOCK.finditer(line)]
    found: list[int | None] = []
    for hour in (start, end):
        fitting = [number for number, (at, _) in enumerate(written) if at == hour]
        if hour is not None and fitting:
            found.append(min(hour * 60 + written[fitting[0]][1], DAY_END))
            written = written[fitting[0] + 1 :]
        else:
            found.append(None if hour is None else hour * 60)
    return found[0], found[1]


def _clock(match: re.Match[str]) -> tuple[int, int]:
    """Return hour and minute, of 24 hours where the half of the day stands there."""
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half == "p" and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    return hour, int(match["minute"])
