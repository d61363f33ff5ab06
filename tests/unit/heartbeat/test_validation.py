"""Validation never raises, and whatever it lets through lies inside the offer."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartbeat.capabilities import Capabilities, Shown
from heartbeat.draft import Offer, build_schema
from heartbeat.text import clean, inert
from heartbeat.validation import DEPTH_LIMIT, REPLY_LIMIT, parse_reply, validate

CAN = Capabilities(boards=("general", "heartbeat"))
OFFER = Offer(
    kinds=("post", "comment", "vote"),
    boards=CAN.boards,
    posts={
        "1": Shown(author="bo"),
        "2": Shown(author="cy", own_vote="up"),
        "3": Shown(author="me", own=True),
    },
    comments={
        "1": Shown(author="bo", post_id="2"),
        "2": Shown(author="me", own=True, post_id="1"),
        "7": Shown(author="cy", post_id="9"),
    },
)
NARROW = Offer(kinds=("comment",), posts={"1": Shown(author="bo")})
EMPTY = Offer()

texts = st.text(st.characters(), max_size=30)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    "action",
    "title",
    "content",
    "board",
    "post_id",
    "comment_id",
    "vote_direction",
    "reasoning",
    "note",
)
likely: dict[str, st.SearchStrategy[Any]] = {
    "action": st.sampled_from(["post", "comment", "vote", "none"]),
    "post_id": st.sampled_from(["1", "2", "3", 1, 2, " 1", ""]),
    "comment_id": st.sampled_from(["1", "2", "7", 7, None]),
    "vote_direction": st.sampled_from(["up", "down"]),
    "board": st.sampled_from(["general", "heartbeat"]),
}
decisions = st.fixed_dictionaries(
    {}, optional={name: likely.get(name, texts) | json_values for name in FIELDS}
) | st.dictionaries(texts, json_values, max_size=4)


@given(decisions, st.sampled_from([OFFER, NARROW, EMPTY]))
def test_any_decision_is_checked_and_any_draft_lies_in_the_offer(
    decision: dict[str, Any], offer: Offer
) -> None:
    verdict = validate(decision, offer, CAN)
    assert bool(verdict.draft) + verdict.silent + bool(verdict.problems) == 1
    draft = verdict.draft
    if draft is None:
        return
    assert draft.kind in offer.kinds
    assert draft.board is None or draft.board in offer.boards
    assert draft.comment_id is None or draft.comment_id in offer.comments
    if draft.comment_id is None:
        assert draft.post_id is None or draft.post_id in offer.posts
    else:
        assert draft.post_id == offer.comments[draft.comment_id].post_id
    for text in (draft.title, draft.content):
        assert text is None or (text.strip() and not set(text) & set("<>"))
        assert all(unicodedata.category(c) not in ("Cc", "Cs") or c in "\n\t" for c in text or "")
    if draft.kind == "vote":
        group = offer.comments if draft.comment_id else offer.posts
        assert not group[draft.comment_id or draft.post_id or ""].own
    assert (draft.kind == "post") == (draft.target_id is None)


@given(decisions)
def test_problems_are_one_line_each_and_short(decision: dict[str, Any]) -> None:
    for problem in validate(decision, OFFER, CAN).problems:
        assert problem.isascii()
        assert problem.isprintable()
        assert len(problem) < 200


@given(st.text(st.characters()))
def test_inert_twice_is_inert_once(text: str) -> None:
    assert inert(inert(text)) == inert(text)
    assert not set(inert(text)) & set("<>")


@given(st.text(st.characters()), st.booleans())
def test_clean_text_can_be_stored_and_stays_clean(text: str, multiline: bool) -> None:
    cleaned = clean(text, multiline=multiline)
    cleaned.encode()
    assert clean(cleaned, multiline=multiline) == cleaned
    assert multiline or len(cleaned.splitlines()) <= 1


@given(st.text(st.characters()) | json_values.map(json.dumps) | decisions.map(json.dumps))
def test_any_reply_is_read_or_refused(text: str) -> None:
    value, problem = parse_reply(text)
    assert (value is None) == (problem is not None)
    if value is not None:
        assert isinstance(value, dict)
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
        assert parse_reply(json.dumps(value)) == (value, None)


@pytest.mark.parametrize(("size", "is_read"), [(REPLY_LIMIT, True), (REPLY_LIMIT + 1, False)])
def test_longest_reply(size: int, is_read: bool) -> None:
    text = '{"action": "none"}'
    value, _ = parse_reply(text + " " * (size - len(text)))
    assert (value is not None) is is_read


@pytest.mark.parametrize(
    ("levels", "is_read"), [(DEPTH_LIMIT, True), (DEPTH_LIMIT + 1, False), (1_000, False), (90_000, False)]
)
def test_deepest_reply(levels: int, is_read: bool) -> None:
    value, problem = parse_reply('{"x": ' + "[" * levels + "]" * levels + "}")
    assert (value is not None) is is_read
    assert is_read or problem == "the reply is nested too deeply; answer with one flat JSON object"


@pytest.mark.parametrize(
    ("text", "blank"),
    [("\u200b", True), ("\ufeff \u2060", True), ("\u00ad", True), ("👩\u200d🚀", False), ("ا\u200cب", False)],
    ids=[
        "zero width space",
        "mark and joiner",
        "soft hyphen",
        "emoji with joiner",
        "Persian with non-joiner",
    ],
)
def test_text_nobody_sees_is_blank(text: str, blank: bool) -> None:
    verdict = validate({"action": "comment", "post_id": "1", "content": text}, OFFER, CAN)
    assert bool(verdict.problems) is blank
    assert blank or (verdict.draft is not None and verdict.draft.content == text)


def test_comment_of_a_post_that_is_not_shown_itself_can_be_answered() -> None:
    verdict = validate({"action": "comment", "comment_id": 7, "content": "x"}, OFFER, CAN)
    assert verdict.draft is not None
    assert (verdict.draft.post_id, verdict.draft.comment_id) == ("9", "7")


@pytest.mark.parametrize(("direction", "duplicate"), [("up", True), ("down", False)])
def test_vote_in_the_same_direction_is_a_duplicate(direction: str, duplicate: bool) -> None:
    verdict = validate({"action": "vote", "post_id": "2", "vote_direction": direction}, OFFER, CAN)
    assert verdict.draft is not None
    assert verdict.duplicate is duplicate


def test_every_problem_is_named_at_once() -> None:
    verdict = validate({"action": "post", "title": "", "board": "tea"}, OFFER, CAN)
    assert [problem.split(":")[0] for problem in verdict.problems] == ["board", "title", "content"]


def test_limits_are_those_of_the_target() -> None:
    can = Capabilities(boards=("general",), title_limit=3, content_limit=4)
    verdict = validate({"action": "post", "title": "<<<", "content": ">>>>>"}, OFFER, can)
    assert verdict.draft is not None
    assert (verdict.draft.title, verdict.draft.content) == ("&lt;" * 3, "&gt;" * 3 + "…")
    assert verdict.remarks == ("content: cut from 5 to 4 characters",)


@pytest.mark.parametrize(
    ("given", "title", "remarks"),
    [
        (None, None, ()),
        (" \u200b", None, ()),
        ("First frost", "First frost", ()),
        ("<b> first\nfrost", "&lt;b&gt; first frost", ()),
        ("The first frost of the year", "The first f…", ("title: cut from 27 to 12 characters",)),
    ],
)
def test_title_that_is_not_required_may_be_given(
    given: str | None, title: str | None, remarks: tuple[str, ...]
) -> None:
    can = Capabilities(boards=("general",), title_required=False, title_limit=12 if remarks else 200)
    verdict = validate({"action": "post", "title": given, "content": "x"}, OFFER, can)
    assert verdict.draft is not None
    assert (verdict.draft.title, verdict.remarks) == (title, remarks)


def test_title_that_is_no_text_is_a_problem_also_where_none_is_required() -> None:
    can = Capabilities(boards=("general",), title_required=False)
    verdict = validate({"action": "post", "title": 5, "content": "x"}, OFFER, can)
    assert verdict.problems == ("title: 5; allowed: text of 1 to 200 characters",)


@pytest.mark.parametrize("offer", [OFFER, NARROW, EMPTY], ids=["everything", "comments", "nothing"])
def test_schema_names_only_what_is_offered(offer: Offer) -> None:
    schema = build_schema(offer, CAN)
    properties = schema["properties"]
    assert properties["action"]["enum"] == [*offer.kinds, "none"]
    assert schema["required"] == list(properties)
    assert ("board" in properties) == ("post" in offer.kinds)
    for name, known in (("post_id", offer.posts), ("comment_id", offer.comments)):
        assert (properties[name]["anyOf"][0]["enum"] if name in properties else []) == list(known)
