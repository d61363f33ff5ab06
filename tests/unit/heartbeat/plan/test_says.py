"""Each rule is said as one plain sentence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from heartbeat.plan import About, Counts, Do, Limit, Only, Unless, Until, WhenKind
from heartbeat.plan.says import says
from tests.unit.heartbeat.plan.build import UTC, order, rule


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (
            WhenKind.NEW,
            {"count": 3, "about": (About.FORUM,), "where": "heartbeat", "how": "a summary"},
            "When 3 or more posts are new, post on heartbeat: a summary.",
        ),
        (
            WhenKind.NEW,
            {"count": 2, "counts": Counts.BOTH, "about": (About.FORUM,), "do": Do.TELL},
            "When 2 or more posts and comments are new, tell you.",
        ),
        (
            WhenKind.NEW,
            {"counts": Counts.COMMENTS, "about": (About.FORUM, About.MAIL), "do": Do.TELL},
            "When any comments and mails are new, tell you.",
        ),
        (
            WhenKind.NEW,
            {"count": 2, "do": Do.TELL},
            "When 2 or more items other than comments are new, tell you.",
        ),
        (WhenKind.NEW, {"counts": Counts.BOTH, "do": Do.TELL}, "When any items are new, tell you."),
        (WhenKind.NEW, {"places": ("news",), "do": Do.TELL}, "When any items of news are new, tell you."),
        (
            WhenKind.ITEM,
            {"question": "is it urgent?", "about": (About.MAIL, About.FEEDS), "do": Do.TELL},
            "For each of the new mails and entries of feeds where the answer to “is it urgent?” is yes, tell you.",
        ),
        (
            WhenKind.ADDRESSED,
            {"do": Do.COMMENT, "limits": (Limit.ITEM,)},
            "When somebody speaks to the agent, comment, once an item.",
        ),
        (
            WhenKind.DUE,
            {"about": (About.CALENDAR,), "within": 86_400, "do": Do.TELL},
            "When one of the appointments is due within 1 day, tell you.",
        ),
        (WhenKind.TASK, {}, "When the task tidy is due, post."),
        (WhenKind.ALWAYS, {}, "Once a day, post."),
        (
            WhenKind.ALWAYS,
            {"only": Only(at=(540, 1_050), days=(0, 3))},
            "Post, on Mondays and Thursdays at 09:00 and 17:30 (Europe/Berlin).",
        ),
        (
            WhenKind.ALWAYS,
            {"only": Only(every_hours=4)},
            "Post, every 4 hours from midnight (Europe/Berlin).",
        ),
        (WhenKind.ALWAYS, {"do": Do.SILENT}, "Else, stay silent."),
        (
            WhenKind.ALWAYS,
            {"do": Do.SILENT, "only": Only(start=1_320, end=480)},
            "Stay silent, from 22:00 to 08:00 (Europe/Berlin).",
        ),
        (
            WhenKind.NEW,
            {"unless": Unless(days=(5, 6), questions=("is it spam?",))},
            "When any items other than comments are new, post, but not on Saturdays or Sundays, "
            "but not where the answer to “is it spam?” is yes.",
        ),
        (WhenKind.ALWAYS, {"free": True}, "As the model decides about items, post."),
        (WhenKind.ALWAYS, {"do": "water", "limits": (Limit.WEEK,)}, "Water, once a week."),
    ],
)
def test_a_rule_is_one_sentence(kind: WhenKind, given: dict[str, Any], expected: str) -> None:
    assert says(rule(kind, **given), "Europe/Berlin") == expected


def test_an_order_says_how_long_it_lasts() -> None:
    assert says(order(until=Until(next_message=True)), "UTC") == "Stay silent, until you write again."
    until = Until(instant=datetime(2026, 11, 3, 9, 0, tzinfo=UTC))
    assert says(order(until=until), "UTC") == "Stay silent, until Tuesday, 2026-11-03 09:00 (UTC)."
