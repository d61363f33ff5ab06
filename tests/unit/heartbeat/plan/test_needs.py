"""What a rule needs and lacks, with the remedy."""

from __future__ import annotations

from typing import Any

import pytest

from heartbeat.plan import About, Do, Plan, WhenKind
from heartbeat.plan.needs import Known, lacking, lacks, needs
from tests.unit.heartbeat.plan.build import rule

KNOWN = Known(
    shows={"forum": About.FORUM, "days": About.CALENDAR, "news": About.FEEDS},
    seen=("forum", "news"),
    takes={"forum": ("post", "comment", "vote_up", "vote_down"), "notes": ("note", "water")},
    boards=("general", "heartbeat"),
    offered=("brew",),
    tasks=("tidy",),
    thread="demo",
)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"about": (About.FORUM,)},
        {"about": (About.MAIL, About.FEEDS), "do": Do.TELL},
        {"about": (About.CONVERSATION,), "do": Do.TELL},
        {"do": Do.SILENT, "about": (About.FEEDS,)},
        {"do": Do.NOTE, "where": "notes"},
        {"do": Do.COMMENT, "about": (About.FEEDS, About.FORUM)},
        {"do": Do.VOTE_UP},
        {"do": "water"},
        {"where": "heartbeat", "places": ("news",)},
        {"kind": WhenKind.TASK, "task": "tidy"},
    ],
)
def test_nothing_is_lacking(given: dict[str, Any]) -> None:
    assert lacks(rule(**{"kind": WhenKind.NEW, **given}), KNOWN) == []


@pytest.mark.parametrize(
    ("given", "message", "remedy"),
    [
        (
            {"about": (About.CALENDAR,)},
            "The thread does not look at days, which shows a calendar.",
            "Let it look: heartbeat threads set demo sources=default,days",
        ),
        (
            {"about": (About.FILES,)},
            "No connection can see files.",
            "heartbeat connections add folder folder",
        ),
        ({"about": (About.GITHUB,)}, "Nothing here can see GitHub.", "take it out"),
        (
            {"do": Do.COMMENT, "about": (About.FEEDS, About.CONVERSATION)},
            "Nothing about feeds or the conversation can get a comment.",
            "Ask for a post, a note, or to be told.",
        ),
        ({"do": Do.OTHER}, "It asks for something that nothing here can do.", "to be told"),
        ({"do": "sing"}, "No target offers the kind sing.", "allowed: post, comment, vote_up"),
        ({"do": "sing"}, "No target offers the kind sing.", "silent, other, brew."),
        ({"do": "brew"}, "No target of the thread takes brew.", "target"),
        (
            {"kind": WhenKind.TASK, "task": "inbox"},
            "No tasks: block of the text has a task inbox.",
            "Name one that is there: tidy; or add it to a tasks: block.",
        ),
        ({"do": Do.NOTE, "where": "forum"}, "forum takes no note.", "Let it go to notes."),
        ({"where": "attic"}, "There is no board or connection attic.", "Correct the rule"),
        ({"places": ("attic",)}, "There is no board or connection attic.", "Correct the rule"),
    ],
)
def test_what_is_lacking_is_named_with_a_remedy(given: dict[str, Any], message: str, remedy: str) -> None:
    [found] = lacks(rule(**{"kind": WhenKind.NEW, **given}), KNOWN)
    assert found.message == message
    assert remedy in found.remedy


def test_rules_that_lack_something_are_known_by_their_ids() -> None:
    plan = Plan(rules=(rule(number=1), rule(number=2, do=Do.OTHER)))
    assert lacking(plan, KNOWN) == {"rule-2": "It asks for something that nothing here can do."}


def test_what_a_rule_needs() -> None:
    assert needs(rule(do=Do.TELL)) == ()
    found = needs(rule(about=(About.MAIL,), do=Do.POST, where="heartbeat"))
    assert found == ("to see mail", "a target that takes post on heartbeat")
