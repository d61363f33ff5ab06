"""Days and hours of a line, as a clock can be compared with them."""

from __future__ import annotations

from typing import Any

import pytest

from heartbeat.instructions.duty import Hours
from nodes.prompts.answers import HoursAnswer

WORKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def said(**given: Any) -> HoursAnswer:
    empty: dict[str, Any] = {"days": [], "from": None, "until": None, "act": "in"}
    return HoursAnswer.model_validate(empty | given)


@pytest.mark.parametrize(
    ("line", "given", "hours"),
    [
        ("Not on Fridays.", {"days": ["Friday"], "act": "out"}, Hours(days=("Friday",), inside=False)),
        ("From 9 to 17 answer.", {"from": 9, "until": 17}, Hours(start=540, end=1020)),
        ("Speak when spoken to.", {}, None),
        ("Speak when spoken to.", {"act": "out"}, None),
        ("From 8:30 to 5:15 pm.", {"from": 8, "until": 17}, Hours(start=510, end=1035)),
        ("De 8h45 a 12h.", {"from": 8, "until": 12}, Hours(start=525, end=720)),
        ("Bis 17.05 Uhr.", {"until": 17}, Hours(end=1025)),
        ("Until 24:30?", {"until": 24}, Hours(end=1440)),
        ("From 8:99 on.", {"from": 8}, Hours(start=480)),
        ("From 8 on, see v18.30.", {"from": 8}, Hours(start=480)),
    ],
)
def test_what_the_line_says(line: str, given: dict[str, Any], hours: Hours | None) -> None:
    assert said(**given).hours(line) == hours


def test_days_that_the_line_does_not_name_are_left_out() -> None:
    read = said(days=WORKDAYS, **{"from": 8, "until": 16})
    assert read.both
    assert read.hours("From 8 to 16.") == Hours(days=WORKDAYS, start=480, end=960)
    assert read.hours("From 8 to 16.", without_days=True) == Hours(start=480, end=960)
    assert not said(days=WORKDAYS).both
    assert not said(**{"from": 8}).both
