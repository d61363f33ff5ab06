"""What a model says of days and hours is believed where it is in the very words of the line."""

from __future__ import annotations

from typing import Any

import pytest

from heartbeat.instructions.duty import Hours
from nodes.prompts.answers import HoursAnswer

WORKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def said(**given: Any) -> HoursAnswer:
    empty: dict[str, Any] = {
        "day_words": None,
        "days": [],
        "hour_words": None,
        "from": None,
        "until": None,
        "act": "in",
    }
    return HoursAnswer.model_validate(empty | given)


@pytest.mark.parametrize(
    ("line", "given", "hours"),
    [
        ("Not on Fridays.", {"day_words": "Fridays", "days": ["Friday"], "act": "out"},
         Hours(days=("Friday",), inside=False)),
        ("NOT ON FRIDAYS.", {"day_words": "on  fridays", "days": ["Friday"]},
         Hours(days=("Friday",))),
        ("From 9 to 17 answer.", {"hour_words": "9 to 17", "from": 9, "until": 17}, Hours(start=540, end=1020)),
        ("Office hours: 8 to 16.", {"day_words": "working days", "days": WORKDAYS, "hour_words": "8 to 16", "from": 8,
         "until": 16}, Hours(start=480, end=960)),
        ("Fewer than three: nothing.", {"hour_words": "from 0 to 3", "from": 0, "until": 3}, None),
        ("Fewer than three: nothing.", {"from": 0, "until": 3}, None),
        ("Speak when spoken to.", {"day_words": "", "days": WORKDAYS, "hour_words": " ", "from": 1}, None),
        ("Speak when spoken to.", {}, None),
        ("On Sundays nothing.", {"day_words": "Sundays", "days": []}, None),
        ("From 8:30 to 5:15 pm.", {"hour_words": "8:30 to 5:15 pm", "from": 8, "until": 17},
         Hours(start=510, end=1035)),
        ("De 8h45 a 12h.", {"hour_words": "8h45 a 12h", "from": 8, "until": 12}, Hours(start=525, end=720)),
        ("Bis 17.05 Uhr.", {"hour_words": "17.05 Uhr", "until": 17}, Hours(end=1025)),
        ("Until 24:30?", {"hour_words": "24:30", "until": 24}, Hours(end=1440)),
        ("From 8:99 on.", {"hour_words": "8:99", "from": 8}, Hours(start=480)),
    ],
)  # fmt: skip
def test_what_the_line_says(line: str, given: dict[str, Any], hours: Hours | None) -> None:
    assert said(**given).hours(line) == hours
