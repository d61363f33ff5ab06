"""What a line is about, and what has to be missing there."""

from __future__ import annotations

import pytest

from nodes.prompts.answers import AboutAnswer


@pytest.mark.parametrize(
    ("when", "unless", "lacking"),
    [
        ("a post is a poem", None, None),
        ("a bug is reported", "Does it tell a version?", "Does it tell a version?"),
        ("a bug is reported without a version", "Does it tell one?", "Does it tell one?"),
        ("a bug is reported without a version", None, "Does it name a version?"),
        ("somebody offers something without naming a price.", None, "Does it name a price?"),
        ("a recipe without meat is shared", None, "Does it name meat?"),
        ("Without the date, a room is asked for", None, "Does it name the date?"),
        ("a recipe is shared and does not contain meat", None, "Does it contain meat?"),
        ("somebody reports that the lift does not move", None, None),
        ("somebody leaves without paying", None, None),
        ("somebody leaves without", None, None),
        ("it happens withouta", None, None),
    ],
)
def test_what_has_to_be_missing(when: str, unless: str | None, lacking: str | None) -> None:
    """Of the sentence a question is made only where the model made none, and the sentence names what is missing."""
    assert AboutAnswer(when=when, question="?", unless=unless).lacking == lacking
