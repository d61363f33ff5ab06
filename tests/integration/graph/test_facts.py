"""Questions about an item that code answers, since the answer is a fact."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from heartbeat.feed import Item
from heartbeat_decision.triage.facts import known

ITEM = Item(
    source="forum", kind="post", id="1", position=1, author="Tim", title="[DONE] The roof",
    content="[Photo] The slates are on.", mention=True,
    created_at=datetime(2026, 11, 2, tzinfo=UTC),
)  # fmt: skip


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Is it by Tim?", True),
        ("Is it by tim?", True),
        ("Is it written by Ana?", False),
        ("Is it by Timothy?", False),
        ("Does its title hold [DONE]?", True),
        ("Is its title hold [DONE]?", True),
        ("does its title contain [OPEN]?", False),
        ('Is its title "[done] the roof"?', True),
        ('Is its title "The floor"?', False),
        ('Is its title "DONE"?', True),
        ("Does it hold [photo]?", True),
        ("Does it hold [Photo] of a roof?", None),
        ("Does it contain [a link]?", None),
        ('Does it contain "the slates"?', None),
        ("Is it by them?", None),
        ('Is its title "DON"?', False),
        ("Does it hold [video]?", False),
        ("Does it contain meat?", None),
        ("Does it mention @heartbeat?", True),
        ("Does it mention you?", True),
        ("Does it mention a leak?", None),
        ("Does it ask about train times?", None),
        ("Is it by @Tim?", True),
        ("Is it by a student?", None),
        ("Is it by Tim or Ana?", None),
        ('Is its title "roof"?', False),
        ("Is its title in capitals?", None),
        ('Does its title contain the word "DONE"?', True),
        ("Does its title hold ...?", None),
        ("", None),
    ],
)
def test_what_is_known(question: str, answer: bool | None) -> None:
    assert known(question, ITEM, "heartbeat") is answer


def test_an_item_that_does_not_mention_the_agent() -> None:
    assert (
        known("Does it mention @heartbeat?", ITEM.model_copy(update={"mention": False}), "heartbeat") is False
    )
