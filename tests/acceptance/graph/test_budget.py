"""What a beat asks stays small whatever stands in the forum, and begins with the same words from beat to beat."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import takewhile
from typing import Any

import pytest

from heartbeat.config import Config
from heartbeat.feed import Feed
from heartbeat.memory import RECENT_LIMIT, Memory, RecentAction
from heartbeat.sources import ContextSource, ConversationSource, ForumSource, Look, collect
from heartbeat.store import messages
from heartbeat.text import inert
from heartbeat_decision import prompt
from heartbeat_decision.answer_cache import Answers
from heartbeat_decision.prompts import load_templates
from tests.support.ollama import Say
from tests.support.reading import Reader, last
from tests.support.world import World

LETTERS = {"ASCII": "x", "words": "tea ", "Chinese": "字", "emoji": "🐦", "markup": "<"}
LIMIT = 4_000
"""Tokens of a question, whatever the feed holds, where HEARTBEAT.md is no longer than people write."""
LINE = "Comment on new posts about birds, " + "a word more, " * 19 + "a word more."
SHIPPED = load_templates(None)
RULES = [
    LINE,
    "3 or more new posts: sum them up",
    "Who answers you gets an answer",
    *(f"Rule {number}: " + "Do nothing without being asked to, " * 3 + "never." for number in range(14)),
]
TEXT = "# Heartbeat\n\n" + "\n".join(f"- {rule}" for rule in RULES)


def tokens(asked: Sequence[tuple[str, str]]) -> int:
    """Estimate from above: three bytes a token in any language, and what a server puts around a message."""
    return sum(len(text.encode()) // 3 + 8 for _, text in asked)


def asked_of(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in body["messages"]]


@pytest.fixture
def world(triaged: World) -> World:
    triaged.write(TEXT)
    return triaged


def fill(world: World, letter: str) -> None:
    """As much as forum and thread show: long posts with long comments, each of them speaking to the agent."""
    full = letter * 10_000
    for _ in range(25):
        number = world.post(full[:200], f"@heartbeat {full}"[:9_000], author=full[:40].strip())
        for _ in range(4):
            world.comment(number, f"@heartbeat {full}"[:9_000], author=full[:40].strip())
    for _ in range(5):
        world.store.write(
            messages.add, "demo", author="owner", content=full[:9_000].strip(), now=world.clock()
        )


def feed_of(world: World) -> Feed:
    sources: list[ContextSource] = [ForumSource(world.store), ConversationSource(world.store)]
    return collect(sources, Look(thread_id="demo", agent_name="heartbeat", now=world.clock()), Memory())


def remembered(letter: str, now: datetime) -> Memory:
    """A memory that is full."""
    text = inert(letter * 120).encode()[:120].decode(errors="ignore")
    action = RecentAction(at=now, kind="comment", target_id="comment:12345", text=text)
    return Memory(recent=(action,) * RECENT_LIMIT, note=(letter * 500)[:500])


def test_instructions_here_are_no_shorter_than_people_write() -> None:
    assert 2_000 <= len(TEXT) <= 2_500


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_small_questions_are_within_their_limit(world: World, letter: str) -> None:
    fill(world, letter)
    reader = Reader(lines={LINE: "comment", RULES[1]: {"label": "stop"}}, fitting=(inert(letter[:3]),))
    reader.say["match"] = lambda body: Say(
        json.dumps({"is": letter * 80, "match": "no" if RULES[1] in last(body) else "yes"})
    )
    world.ollama.answer = reader
    assert world.beat()["status"] == "acted"
    assert {"label", "wanted", "choose", "about", "match", "says", "brief", "writing"} <= set(reader.asked)
    for name, body in reader.calls:
        assert tokens(asked_of(body)) <= LIMIT, name
        assert body["options"]["num_ctx"] <= 8_192
    shown = [len(last(body).splitlines()) for name, body in reader.calls if name == "choose"]
    assert min(shown) > 2, "there is something to choose"


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS)
def test_whole_question_is_within_its_limit(world: World, letter: str) -> None:
    fill(world, letter)
    feed = feed_of(world)
    given: dict[str, Any] = {
        "agent": "heartbeat",
        "instructions": TEXT,
        "memory": remembered(letter, world.clock()),
        "config": Config(),
        "now": world.clock(),
    }
    assert tokens(prompt.build(SHIPPED, **given, tasks=[], feed=feed)) <= LIMIT
    assert {item.kind for item in feed.items} > {"message"}, "the forum is shown, and the owner's last word"
    assert feed.omitted > 0
    assert feed.count_new("post") == 25, "what is left out is counted"


def test_prefix_is_the_same_from_beat_to_beat(world: World) -> None:
    """A model server reuses what it has read: system texts, and examples before small questions."""
    reader = Reader(lines={LINE: "comment", RULES[2]: "answer"}, fitting=("Birds", "@heartbeat"))
    world.ollama.answer = reader
    seen: dict[str, set[str]] = {}
    for number in range(3):
        world.services = replace(world.services, answers=Answers())
        world.post(f"Birds {number}", "In the garden")
        world.comment(world.post(f"Birds again {number}"), "@heartbeat what is new?")
        world.clock.move(days=1)
        assert world.beat()["status"] == "acted"
    for name, body in reader.calls:
        before = body["messages"][:-1]
        assert before[0]["role"] == "system"
        seen.setdefault(name, set()).add(json.dumps(before))
    assert {"label", "choose", "match", "writing"} <= set(seen)
    assert {name: len(each) for name, each in seen.items()} == dict.fromkeys(seen, 1)


def test_system_text_of_the_one_question_is_the_same_from_beat_to_beat(world: World) -> None:
    world.services = replace(world.services, settings=world.settings.model_copy(update={"triage": False}))
    for number in range(2):
        world.post(f"Post {number}")
        world.clock.move(days=1)
        world.beat()
    first, second = (call["messages"] for call in world.ollama.calls)
    assert first[0] == second[0]
    assert first[1] != second[1]
    pairs = takewhile(
        lambda pair: pair[0] == pair[1], zip(first[1]["content"], second[1]["content"], strict=False)
    )
    same = "".join(one for one, _ in pairs)
    assert RULES[-1] in same, "the instructions come before what changes"
