"""The list below a text that a model wrote."""

from __future__ import annotations

import pytest

from heartbeat.plan.listed import Listed

LISTED = Listed(names=("Tea (bo)", "Cups (bo)"), many=2)


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (100, "Words.\n\n- Tea (bo)\n- Cups (bo)"),
        (len("Words.\n\n- Tea (bo)\n- Cups (bo)"), "Words.\n\n- Tea (bo)\n- Cups (bo)"),
        (len("Words.\n\n- Tea (bo)\n- Cups (bo)") - 1, "Words.\n\n- and 2 more"),
        (len("Words.\n\n- and 2 more") - 1, "Word…\n\n- and 2 more"),
        (len("Words.") + 3, "Words."),
    ],
)
def test_whole_names_are_listed_as_far_as_they_fit(limit: int, said: str) -> None:
    assert LISTED.below("Words.", limit) == said


def test_names_that_there_are_too_many_of_are_counted() -> None:
    listed = Listed(names=("Tea", "Cups", "A pot of another kind"), many=12)
    assert listed.below("Words.", 30) == "Words.\n\n- Tea\n- and 11 more"


def test_on_one_line_they_follow_the_text() -> None:
    assert LISTED.below("Words", 100, one_line=True) == "Words; Tea (bo); Cups (bo)"
