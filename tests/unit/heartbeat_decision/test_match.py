"""A verdict on an item, with the words before it."""

from __future__ import annotations

import pytest

from heartbeat_decision.prompts.answers import MatchAnswer


@pytest.mark.parametrize(
    ("question", "what", "match", "says"),
    [
        ("Does it offer a lift to town?", "offers a lift to town", "no", True),
        ("Does it share a photo of the mill?", "shares photo of a mill", "no", True),
        ("Does it offer a lift to town?", "asks for a lift to town", "no", False),
        ("Does it offer a lift to town?", "asks for a lift to town", "yes", True),
        ("Does it report a leak?", "reports that a leak has been fixed", "no", False),
        ("Does it report a leak?", "does not report a leak", "yes", False),
        ("Does it use meat?", "does not use meat", "yes", False),
        ("Does it use meat?", "it doesn't use meat", "yes", False),
        ("Does it say that somebody is lost?", "does not know where he is", "yes", True),
        ("Does it complain about litter?", "is not happy about bottles", "yes", True),
        ("Does it use meat?", "uses meat", "yes", True),
        ("Does it use meat?", "", "no", False),
    ],
)
def test_the_words_count_where_they_tell_the_answer(question: str, what: str, match: str, says: bool) -> None:
    assert MatchAnswer.model_validate({"is": what, "match": match}).says(question) is says
