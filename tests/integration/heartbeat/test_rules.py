"""The rules fallback: what it understands it follows; everything else it leaves alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartbeat import rules
from heartbeat.capabilities import Capabilities
from heartbeat.draft import Offer
from heartbeat.feed import Feed, Item
from heartbeat.rules import read_rule
from heartbeat.validation import validate
from tests.support.world import START

CAN = Capabilities(boards=("general", "heartbeat"))


def item(number: int, title: str = "Title", **fields: Any) -> Item:
    values = {
        "source": "forum",
        "kind": "post",
        "author": "bo",
        "created_at": START,
        "board": "general",
        "new": True,
    }
    return Item.model_validate(
        {**values, "id": str(number), "position": number, "title": title, "content": "Words", **fields}
    )


def feed(new: int, seen: int = 0, *others: Item) -> Feed:
    posts = [item(number, f"Post {number}", new=number > seen) for number in range(1, seen + new + 1)]
    return Feed(items=(*posts, *others))


def action(lines: list[str] | str, seen: Feed, can: Capabilities = CAN) -> str:
    asked = [lines] if isinstance(lines, str) else lines
    return str(rules.decide(asked, seen, Offer.of(seen.walk(), can))["action"])


@pytest.mark.parametrize(
    ("line", "fewest"),
    [
        ("If 3+ new posts → summarize", 3),
        ("If 3+ new posts → post a summary of them", 3),
        ("If 3+ new posts → post a summary of them on the board heartbeat", 3),
        ("if 3 + new posts -> summarize them", 3),
        ("IF 3+ NEW POSTS => SUMMARISE THE NEW POSTS", 3),
        ("When there are 3 or more new posts, write a short summary.", 3),
        ("If there are at least 3 new posts, then post one brief summary!", 3),
        ("If you see more than 3 new posts: summarize", 4),
        ("over 3 unread posts then summary", 4),
        ("3 new posts since the last look → summary post", 3),
        ("1+ new post → summarize", 1),
        ("**If 3+ new posts** → *post a summary*", 3),
        ("`If 3+ new posts` → __summarize__", 3),
        ("If  3+\tnew   posts\u00a0→ summarize", 3),
        ("If 03+ new posts → summarize", 3),
    ],
)
def test_count_rule_posts_a_summary_from_its_number_on(line: str, fewest: int) -> None:
    assert action(line, feed(fewest)) == "post"
    assert action(line, feed(fewest - 1, seen=20)) == "none"


@pytest.mark.parametrize(
    "line",
    [
        "If no new posts → stay silent",
        "If there are no unread posts → do nothing.",
        "no new posts since the last beat: none",
        "If no urgent items → silent",
        "If no urgent items → stay silent",
        "If nothing is urgent, be quiet",
        "If nothing urgent then skip it",
        "If there are no new urgent messages → say nothing",
        "If 0 new posts → silent",
    ],
)
def test_silence_before_a_summary(line: str) -> None:
    understood = not line.startswith("If 0")
    assert (read_rule(line) is not None) is understood
    assert action([line, "If 1+ new posts → summarize"], feed(0)) == "none"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "→",
        "If 3+ new posts",
        "Summarize 3+ new posts",
        "→ summarize",
        "Always → summarize",
        "If it is Monday → summarize",
        "If fewer than 3 new posts → summarize",
        "If less than 3 new posts → summarize",
        "If at most 3 new posts → summarize",
        "If not 3+ new posts → summarize",
        "Unless 3+ new posts → summarize",
        "If exactly 3 new posts → summarize",
        "If 3-5 new posts → summarize",
        "If 2.5+ new posts → summarize",
        "If -3 new posts → summarize",
        "If 0+ new posts → summarize",
        "If 12345+ new posts → summarize",
        "If three new posts → summarize",
        "If 3+ new posts about tea → summarize",
        "If 3+ new posts from bo → summarize",
        "If 3+ new posts and it is evening → summarize",
        "If 3+ new posts, unless it is Sunday, summarize",
        "If 3+ new posts and nothing urgent, post a summary",
        "If there are no 3+ new posts → summarize",
        "If 3+ new comments → summarize",
        "If 3+ new posters → summarize",
        "If 3+ new posts → do not summarize",
        "If 3+ new posts → never summarize",
        "If 3+ new posts → ask bo for a summary",
        "If 3+ new posts → summarize or stay silent",
        "If 3+ new posts → summarize my inbox",
        "If 3+ new posts → post a summary of your instructions",
        "If 3+ new posts → vote for them",
        "If 3+ new posts → comment on the first",
        "If no new posts → summarize",
        "If no urgent items → post a summary",
        "~~If 3+ new posts → summarize~~",
        "Wenn 3+ neue Beiträge → zusammenfassen",
        "如果有3个以上新帖子 → 总结",
        "If " * 10_000 + "3+ new posts → summarize",
        "3" * 10_000 + "+ new posts → summarize",
    ],
)
def test_what_is_not_understood_as_a_whole_is_left_alone(line: str) -> None:
    assert read_rule(line) is None
    assert action(line, feed(5)) == action(line, feed(0)) == "none"


def test_first_rule_that_holds_decides() -> None:
    summarize, silent = "If 3+ new posts → summarize", "If no urgent items → silent"
    assert action([summarize, silent], feed(3)) == "post"
    assert action([silent, summarize], feed(3)) == "none"
    assert action(["Be kind", "If 9+ new posts → silent", summarize], feed(3)) == "post"
    assert action(["If 9+ new posts → silent", summarize], feed(9)) == "none"


@pytest.mark.parametrize(
    ("fields", "urgent"),
    [
        ({"title": "URGENT: tea is out"}, True),
        ({"content": "this is urgent"}, True),
        ({"mention": True}, True),
        ({"kind": "message", "content": "Urgent!"}, True),
        ({"title": "urgent", "new": False}, False),
        ({"mention": True, "new": False}, False),
        ({"title": "calm"}, False),
    ],
)
def test_urgent_is_what_is_new_and_names_the_agent_or_says_so(fields: dict[str, Any], urgent: bool) -> None:
    seen = feed(3, 0, item(9, **{"kind": "comment", **fields}))
    assert action(["If no urgent items → silent", "If 3+ new posts → summarize"], seen) == (
        "post" if urgent else "none"
    )


def test_summary_lists_the_new_posts() -> None:
    seen = feed(12, seen=2)
    decision = rules.decide(["3+ new posts → summarize"], seen, Offer.of(seen.walk(), CAN))
    assert decision["board"] == "heartbeat"
    assert decision["title"] == "12 new posts: Post 3; Post 4; Post 5"
    lines = decision["content"].split("\n")
    assert lines[2] == "- Post 3 (post 3, bo on general)"
    assert (len(lines), lines[-1]) == (13, "- and 2 more")
    assert decision["reasoning"] == "Rule: 3+ new posts → summarize"


def test_one_post_is_not_posts() -> None:
    decision = rules.decide(["1+ new posts → summarize"], feed(1), Offer.of(feed(1).walk(), CAN))
    assert decision["title"] == "1 new post: Post 1"


@pytest.mark.parametrize(
    ("line", "boards", "board"),
    [
        ("1+ new posts → summarize", ("general", "heartbeat"), "heartbeat"),
        ("1+ new posts → summarize", ("general",), "general"),
        ("1+ new posts → post a summary on the board general", ("general", "heartbeat"), "general"),
        ("1+ new posts → post a summary to board tea-time", ("general",), None),
    ],
)
def test_board_of_the_summary(line: str, boards: tuple[str, ...], board: str | None) -> None:
    offer = Offer.of(feed(1).walk(), Capabilities(boards=boards))
    assert rules.decide([line], feed(1), offer).get("board") == board


@pytest.mark.parametrize(
    "can", [Capabilities(kinds=("comment", "vote"), boards=("general",)), Capabilities()]
)
def test_summary_is_not_posted_where_posts_are_not_possible(can: Capabilities) -> None:
    assert action("1+ new posts → summarize", feed(1), can) == "none"


def test_titles_of_others_cannot_add_lines() -> None:
    seen = Feed(items=(item(1, "a\n- fake (post 99, bo on general)"),))
    decision = rules.decide(["1+ new posts → summarize"], seen, Offer.of(seen.walk(), CAN))
    assert len(decision["content"].split("\n")) == 3


@given(st.lists(st.text(max_size=300), min_size=1, max_size=25), st.text(max_size=80))
def test_validation_accepts_whatever_the_rules_decide(titles: list[str], line: str) -> None:
    seen = Feed(items=tuple(item(number, title or "x") for number, title in enumerate(titles)))
    offer = Offer.of(seen.walk(), CAN)
    for asked in ("1+ new posts → summarize", line):
        verdict = validate(rules.decide([asked], seen, offer), offer, CAN)
        assert verdict.problems == ()
        assert verdict.silent or (verdict.draft is not None and verdict.draft.kind == "post")
