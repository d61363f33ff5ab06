"""What a beat asks stays small whatever stands in the forum, and begins with the same words from beat to beat."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import takewhile
from typing import Any

import pytest

from heartbeat.config import Config
from heartbeat.decision_mode import DecisionMode
from heartbeat.feed import Feed
from heartbeat.memory import RECENT_LIMIT, Memory, RecentAction
from heartbeat.sources import ContextSource, ConversationSource, ForumSource, Look, collect
from heartbeat.store import messages
from heartbeat.text import inert
from heartbeat_decision import prompt
from heartbeat_decision.prompts import load_templates
from tests.support.plan_beats import follow, is_guarding, is_judging
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
Rule = tuple[str, str, str, Mapping[str, Any]]
ABOUT_BIRDS: Rule = ("comment", "if", "forum", {"question": "Is it about birds?", "how": "a remark"})
SUMS_UP: Rule = ("post", "number", "forum", {"number": "at least 3", "how": "a summary"})
TEXT = "# Heartbeat\n\n" + "\n".join(f"- {rule}" for rule in RULES)


def tokens(asked: Sequence[tuple[str, str]]) -> int:
    """Estimate from above: three bytes a token in any language, and what a server puts around a message."""
    return sum(len(text.encode()) // 3 + 8 for _, text in asked)


def asked_of(body: dict[str, Any]) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in body["messages"]]


@pytest.fixture
def world(world: World) -> World:
    world.thread()
    world.write(TEXT)
    return world


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
@pytest.mark.parametrize("rule", [ABOUT_BIRDS, SUMS_UP], ids=["of an item", "of many"])
def test_questions_of_a_plan_are_within_their_limit(world: World, letter: str, rule: Rule) -> None:
    model = follow(world, {LINE: rule}, text=TEXT, meant={"birds": ("",)})
    fill(world, letter)
    assert world.beat()["status"] == "acted"
    assert len(model.wrote) == 1
    assert bool(model.judged) == (rule is ABOUT_BIRDS)
    for body in world.ollama.calls:
        assert tokens(asked_of(body)) <= (LIMIT if is_judging(body) else 2 * LIMIT)
        assert body["options"]["num_ctx"] <= 8_192


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
    """A model server reuses what it has read: system texts, and the examples before questions."""
    follow(world, {LINE: ABOUT_BIRDS, RULES[1]: SUMS_UP}, meant={"birds": ("Birds",)})
    seen: dict[str, set[str]] = {"judge": set(), "guard": set(), "write": set()}
    for number in range(3):
        world.post(f"Birds {number}", "In the garden")
        world.clock.move(days=1)
        assert world.beat()["status"] == "acted"
    for body in world.ollama.calls:
        before = body["messages"][:-1]
        assert before[0]["role"] == "system"
        kind = "guard" if is_guarding(body) else "judge" if is_judging(body) else "write"
        seen[kind].add(json.dumps(before))
    assert [len(each) for each in seen.values()] == [1, 1, 1]


def test_system_text_of_the_one_question_is_the_same_from_beat_to_beat(world: World) -> None:
    whole = world.settings.model_copy(update={"decision": DecisionMode.WHOLE})
    world.services = replace(world.services, settings=whole)
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
