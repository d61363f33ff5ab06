"""A reply that is no answer is told in words: the field, its value and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from heartbeat_decision.prompts.answers.answer import Answer
from heartbeat_decision.prompts.answers.hours import HoursAnswer
from heartbeat_decision.prompts.answers.lines import AsksAnswer, LabelAnswer

LABELS = "allowed: silence, count, answer, comment, up, down, stop, owner, post"


@pytest.mark.parametrize(
    ("form", "reply", "problem"),
    [
        (AsksAnswer, {"asks": "yes", "action": "none"}, '"action" is no field of this answer; allowed: asks'),
        (AsksAnswer, {}, '"asks" is missing; allowed: yes, no'),
        (LabelAnswer, {"label": "dance"}, f'label: "dance" is not allowed; {LABELS}'),
        (LabelAnswer, {"label": None}, f"label: null is not allowed; {LABELS}"),
        (
            LabelAnswer,
            {"label": "post", "number": "many"},
            'number: "many" is not allowed; allowed: a whole number or null',
        ),
        (
            HoursAnswer,
            {"days": [], "from": 99, "until": 4, "act": "in"},
            "from: 99 is not allowed; allowed: a whole number from 0 to 24 or null",
        ),
        (
            HoursAnswer,
            {"days": ["Moonday"], "from": 1, "until": 4, "act": "in"},
            'days: "Moonday" is not allowed; allowed: a list of Monday, Tuesday',
        ),
    ],
)
def test_problem_of_a_reply(form: type[Answer], reply: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError) as caught:
        form.model_validate(reply)
    assert form.problem(caught.value).startswith(problem)


def test_a_long_value_is_cut() -> None:
    with pytest.raises(ValidationError) as caught:
        AsksAnswer.model_validate({"asks": "x" * 10_000})
    assert len(AsksAnswer.problem(caught.value)) < 150
