"""Texts that are made of items without a model."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from heartbeat.feed import Item
from heartbeat.plan import Do, WhenKind
from heartbeat.plan.plain import list_of, plain_texts
from heartbeat.vocabulary import FeedKind
from tests.unit.heartbeat.plan.build import NOW, item, rule

BERLIN = ZoneInfo("Europe/Berlin")


def test_what_is_told_lists_the_items_with_when_they_are_due() -> None:
    event = item(1, FeedKind.EVENT, "days", due_at=NOW)
    told = plain_texts(rule(WhenKind.DUE, do=Do.TELL), [event], BERLIN, 5_000)
    assert told is not None
    assert event.due_in(BERLIN) in told["text"]


def test_a_reminder_about_nothing_is_the_line_itself() -> None:
    remind = rule(WhenKind.ALWAYS, do=Do.TELL)
    assert plain_texts(remind, [], BERLIN, 5_000) == {"text": remind.text}


def test_a_post_lists_ten_and_counts_the_others() -> None:
    posted = plain_texts(rule(WhenKind.NEW, do=Do.POST), [item(n) for n in range(1, 13)], BERLIN, 5_000)
    assert posted is not None
    assert posted["title"].startswith("12 new posts: ")
    assert posted["content"].endswith("- and 2 more")


def test_a_vote_takes_no_text_and_a_comment_takes_a_model() -> None:
    assert plain_texts(rule(WhenKind.ITEM, do=Do.VOTE_UP), [item(1)], BERLIN, 5_000) == {}
    assert plain_texts(rule(WhenKind.ITEM, do=Do.COMMENT), [item(1)], BERLIN, 5_000) is None


def test_what_is_told_says_how_many_are_new_of_each_kind() -> None:
    boxes = [item(n, FeedKind.TASK, "notes", parent="1", title=f"Box {n}") for n in (2, 3)]
    seen = [
        item(1, FeedKind.FILE, "notes", title="todo.md"),
        *boxes,
        item(4, FeedKind.ENTRY, "news", title="Road"),
    ]
    told = plain_texts(rule(WhenKind.NEW, do=Do.TELL), seen, BERLIN, 5_000)
    assert told is not None
    assert told["text"] == "2 new tasks, 1 new news item: Road (bo); Box 3 (bo); Box 2 (bo)"


def test_many_items_are_told_as_a_list() -> None:
    told = plain_texts(rule(WhenKind.NEW, do=Do.TELL), [item(n) for n in range(1, 5)], BERLIN, 5_000)
    assert told is not None
    assert told["text"].splitlines()[:3] == ["4 new posts, the newest Item 4:", "", "- Item 4 (bo)"]


@pytest.mark.parametrize(("do", "field"), [(Do.TELL, "text"), (Do.POST, "content")])
@pytest.mark.parametrize(("number", "limit"), [(2, 36), (3, 36), (12, 60)])
def test_what_there_is_no_room_for_is_counted(do: Do, field: str, number: int, limit: int) -> None:
    texts = plain_texts(rule(WhenKind.NEW, do=do), [item(n) for n in range(number)], BERLIN, limit)
    assert texts is not None
    text = texts[field]
    named = sum(line.startswith("- Item") for line in text.splitlines())
    assert len(text) <= limit
    assert text.endswith(f"- and {number - named} more")


KEY = "sk_live_abcdefgh12345678"


@pytest.mark.parametrize(
    "seen",
    [
        [item(1, title=f"api_key={KEY}")],
        [item(1, title="", content=f"api_key={KEY}\nmore")],
        [item(n, author=f"api_key={KEY}") for n in range(1, 5)],
    ],
)
@pytest.mark.parametrize("do", [Do.POST, Do.TELL])
def test_secrets_in_names_are_masked(seen: list[Item], do: Do) -> None:
    texts = plain_texts(rule(WhenKind.NEW, do=do), seen, BERLIN, 5_000)
    assert texts is not None
    for text in (*texts.values(), *list_of(seen, BERLIN).names):
        assert KEY not in text
        assert "[secret]" in texts.get("content", texts.get("text", ""))
