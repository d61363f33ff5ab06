"""Names of boards and connections in the words of a line."""

from __future__ import annotations

import pytest

from heartbeat.plan.names import find_names, place
from heartbeat.plan.needs import Known
from heartbeat.plan.rule import RuleBody, When
from heartbeat.plan.words import About, Do, WhenKind

NAMES = ["general", "general-talk", "mail", "café", "日报", "team"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Post on general.", ["general"]),
        ("Post on General-Talk, not on general", ["general-talk", "general"]),
        ("Ask @team about “mail” on #general!", ["team", "mail", "general"]),
        ("in generally accepted teams", []),
        ("mailbox, e-mail, mail.md, notes/mail and bo@mail.example", []),
        ("re-mail it", []),
        ("general: say hello", ["general"]),
        ("team's general (mail)", ["team", "general", "mail"]),
        ("au CAFÉ de la gare", ["café"]),
        ("请把总结发到日报上", ["日报"]),
        ("在general发一篇", ["general"]),
        ("새 글이 있으면 general에 올려", ["general"]),
        ("Всё на mail.", ["mail"]),
        ("postmail на mailом", []),
        ("", []),
    ],
)
def test_a_name_is_found_as_a_word_of_its_own(text: str, found: list[str]) -> None:
    assert list(find_names(text, NAMES)) == found


def test_nothing_is_found_where_nothing_has_a_name() -> None:
    assert find_names("Post on general.", []) == ()


def test_a_name_that_is_a_word_too_may_have_to_stand_as_written() -> None:
    assert find_names("Slack off, then say it on Slack.", ["Slack"], as_written=True) == ("Slack",)
    assert find_names("some slack", ["Slack"], as_written=True) == ()


KNOWN = Known(
    shows={"support": About.MAIL, "notes": About.FILES, "kernel": About.FEEDS},
    takes={"forum": {"post", "comment", "vote_up"}, "notes": {"note"}, "phone": {"tell"}, "shop": {"order"}},
    boards=("general", "support-desk"),
)


def _body(do: str = Do.TELL, *about: About) -> RuleBody:
    return RuleBody(when=When(kind=WhenKind.ALWAYS), do=do, about=about)


@pytest.mark.parametrize(
    ("body", "text", "places", "where"),
    [
        (_body(Do.POST, About.MAIL), "5 in support: post on general", ["support"], "general"),
        (_body(Do.TELL, About.MAIL), "tell me of support and general", ["support"], None),
        (_body(Do.TELL), "tell me of support on phone", ["support"], "phone"),
        (_body(Do.VOTE_UP, About.FORUM), "polls on general", ["general"], None),
        (_body(Do.VOTE_UP), "polls on general", ["general"], None),
        (_body(Do.TELL, About.FEEDS), "kernel: tell me and post on general", ["kernel"], None),
        (_body(Do.NOTE, About.FILES), "enter it in notes", [], "notes"),
        (_body(Do.SILENT), "post on general, then be silent", [], None),
        (_body("order", About.FILES), "notes: order at the shop", ["notes"], "shop"),
        (_body(Do.POST, About.FORUM), "post on the forum", [], None),
        (_body(Do.POST, About.FORUM), "post from general to support-desk", ["support-desk"], "general"),
    ],
)
def test_a_name_is_a_place_or_where_the_act_goes(
    body: RuleBody, text: str, places: list[str], where: str | None
) -> None:
    placed = place(body, text, KNOWN)
    assert (list(placed.places), placed.where) == (places, where)
    read = RuleBody(**{name: getattr(placed, name) for name in RuleBody.model_fields})
    assert read.model_copy(update={"about": body.about}) == body


@pytest.mark.parametrize(
    ("about", "text", "read"),
    [
        ((About.FEEDS,), "5 unread in support", (About.MAIL,)),
        ((), "5 unread in support", (About.MAIL,)),
        ((About.MAIL, About.FEEDS), "5 unread in support", (About.MAIL, About.FEEDS)),
        ((About.CALENDAR,), "post on general", (About.CALENDAR,)),
    ],
)
def test_a_named_connection_says_what_a_line_is_about(
    about: tuple[About, ...], text: str, read: tuple[About, ...]
) -> None:
    assert place(_body(Do.TELL, *about), text, KNOWN).about == read
