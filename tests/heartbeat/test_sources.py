"""Sources: what the built-in ones show, and how all of them are asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from threading import Event
from typing import cast

import pytest

from heartbeat.feed import Item
from heartbeat.memory import Memory
from heartbeat.sources import ConversationSource, ForumSource, Look, collect
from heartbeat.store import forum, messages
from tests.support.world import START, World

ME = "heartbeat"


def look(world: World) -> list[Item]:
    source = ForumSource(world.store)
    return list(source.look(Look(thread_id="demo", agent_name=ME, now=world.clock())))


def posts(world: World) -> list[str]:
    return [item.title for item in look(world) if item.kind == "post"]


def comments(world: World) -> dict[str, Item]:
    """Comments that are shown on their own, by content."""
    return {item.content: item for item in look(world) if item.kind == "comment"}


def test_post_is_shown_for_seven_days(world: World) -> None:
    world.post("Tea")
    world.clock.move(days=7)
    assert posts(world) == ["Tea"]
    world.clock.move(seconds=1)
    assert posts(world) == []


def test_twenty_newest_posts_of_others_are_shown(world: World) -> None:
    for number in range(25):
        world.post(f"Post {number}")
        world.post(f"Own {number}", author=ME)
        world.clock.move(minutes=1)
    assert posts(world) == [f"Post {number}" for number in range(24, 4, -1)]


def test_post_shows_what_concerns_the_agent(world: World) -> None:
    number = world.post("Tea, @Heartbeat?", "x" * 700)
    world.store.write(forum.vote, "post", number, voter=ME, value=-1, now=world.clock())
    world.store.write(forum.vote, "post", number, voter="bo", value=1, now=world.clock())
    [item] = look(world)
    assert (item.id, item.position, item.author, item.board) == ("1", 1, "bo", "general")
    assert (item.own_vote, item.score, item.mention, item.own, item.reply) == ("down", 0, True, False, False)
    assert item.content == "x" * 599 + "…"
    assert item.created_at == START


def test_post_shows_its_three_latest_comments_oldest_first(world: World) -> None:
    number = world.post()
    for name in "abcde":
        world.comment(number, name)
    [item] = look(world)
    assert [comment.content for comment in item.comments] == ["c", "d", "e"]
    assert {comment.post_id for comment in item.comments} == {str(number)}


def test_own_comment_is_shown_as_such(world: World) -> None:
    number = world.post()
    world.comment(number, "mine", author=ME)
    world.comment(number, "yours")
    [item] = look(world)
    assert [(comment.content, comment.own) for comment in item.comments] == [("mine", True), ("yours", False)]


def test_long_comment_is_cut(world: World) -> None:
    world.comment(world.post(), "x" * 301)
    assert look(world)[0].comments[0].content == "x" * 299 + "…"


def test_own_vote_on_a_comment_is_shown(world: World) -> None:
    remark = world.comment(world.post())
    world.store.write(forum.vote, "comment", remark, voter=ME, value=1, now=world.clock())
    [item] = look(world)
    assert (item.own_vote, item.comments[0].own_vote) == (None, "up")


def test_comments_that_answer_or_name_the_agent_are_shown_wherever_they_stand(world: World) -> None:
    own = world.post("Own", author=ME)
    old = world.post("Old")
    mine = world.comment(old, "my remark", author=ME)
    world.clock.move(days=8)
    world.comment(own, "to my post")
    world.comment(old, "to my comment", parent_comment_id=mine)
    world.comment(old, "hello @HEARTBEAT")
    world.comment(old, "to nobody")
    world.comment(own, "mine @heartbeat", author=ME)
    shown = comments(world)
    assert {text: (item.reply, item.mention) for text, item in shown.items()} == {
        "to my post": (True, False),
        "to my comment": (True, False),
        "hello @HEARTBEAT": (False, True),
    }
    assert shown["to my post"].post_id == str(own)


def test_comment_on_own_post_leaves_after_seven_days(world: World) -> None:
    world.comment(world.post(author=ME), "to my post")
    world.clock.move(days=7)
    assert list(comments(world)) == ["to my post"]
    world.clock.move(seconds=1)
    assert comments(world) == {}


def test_twenty_newest_answers_are_shown(world: World) -> None:
    own = world.post(author=ME)
    for number in range(25):
        world.comment(own, f"Remark {number}")
    assert list(comments(world)) == [f"Remark {number}" for number in range(24, 4, -1)]


def test_answer_under_a_shown_post_is_shown_once(world: World) -> None:
    world.comment(world.post(), "@heartbeat hello")
    [item] = look(world)
    assert item.comments[0].mention


def test_name_with_a_wildcard_is_matched_as_it_is(world: World) -> None:
    old = world.post()
    world.clock.move(days=8)
    world.comment(old, "@axb hello")
    world.comment(old, "@a_b hello")
    source = ForumSource(world.store)
    items = source.look(Look(thread_id="demo", agent_name="a_b", now=world.clock()))
    assert [item.content for item in items] == ["@a_b hello"]


def test_last_five_messages_of_the_thread_are_shown(world: World) -> None:
    for thread in ("demo", "other"):
        world.thread(thread)
        for number in range(7):
            author = ME if number == 5 else "ann"
            world.store.write(
                messages.add, thread, author=author, content=f"{thread} {number}", now=world.clock()
            )
    source = ConversationSource(world.store)
    asked = Look(thread_id="demo", agent_name=ME, now=world.clock())
    items = source.look(asked)
    assert [item.content for item in items] == [f"demo {number}" for number in range(2, 7)]
    assert [item.own for item in items] == [False, False, False, True, False]
    late = Look(thread_id="demo", agent_name=ME, now=world.clock() + timedelta(days=7, seconds=1))
    assert source.look(late) == []


@dataclass(frozen=True)
class Plugin:
    work: Callable[[], Sequence[Item]]
    name: str = "plugin"
    time_limit: float = 5.0

    def look(self, look: Look) -> Sequence[Item]:
        return self.work()


ITEM = Item(source="plugin", kind="post", id="1", position=1, author="bo", created_at=START)
GOOD = ITEM.model_copy(update={"source": "good"})
ANY = Look(thread_id="demo", agent_name=ME, now=START)


def raises() -> Sequence[Item]:
    raise ValueError("no network")


def returns_other_things() -> Sequence[Item]:
    return cast("Sequence[Item]", [ITEM, "text"])


def returns_nothing() -> Sequence[Item]:
    return cast("Sequence[Item]", None)


@pytest.mark.parametrize(
    ("work", "problem"),
    [
        (raises, "source plugin: ValueError: no network"),
        (returns_other_things, "source plugin: TypeError: it shows 'text'; allowed: items"),
        (returns_nothing, "source plugin: TypeError: "),
    ],
)
def test_source_that_fails_is_a_problem_and_shows_nothing(
    work: Callable[[], Sequence[Item]], problem: str
) -> None:
    feed = collect([Plugin(work), Plugin(lambda: [GOOD], name="good")], ANY, Memory())
    assert len(feed.problems) == 1
    assert feed.problems[0].startswith(problem)
    assert [item.id for item in feed.items] == ["1"]


def test_sources_are_asked_at_the_same_time_and_each_has_its_limit() -> None:
    stop = Event()

    def hangs() -> Sequence[Item]:
        stop.wait(60)
        return [ITEM]

    started = time.monotonic()
    slow = [Plugin(hangs, name=f"slow{number}", time_limit=0.1) for number in range(3)]
    feed = collect([*slow, Plugin(lambda: [GOOD], name="good")], ANY, Memory())
    elapsed = time.monotonic() - started
    stop.set()
    assert elapsed < 3
    assert feed.problems == tuple(f"source slow{number}: no answer within 0.1 s" for number in range(3))
    assert len(feed.items) == 1


def test_time_limit_that_a_source_itself_meets_is_its_own_error() -> None:
    def work() -> Sequence[Item]:
        raise TimeoutError("read timed out")

    [problem] = collect([Plugin(work)], ANY, Memory()).problems
    assert problem.startswith("source plugin: ")


def test_what_is_new_is_told_by_the_marks() -> None:
    items = [ITEM, ITEM.model_copy(update={"id": "2", "position": 2})]
    feed = collect([Plugin(lambda: items)], ANY, Memory(marks={"plugin.post": 1}))
    assert {item.id: item.new for item in feed.items} == {"1": False, "2": True}


def test_no_sources_show_nothing() -> None:
    assert collect([], ANY, Memory()).items == ()


def mentioned(world: World, name: str) -> list[str]:
    found = ForumSource(world.store).look(Look(thread_id="demo", agent_name=name, now=world.clock()))
    walk = [each for top in found for each in (top, *top.comments)]
    return [each.title or each.content for each in walk if each.mention]


NAMES = [
    ("Ärni", "ÄRNI", "Ärnis"),
    ("жук", "ЖУК", "жуки"),
    ("ΟΔΟΣ", "οδος", "οδοσx"),
    ("İpek", "ipek", "ipekler"),
    ("Straße", "STRASSE", "strassen"),
    ("ärni", "A\u0308rni", "a\u0308rni\u0301"),
    ("a_b", "A_B", "axb"),
]


@pytest.mark.parametrize(("name", "spelt", "other"), NAMES)
def test_mention_is_found_in_any_language_and_case(world: World, name: str, spelt: str, other: str) -> None:
    old = world.post()
    world.clock.move(days=8)
    world.comment(old, f"hello @{spelt}")
    for _ in range(25):
        # More than are looked at: a longer name does not push out a mention.
        world.comment(old, f"hello @{other}")
    world.post(f"Tea, @{spelt}?")
    world.post(f"Tea, @{other}?")
    assert sorted(mentioned(world, name)) == [f"Tea, @{spelt}?", f"hello @{spelt}"]
