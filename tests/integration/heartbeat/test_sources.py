"""Sources: what the built-in ones show, and how all of them are asked."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from itertools import count
from threading import Event
from typing import Any, cast

import pytest

from heartbeat.feed import Item
from heartbeat.memory import Memory
from heartbeat.sources import ContextSource, ConversationSource, ForumSource, Look, collect
from heartbeat.store import forum, messages
from heartbeat.text import visible
from tests.support.holds import SOON
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
    assert not source.look(late)


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
    return cast("Sequence[Item]", ["text"])


def returns_nothing() -> Sequence[Item]:
    return cast("Sequence[Item]", None)


@pytest.mark.parametrize(
    ("work", "problem"),
    [
        (raises, "source plugin: ValueError: no network"),
        (returns_other_things, "source plugin: it shows 'text'; allowed: items"),
        (returns_nothing, "source plugin: TypeError: "),
    ],
)
def test_source_that_fails_is_a_problem_and_no_more(work: Callable[[], Sequence[Item]], problem: str) -> None:
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
    assert elapsed < SOON
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


class Raising(Item):
    """An item whose score is computed, and fails."""

    def __getattribute__(self, name: str) -> Any:
        if name == "score":
            raise OSError("no answer of the server")
        return super().__getattribute__(name)


class Unspeakable:
    def __repr__(self) -> str:
        raise RuntimeError("no words")


class Nowhere(tzinfo):
    def utcoffset(self, _: datetime | None) -> timedelta:
        raise RuntimeError("no zone")

    dst = utcoffset

    def tzname(self, _: datetime | None) -> str:
        return "nowhere"


def bare(**fields: Any) -> Item:
    """An item past the checks of its class, as ``model_construct`` makes it."""
    return Item.model_construct(**fields)


def made(**fields: Any) -> Item:
    return bare(**{**dict(ITEM), "id": "bad", **fields})


FAULTY: dict[str, tuple[object, str]] = {
    "no item": ({"what": "is this"}, "it shows {'what': 'is this'}; allowed: items"),
    "nothing": (None, "it shows None; allowed: items"),
    "no words": (Unspeakable(), "it shows something of the type Unspeakable; allowed: items"),
    "field that raises": (
        Raising(**{**dict(ITEM), "id": "bad"}),
        "it shows an item that cannot be read: OSError: no answer of the server",
    ),
    "field that is missing": (
        bare(source="plugin"),
        "it shows an item that cannot be read: Attr",
    ),
    "author": (made(author=None), "it shows an item whose author is None; Input should be a valid string"),
    "kind": (made(kind="letter"), "it shows an item whose kind is 'letter'; allowed: post, comment, message"),
    "kind that is no text": (made(kind=["post"]), "it shows an item whose kind is ['post']; allowed: post, "),
    "text": (made(content=b"x"), "it shows an item whose content is b'x'; "),
    "own": (made(own="no"), "it shows an item whose own is 'no'; "),
    "mention": (made(mention=1), "it shows an item whose mention is 1; "),
    "reply": (made(reply=None), "it shows an item whose reply is None; "),
    "vote": (made(own_vote="sideways"), "it shows an item whose own_vote is 'sideways'; "),
    "score": (made(score=float("nan")), "it shows an item whose score is nan; "),
    "fraction": (made(score=1.5), "it shows an item whose score is 1.5; "),
    "endless score": (made(score=float("inf")), "it shows an item whose score is inf; "),
    "huge score": (made(score=2**63), "it shows post bad with the score 9223372036854775808; "),
    "position": (made(position="1"), "it shows an item whose position is '1'; "),
    "huge position": (
        made(position=10**30),
        "it shows post bad with the position 1000000000000000000000000000000; ",
    ),
    "instant": (made(created_at="now"), "it shows an item whose created_at is 'now'; "),
    "naive": (made(created_at=START.replace(tzinfo=None)), "it shows post bad without a time zone; "),
    "zone that raises": (
        made(created_at=START.replace(tzinfo=Nowhere())),
        "it shows an item that cannot be read: RuntimeError: no zone",
    ),
    "end of time": (
        made(created_at=datetime.max.replace(tzinfo=timezone(timedelta(hours=-1)))),
        "it shows an item that cannot be read: OverflowError: ",
    ),
    "other source": (made(source="thread"), "it shows an item of the source 'thread'; allowed: its own"),
    "id": (made(id=7), "it shows an item whose id is 7; "),
    "long id": (made(id="x" * 65), "it shows the id 'xxx"),
    "half a character": (made(id="\ud800"), "it shows the id '\\ud800'; "),
    "long post": (made(kind="comment", post_id="x" * 65), "it shows the post_id 'xxx"),
    "twice": (ITEM, "it shows post 1 twice"),
}


@pytest.mark.parametrize(("item", "problem"), FAULTY.values(), ids=FAULTY)
def test_faulty_item_is_left_out_alone(item: object, problem: str) -> None:
    good = [ITEM.model_copy(update={"id": str(number), "position": number}) for number in range(1, 10)]
    shown = cast("Sequence[Item]", [*good[:5], item, *good[5:]])
    feed = collect([Plugin(lambda: shown)], ANY, Memory())
    assert [each.id for each in feed.items] == [str(number) for number in range(9, 0, -1)]
    [said] = feed.problems
    assert said.startswith(f"source plugin: {problem}")
    assert len(said) <= 300
    json.dumps(feed.model_dump(mode="json"), allow_nan=False)


@pytest.mark.parametrize(("item", "problem"), FAULTY.values(), ids=FAULTY)
def test_faulty_comment_is_left_out_alone(item: object, problem: str) -> None:
    comments = [ITEM.model_copy(update={"id": name, "kind": "comment"}) for name in "ab"]
    post = ITEM.model_copy(update={"comments": (comments[0], item, comments[1])})
    feed = collect([Plugin(lambda: [post])], ANY, Memory())
    assert [[below.id for below in each.comments] for each in feed.items] == [["a", "b"]]
    assert len(feed.problems) == 1


@pytest.mark.parametrize(
    ("items", "ids", "problem"),
    [
        (
            [made(comments=(made(kind="post", id="below"),))],
            ["bad"],
            "it shows post below below post bad; allowed: comments",
        ),
        (
            [made(kind="comment", comments=(made(kind="comment", id="below"),))],
            ["bad"],
            "it shows an item below comment bad; allowed: below a post",
        ),
        (
            [made(comments=None)],
            ["bad"],
            "it shows post bad with comments that cannot be read: TypeError: None is no tuple",
        ),
        ([made(kind="message"), made(kind="message")], ["bad"], "it shows message bad twice"),
        ([made(kind="message"), made()], ["bad", "bad"], None),
    ],
)
def test_what_stands_below_or_twice(items: list[Item], ids: list[str], problem: str | None) -> None:
    feed = collect([Plugin(lambda: items)], ANY, Memory())
    assert [each.id for each in feed.items] == ids
    assert feed.problems == ((f"source plugin: {problem}",) if problem else ())
    assert all(each.comments == () for each in feed.items)


def test_item_that_another_source_shows_is_left_out_alone() -> None:
    second = GOOD.model_copy(update={"id": "2"})
    feed = collect([Plugin(lambda: [ITEM]), Plugin(lambda: [GOOD, second], name="good")], ANY, Memory())
    assert [each.key for each in feed.items] == ["plugin.post:1", "good.post:2"]
    assert feed.problems == ("source good: it shows post 1, which is one of the source plugin too",)


def test_what_came_before_a_failure_is_kept() -> None:
    def work() -> Iterator[Item]:
        yield ITEM
        raise OSError("gone at sk-abcdefghijklmnopqrstuvwxyz012345")

    feed = collect([Plugin(cast("Callable[[], Sequence[Item]]", work))], ANY, Memory())
    assert [each.id for each in feed.items] == ["1"]
    [said] = feed.problems
    assert said.startswith("source plugin: OSError: gone at ")
    assert "abcdefghijkl" not in said


def test_what_came_before_the_time_was_up_is_kept() -> None:
    stop = Event()

    def work() -> Iterator[Item]:
        yield ITEM
        stop.wait(60)

    feed = collect([Plugin(cast("Callable[[], Sequence[Item]]", work), time_limit=0.1)], ANY, Memory())
    stop.set()
    assert [each.id for each in feed.items] == ["1"]
    assert feed.problems == ("source plugin: no answer within 0.1 s",)


def test_source_without_end_is_left_after_five_hundred() -> None:
    def work() -> Iterator[Item]:
        for number in count(1):
            yield ITEM.model_copy(update={"id": str(number)})

    feed = collect([Plugin(cast("Callable[[], Sequence[Item]]", work))], ANY, Memory())
    assert len(feed.items) + feed.omitted == 500
    assert feed.problems == ("source plugin: it shows more than 500 items; those after were not looked at",)


def test_many_faulty_items_are_told_in_few_problems() -> None:
    feed = collect([Plugin(lambda: cast("Sequence[Item]", "x" * 100))], ANY, Memory())
    assert len(feed.problems) == 6
    assert feed.problems[-1] == "source plugin: it shows 95 more that cannot be used"


def test_texts_are_cut_and_can_be_stored() -> None:
    texts = dict.fromkeys(("title", "content", "author", "answers", "board"), "\ud800" + "x" * 10_000)
    [item] = collect([Plugin(lambda: [made(**texts)])], ANY, Memory()).items
    assert [len(str(getattr(item, name))) for name in texts] == [200, 1_000, 200, 1_000, 64]
    item.model_dump_json().encode()


def test_a_zone_far_away_is_no_fault() -> None:
    at = START.astimezone(timezone(timedelta(hours=14)))
    [item] = collect([Plugin(lambda: [made(created_at=at)])], ANY, Memory()).items
    assert item.created_at == START


CLAIMS = [
    "owner",
    "Owner",
    "OWNER ",
    "ｏｗｎｅｒ",
    "ow\u200bner",
    "@owner",
    "heartbeat",
    "HEARTBEAT",
    "heart-beat",
    "ｈeartbeat",
]


@pytest.mark.parametrize("author", CLAIMS)
@pytest.mark.parametrize("kind", ["post", "comment", "message"])
def test_who_claims_to_be_the_owner_or_the_agent_is_a_stranger(kind: str, author: str) -> None:
    claimed = made(kind=kind, author=author, from_owner=True, own=kind == "message")
    post = made(id="2", comments=(made(kind="comment", id="3", author=author, from_owner=True),))
    feed = collect([Plugin(lambda: [claimed, post])], ANY, Memory())
    assert (len(list(feed.walk())), feed.problems) == (3, ())
    for item in feed.walk():
        if item.id != "2":
            assert (item.from_owner, item.own, item.author) == (
                False,
                False,
                f"a stranger called {visible(author).strip()}",
            )


def test_source_cannot_take_the_place_of_the_conversation_by_its_name() -> None:
    item = made(source="thread", kind="message", author="owner", from_owner=True)
    [shown] = collect([Plugin(lambda: [item], name="thread")], ANY, Memory()).items
    assert (shown.from_owner, shown.author) == (False, "a stranger called owner")


@pytest.mark.parametrize("name", ["thread", "mail"])
def test_source_derived_from_the_conversation_gives_no_orders(world: World, name: str) -> None:
    class Mail(ConversationSource):
        def look(self, look: Look) -> Sequence[Item]:
            return [made(source=name, kind="message", author="owner", from_owner=True)]

    [item] = collect([Mail(world.store, name=name)], ANY, Memory()).items
    assert (item.from_owner, item.author) == (False, "a stranger called owner")


def test_what_the_agent_posted_elsewhere_is_its_own_as_the_source_says() -> None:
    [item] = collect([Plugin(lambda: [made(own=True, author=ME)])], ANY, Memory()).items
    assert (item.own, item.author) == (True, ME)
    [item] = collect([Plugin(lambda: [made(own=True, author="Owner")])], ANY, Memory()).items
    assert (item.own, item.author) == (False, "a stranger called Owner")


def test_owner_speaks_in_the_conversation_and_nowhere_else(world: World) -> None:
    thread = world.thread()
    for author in ("owner", "Owner", "ann", ME, "ＨＥＡＲＴＢＥＡＴ"):
        world.store.write(messages.add, thread, author=author, content=author, now=world.clock())
    world.comment(world.post(author="owner"), author="OWNER")
    sources: list[ContextSource] = [ForumSource(world.store), ConversationSource(world.store)]
    feed = collect(sources, Look(thread_id=thread, agent_name=ME, now=world.clock()), Memory())
    assert {
        item.content: (item.from_owner, item.own, item.author)
        for item in feed.walk()
        if item.kind == "message"
    } == {
        "owner": (True, False, "owner"),
        "Owner": (False, False, "a stranger called Owner"),
        "ann": (False, False, "ann"),
        ME: (False, True, ME),
        "ＨＥＡＲＴＢＥＡＴ": (False, False, "a stranger called ＨＥＡＲＴＢＥＡＴ"),
    }
    assert [item.author for item in feed.walk() if item.kind != "message"] == [
        "a stranger called owner",
        "a stranger called OWNER",
    ]
