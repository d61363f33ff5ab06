"""The feed of a beat: what is new, what is trimmed, and digests of what others wrote."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartbeat.feed import KINDS, SIZE_LIMIT, Feed, Item, digest_of, newest_first
from tests.support.world import START


def item(number: int, kind: str = "post", **fields: Any) -> Item:
    values = {
        "source": "forum",
        "kind": kind,
        "id": str(number),
        "position": number,
        "author": "bo",
        "title": f"Title {number}",
        "content": "Words",
        "created_at": START + timedelta(minutes=number),
    }
    return Item.model_validate({**values, **fields})


def ids(feed: Feed) -> list[str]:
    return [each.id for each in feed.items]


def test_new_is_what_stands_above_the_mark() -> None:
    post = item(5, comments=(item(7, "comment"), item(8, "comment", own=True)))
    seen = post.seen_from({"forum.post": 5, "forum.comment": 6})
    assert [each.new for each in (seen, *seen.comments)] == [False, True, False]
    assert seen.seen_from({}).new
    assert item(1, source="rss").seen_from({"forum.post": 9}).new, "each source has its own marks"


def test_marks_rise_to_what_was_seen_and_never_fall() -> None:
    feed = Feed(items=(item(5, comments=(item(9, "comment"),)), item(3), item(2, "message", source="thread")))
    marks = feed.marks({"forum.post": 7, "rss.post": 1}, KINDS)
    assert marks == {"forum.post": 7, "rss.post": 1, "forum.comment": 9, "thread.message": 2}
    again = Feed(items=tuple(each.seen_from(marks) for each in feed.items))
    assert [each for each in again.walk() if each.new] == []


def test_marks_of_kinds_that_were_not_read_stay() -> None:
    feed = Feed(items=(item(5, comments=(item(9, "comment"),)),))
    assert feed.marks({"forum.comment": 2}, ("post",)) == {"forum.post": 5, "forum.comment": 2}


def test_own_output_moves_the_marks_and_is_not_new() -> None:
    feed = Feed(items=(item(5, own=True).seen_from({}),))
    assert feed.new("post") == []
    assert feed.marks({}, KINDS) == {"forum.post": 5}


def test_item_shown_twice_is_walked_once() -> None:
    comment = item(7, "comment")
    feed = Feed(items=(item(7, comments=(comment,)), comment))
    assert [(each.kind, each.id) for each in feed.walk()] == [("post", "7"), ("comment", "7")]


def test_newest_first_with_messages_of_the_owner_on_top() -> None:
    ordered = newest_first([item(1), item(3), item(0, "message", source="thread"), item(2, "comment")])
    assert [each.id for each in ordered] == ["0", "3", "2", "1"]
    same = [item(1, created_at=START), item(2, created_at=START)]
    assert [each.id for each in newest_first(same)] == ["2", "1"], "the position decides between equal times"


def test_short_feed_is_not_trimmed() -> None:
    feed = Feed(items=tuple(item(number) for number in range(20)))
    assert feed.trimmed() == feed


def test_trimmed_feed_keeps_what_is_new_longest() -> None:
    items = [item(number, content="x" * 1_000, new=number in (2, 5)) for number in range(9, -1, -1)]
    feed = Feed(items=tuple(items)).trimmed(4_500)
    assert ids(feed) == ["9", "8", "5", "2"], "both new ones, the newest others, in the order of the feed"
    assert feed.omitted == 6


def test_trimmed_feed_keeps_one_item_whatever_its_size() -> None:
    feed = Feed(items=(item(2, content="x" * 99_999), item(1)), omitted=3).trimmed()
    assert (ids(feed), feed.omitted) == (["2"], 4)


@given(st.lists(st.tuples(st.integers(0, 3_000), st.booleans()), max_size=30))
def test_trimmed_feed_fits(sizes: list[tuple[int, bool]]) -> None:
    items = tuple(item(i, content="x" * size, new=new) for i, (size, new) in enumerate(sizes))
    feed = Feed(items=items).trimmed()
    assert sum(each.size for each in feed.items) <= SIZE_LIMIT
    assert len(feed.items) + feed.omitted == len(items)
    assert ids(feed) == sorted(ids(feed), key=int), "the order stays"
    if any(not each.new for each in feed.items):
        assert sum(each.new for each in feed.items) == sum(each.new for each in items)
    assert feed.trimmed() == feed


BASE = Feed(items=(item(2, comments=(item(4, "comment"),)), item(1)))


def with_post(**fields: Any) -> Feed:
    return Feed(items=(item(2, **{"comments": (item(4, "comment"),), **fields}), item(1)))


@pytest.mark.parametrize(
    "same",
    [
        with_post(score=7),
        with_post(own_vote="up"),
        with_post(new=True),
        with_post(created_at=START - timedelta(days=3)),
        with_post(mention=True),
        with_post(comments=(item(4, "comment"), item(5, "comment", own=True))),
        Feed(items=(*BASE.items, item(9, own=True))),
        Feed(items=BASE.items[::-1]),
        Feed(items=BASE.items, problems=("source x: down",)),
    ],
    ids=["score", "vote", "new", "age", "mention", "own comment", "own post", "order", "problem"],
)
def test_no_news(same: Feed) -> None:
    assert set(same.digests()) <= set(BASE.digests())


@pytest.mark.parametrize(
    "other",
    [
        with_post(title="Other"),
        with_post(content="Other"),
        with_post(id="3"),
        with_post(source="rss"),
        with_post(comments=(item(4, "comment", content="Other"),)),
        Feed(items=(*BASE.items, item(9))),
    ],
    ids=["title", "content", "id", "source", "comment edited", "new post"],
)
def test_news(other: Feed) -> None:
    assert not set(other.digests()) <= set(BASE.digests())


@pytest.mark.parametrize("fewer", [with_post(comments=()), Feed()], ids=["comment gone", "all gone"])
def test_what_has_gone_is_no_news(fewer: Feed) -> None:
    assert set(fewer.digests()) <= set(BASE.digests())


def test_digest_depends_on_its_parts() -> None:
    assert len({digest_of(), digest_of(1), digest_of("1"), digest_of({"a": 1, "b": 2})}) == 4
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})


@given(st.lists(st.text(st.characters()), max_size=6), st.randoms(use_true_random=False))
def test_digests_of_any_text_are_stable(texts: list[str], rng: random.Random) -> None:
    items = [item(number, content=text) for number, text in enumerate(texts)]
    before = set(Feed(items=tuple(items)).digests())
    rng.shuffle(items)
    assert set(Feed(items=tuple(items)).digests()) == before
    assert set(Feed.model_validate(Feed(items=tuple(items)).model_dump()).digests()) == before
