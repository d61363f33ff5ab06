"""When a line holds: weekdays and hours that it names, compared with a local clock."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from heartbeat.instructions.duty import DAYS, Duty, Hours, closed, other_hours

MONDAY = datetime(2026, 11, 2)  # noqa: DTZ001 - a wall clock, in whatever zone
WEEKEND = ("Saturday", "Sunday")


def when(day: int, hour: int, minute: int = 0) -> datetime:
    """A day of the week, 0 for Monday, and a time."""
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


NIGHT = {"start": 22 * 60, "end": 6 * 60}
OFFICE = {"start": 9 * 60, "end": 17 * 60}


@pytest.mark.parametrize(
    ("hours", "local", "holds"),
    [
        ({}, when(0, 0), True),
        ({"inside": False}, when(0, 0), True),
        ({"days": ("Monday",)}, when(0, 0), True),
        ({"days": ("Monday",)}, when(0, 23, 59), True),
        ({"days": ("Monday",)}, when(1, 0), False),
        ({"days": WEEKEND, "inside": False}, when(4, 23, 59), True),
        ({"days": WEEKEND, "inside": False}, when(5, 0), False),
        ({"days": WEEKEND, "inside": False}, when(6, 23, 59), False),
        (OFFICE, when(0, 8, 59), False),
        (OFFICE, when(0, 9), True),
        (OFFICE, when(0, 16, 59), True),
        (OFFICE, when(0, 17), False),
        ({**OFFICE, "inside": False}, when(0, 8, 59), True),
        ({**OFFICE, "inside": False}, when(0, 9), False),
        (NIGHT, when(0, 21, 59), False),
        (NIGHT, when(0, 22), True),
        (NIGHT, when(0, 0), True),
        (NIGHT, when(0, 5, 59), True),
        (NIGHT, when(0, 6), False),
        ({**NIGHT, "inside": False}, when(0, 12), True),
        ({**NIGHT, "inside": False}, when(0, 23), False),
        ({**NIGHT, "days": ("Friday",)}, when(4, 23), True),
        ({**NIGHT, "days": ("Friday",)}, when(5, 5, 59), True),
        ({**NIGHT, "days": ("Friday",)}, when(4, 5), False),
        ({**NIGHT, "days": ("Sunday",)}, when(0, 5), True),
        ({**NIGHT, "days": ("Friday",), "inside": False}, when(5, 5), False),
        ({"start": 510, "end": 1045}, when(0, 8, 29), False),
        ({"start": 510, "end": 1045}, when(0, 8, 30), True),
        ({"start": 510, "end": 1045}, when(0, 17, 24), True),
        ({"start": 510, "end": 1045}, when(0, 17, 25), False),
        ({"start": 1350, "end": 390}, when(0, 22, 29), False),
        ({"start": 1350, "end": 390}, when(1, 6, 29), True),
        ({"start": 1350, "end": 390, "days": ("Monday",)}, when(1, 6, 29), True),
        ({"start": 1080}, when(0, 17, 59), False),
        ({"start": 1080}, when(0, 23, 59), True),
        ({"end": 480}, when(0, 7, 59), True),
        ({"end": 480}, when(0, 8), False),
        ({"start": 0, "end": 1440}, when(0, 23, 59), True),
        ({"start": 480, "end": 480}, when(0, 3), True),
        ({**OFFICE, "days": ("Monday",)}, when(0, 12), True),
        ({**OFFICE, "days": ("Monday",)}, when(0, 18), False),
        ({**OFFICE, "days": ("Monday",)}, when(1, 12), False),
        ({**OFFICE, "days": ("Monday",), "inside": False}, when(1, 12), True),
    ],
)
def test_a_line_holds_at_its_times(hours: dict[str, Any], local: datetime, holds: bool) -> None:
    assert Hours(**hours).hold(local) is holds


ANY = st.builds(
    Hours,
    days=st.lists(st.sampled_from(DAYS), max_size=7, unique=True).map(tuple),
    start=st.none() | st.integers(0, 1440),
    end=st.none() | st.integers(0, 1440),
)


@given(ANY, st.integers(0, 6), st.integers(0, 1439))
def test_outside_is_where_inside_is_not(hours: Hours, day: int, minute: int) -> None:
    local = when(day, 0, minute)
    names = bool(hours.days) or hours.start is not None or hours.end is not None
    other = hours.model_copy(update={"inside": False})
    assert (hours.hold(local) is not other.hold(local)) is names


@pytest.mark.parametrize("field", ["start", "end"])
@pytest.mark.parametrize("value", [-1, 1441])
def test_minutes_are_of_a_day(field: str, value: int) -> None:
    with pytest.raises(ValidationError):
        Hours(**{field: value})


def duty(label: Any, **given: Any) -> Duty:
    return Duty(line=f"a line of {label}", label=label, **given)


BY_DAY = Hours(start=9 * 60, end=17 * 60)


def test_a_time_of_silence_closes_the_beat() -> None:
    silence = duty("silence", hours=BY_DAY)
    duties = [duty("count", number=3), duty("post"), silence]
    assert closed(duties, when(0, 8)) == silence
    assert closed(duties, when(0, 12)) is None


@pytest.mark.parametrize("label", ["silence", "stop"])
def test_the_first_that_is_closed_is_named(label: str) -> None:
    first, second = duty(label, hours=BY_DAY), duty("silence", hours=Hours(days=("Friday",)))
    assert closed([first, second], when(0, 8)) == first
    assert closed([first, second], when(0, 12)) == second
    assert closed([first, second], when(4, 12)) is None


@pytest.mark.parametrize("label", ["count", "answer", "comment", "up", "down", "owner", "post"])
def test_the_hours_of_other_lines_close_nothing(label: str) -> None:
    assert closed([duty(label, hours=BY_DAY)], when(0, 8)) is None


def test_silence_without_hours_closes_nothing() -> None:
    assert closed([duty("silence"), duty("stop")], when(0, 8)) is None


GREET = Duty(line="On Mondays: greet", label="post", hours=Hours(days=("Monday",)))
OFFICE_HOURS = Duty(line="In the office: answer", label="answer", hours=Hours(start=540, end=1020))
NO_MONDAYS = Duty(
    line="Answer, but not on Mondays", label="answer", hours=Hours(days=("Monday",), inside=False)
)
WEEKDAYS = Duty(line="Weekdays only", label="silence", hours=Hours(days=WEEKEND, inside=False))
UNNAMED = Duty(line="Every day", label="post", hours=Hours())
NEWS = Duty(line="All other days: news", label="post", hours=other_hours([GREET], silent=False))


@pytest.mark.parametrize(
    ("earlier", "silent", "local", "holds"),
    [
        ([GREET], True, when(0, 12), True),
        ([GREET], True, when(1, 12), False),
        ([GREET], False, when(0, 12), False),
        ([GREET], False, when(1, 12), True),
        ([GREET, OFFICE_HOURS], True, when(0, 3), True),
        ([GREET, OFFICE_HOURS], True, when(1, 12), True),
        ([GREET, OFFICE_HOURS], True, when(1, 3), False),
        ([GREET, OFFICE_HOURS], False, when(1, 12), False),
        ([GREET, OFFICE_HOURS], False, when(1, 3), True),
        ([NO_MONDAYS], True, when(0, 12), False),
        ([NO_MONDAYS], True, when(1, 12), True),
        ([NO_MONDAYS], False, when(0, 12), True),
        ([WEEKDAYS, GREET], True, when(1, 12), False),
        ([WEEKDAYS], True, when(1, 12), True),
        ([WEEKDAYS], False, when(1, 12), True),
        ([GREET, NEWS], True, when(0, 12), True),
        ([GREET, NEWS], True, when(1, 12), True),
        ([GREET, NEWS], False, when(0, 12), False),
        ([GREET, NEWS], False, when(1, 12), True),
        ([UNNAMED], True, when(1, 12), True),
        ([UNNAMED], False, when(1, 12), True),
        ([], True, when(1, 12), True),
        ([], False, when(1, 12), True),
    ],
)
def test_all_other_times(earlier: list[Duty], silent: bool, local: datetime, holds: bool) -> None:
    """A line of silence lets the agent act in the times of the lines before it that act; any other acts outside."""
    assert other_hours(earlier, silent=silent).hold(local) is holds


def test_many_lines_of_other_times_stay_cheap() -> None:
    """Each holds those before it no deeper than once, so that comparing a clock does not take ever longer."""
    duties = [GREET]
    for _ in range(100):
        duties.append(Duty(line="Else", label="post", hours=other_hours(duties, silent=False)))
    assert not other_hours(duties, silent=False).hold(when(0, 12))
    assert other_hours(duties, silent=True).hold(when(1, 12))
