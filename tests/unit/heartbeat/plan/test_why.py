"""What is said of items that a rule leaves out."""

from __future__ import annotations

import pytest

from heartbeat.plan import Finding, RuleState, WhenKind
from heartbeat.plan.why import why_left_out
from heartbeat.vocabulary import FeedKind
from tests.unit.heartbeat.plan.build import item, items, rule


def left_out(*left: int) -> str:
    """Return what is said where posts of these numbers are left out."""
    return why_left_out(Finding(rule(WhenKind.ITEM), RuleState.NOTHING, left_out=tuple(map(item, left))))


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ([], ""),
        ([1], "Post 1 (“Item 1”) was left out: it tries to tell the agent what to do."),
        (
            [1, 2],
            "Post 1 (“Item 1”) and post 2 (“Item 2”) were left out: they try to tell the agent what to do.",
        ),
        (
            [1, 2, 3, 4, 5],
            "Post 1 (“Item 1”), post 2 (“Item 2”), post 3 (“Item 3”) and 2 more were left out: "
            "they try to tell the agent what to do.",
        ),
    ],
)
def test_items_are_named_in_one_sentence(left: list[int], said: str) -> None:
    assert left_out(*left) == said


def test_items_that_a_message_names_are_not_said_to_be_left_out() -> None:
    shown = tuple(items(2))
    finding = Finding(rule(WhenKind.NEW), RuleState.DUE, shown, left_out=shown[:1])
    assert "was only named" in why_left_out(finding)


def test_secrets_in_names_are_masked() -> None:
    mail = item(1, FeedKind.MAIL, title="api_key=sk_live_abcdefgh12345678")
    said = why_left_out(Finding(rule(WhenKind.ITEM), RuleState.NOTHING, left_out=(mail,)))
    assert "sk_live" not in said
