"""Days and hours of a line, as a clock can be compared with them."""

from __future__ import annotations

from typing import Any

import pytest

from heartbeat.instructions.duty import Hours
from heartbeat_decision.prompts.answers import HoursAnswer

WORKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def said(**given: Any) -> HoursAnswer:
    empty: dict[str, Any] = {"days": [], "from": None, "until": None, "act": "in"}
    return HoursAnswer.model_validate(empty | given)


@pytest.mark.parametrize(
    ("line", "given", "hours"),
    [
        ("Not on Fridays.", {"days": ["Friday"], "act": "out"}, Hours(days=("Friday",), inside=False)),
        ("From 9 to 17 answer.", {"from": 9, "until": 17}, Hours(start=540, end=1020)),
        ("Every day a post.", {}, Hours()),
        ("From 8:30 to 5:15 pm.", {"from": 8, "until": 17}, Hours(start=510, end=1035)),
        ("From 8:30 to 20:00.", {"from": 8, "until": 20}, Hours(start=510, end=1200)),
        ("From 20:15 to 8:30.", {"from": 20, "until": 8}, Hours(start=1215, end=510)),
        ("From 10:30 pm to 10 am.", {"from": 22, "until": 10}, Hours(start=1350, end=600)),
        ("From 10 am to 10:30 p.m.", {"from": 10, "until": 22}, Hours(start=600, end=1350)),
        ("From 12:30 am to 12:45 pm.", {"from": 0, "until": 12}, Hours(start=30, end=765)),
        ("From 8:15 to 8:45.", {"from": 8, "until": 8}, Hours(start=495, end=525)),
        ("From 12:00 to 12:30.", {"from": 12, "until": 12}, Hours(start=720, end=750)),
        ("De 8h45 a 12h.", {"from": 8, "until": 12}, Hours(start=525, end=720)),
        ("Von 8 Uhr 30 bis 17.05 Uhr.", {"from": 8, "until": 17}, Hours(start=510, end=1025)),
        ("8時30分から17:15まで。", {"from": 8, "until": 17}, Hours(start=510, end=1035)),
        ("9.30-17.45 uur", {"from": 9, "until": 17}, Hours(start=570, end=1065)),
        ("Until 24:30?", {"until": 24}, Hours(end=1440)),
        ("From 8:99 on.", {"from": 8}, Hours(start=480)),
        ("From 8 to 17, lunch costs 8.50 euros.", {"from": 8, "until": 17}, Hours(start=480, end=1020)),
        ("Until 17, the fair is on 17.05.2026.", {"until": 17}, Hours(end=1020)),
        ("From 8 on, see v8:30 and 118:30.", {"from": 8}, Hours(start=480)),
        ("From 8 on, see 8:305.", {"from": 8}, Hours(start=480)),
        ("Mondays a riddle, else nothing.", {"days": ["Monday"], "act": "other"}, Hours(days=("Monday",))),
        ("Never.", {"from": 0, "until": 24, "act": "out"}, Hours(start=0, end=1440, inside=False)),
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
    assert not said(days=WORKDAYS, **{"from": 0, "until": 24}).both
    assert not said(**{"from": 8}).both


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, False),
        ({"from": 0, "until": 24}, False),
        ({"from": 0}, False),
        ({"until": 24}, False),
        ({"days": ["Monday"]}, True),
        ({"from": 1}, True),
        ({"from": 0, "until": 23}, True),
        ({"until": 0}, True),
    ],
)
def test_midnight_to_midnight_names_no_hours(given: dict[str, Any], named: bool) -> None:
    assert said(**given).names_any is named
