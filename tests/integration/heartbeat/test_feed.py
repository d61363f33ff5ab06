"""The feed of a beat: what is new, what is trimmed, and digests of what others wrote."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartbeat.feed import SIZE_LIMIT, Feed, Item, digest_of, newest_first
from heartbeat.memory import Memory
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
    seen = post.seen_from(Memory(marks={"forum.post": 5, "forum.comment": 6}))
    assert [each.new for each in (seen, *seen.comments)] == [False, True, False]
    assert seen.seen_from(Memory()).new
    assert item(1, source="rss").seen_from(Memory(marks={"forum.post": 9})).new, (
        "each source has its own marks"
    )


def test_marks_rise_to_what_was_seen_and_never_fall() -> None:
    feed = Feed(items=(item(5, comments=(item(9, "comment"),)), item(3), item(2, "message", source="thread")))
    marks = feed.marks({"forum.post": 7, "rss.post": 1})
    assert marks == {"forum.post": 7, "rss.post": 1, "forum.comment": 9, "thread.message": 2}
    again = Feed(items=tuple(each.seen_from(Memory(marks=marks)) for each in feed.items))
    assert [each for each in again.walk() if each.new] == []


def test_own_output_moves_the_marks_and_is_not_new() -> None:
    feed = Feed(items=(item(5, own=True).seen_from(Memory()),))
    assert feed.new("post") == []
    assert feed.marks({}) == {"forum.post": 5}


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


@pytest.mark.parametrize("letter", ["x", "字", "🐦", "<"])
def test_trimmed_feed_shortens_what_would_push_out_the_rest(letter: str) -> None:
    large = item(3, title=letter * 200, content=letter * 99_999, author=letter * 200)
    feed = Feed(items=(large, item(2), item(1)), omitted=3).trimmed()
    assert (ids(feed), feed.omitted) == (["3", "2", "1"], 3)
    short = feed.items[0]
    assert short.size <= SIZE_LIMIT // 3
    assert short.content == letter * (len(short.content) - 1) + "…"
    assert len(short.content.encode()) <= 600


def test_comments_that_speak_to_the_agent_stay_longest() -> None:
    below = tuple(
        item(number, "comment", content="字" * 300, new=number > 2, mention=number == 3)
        for number in range(1, 6)
    )
    [post] = Feed(items=(item(1, content="字" * 600, comments=below),)).trimmed(3_600).items
    assert post.size <= 1_200
    assert [comment.id for comment in post.comments] == []
    [post] = Feed(items=(item(1, content="字", comments=below),)).trimmed(4_100).items
    assert post.size <= 1_366
    assert [comment.id for comment in post.comments] == ["3", "5"], "the mention, then the newest"
    assert [len(comment.content) for comment in post.comments] == [200, 66]


def test_new_ones_that_are_left_out_are_counted() -> None:
    items = tuple(item(number, content="x" * 400, new=number > 10) for number in range(40, 0, -1))
    feed = Feed(items=items).trimmed()
    assert len(feed.new("post")) < 30
    assert feed.count_new("post") == 30
    assert feed.count_new("comment") == 0
    assert feed.trimmed(2_000).count_new("post") == 30
    assert feed.trimmed(2_000).omitted == 40 - len(feed.trimmed(2_000).items)


def test_the_last_word_of_the_owner_stays_whatever_is_new() -> None:
    """It may ask for silence until the owner writes again."""
    urgent = [item(number, content="x" * 500, new=True, mention=True) for number in range(40, 10, -1)]
    words = [
        item(number, "message", source="thread", from_owner=number < 3, content="字" * 1_000)
        for number in (3, 2, 1)
    ]
    feed = Feed(items=(*words, *urgent)).trimmed()
    assert [each.id for each in feed.items if each.kind == "message"] == ["2"]
    assert feed.items[0].content.startswith("字" * 130)


def test_own_comments_stay_so_that_nobody_is_answered_twice() -> None:
    below = (
        item(1, "comment", own=True),
        *(item(number, "comment", content="x" * 300) for number in range(2, 6)),
    )
    [post] = Feed(items=(item(1, comments=below),)).trimmed(1_500).items
    assert "1" in [comment.id for comment in post.comments]


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
