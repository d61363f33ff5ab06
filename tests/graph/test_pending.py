"""A beat does one action; what it has not looked at is new to the next one, and nothing is done twice."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from heartbeat.memory import PENDING_LIMIT, Memory
from heartbeat.store import beats, messages
from nodes.readings import Readings
from tests.support.ollama import FakeOllama, Say, decision
from tests.support.reading import Reader, last, written
from tests.support.world import World

ANSWER, SUM_UP = "Answer who speaks to you", "3 or more new posts: sum them up"


@pytest.fixture
def world(tmp_path: Path, ollama: FakeOllama) -> Iterator[World]:
    made = World(tmp_path, ollama, triage=True)
    made.thread()
    yield made
    made.close()


@pytest.fixture
def reader(world: World) -> Reader:
    made = Reader(
        lines={ANSWER: "answer", SUM_UP: {"label": "count", "number": 3}}, fitting=("@heartbeat", "Please")
    )
    numbers = itertools.count(1)
    made.say["writing"] = lambda body: Say(written(body, content=f"Words {next(numbers)}"))
    world.ollama.answer = made
    return made


def owner(world: World, text: str) -> None:
    world.store.write(messages.add, "demo", author="owner", content=text, now=world.clock())


def deeds(world: World, number: int) -> list[Any]:
    """Run beats, and return what each did: kind and target, or its outcome."""
    done: list[Any] = []
    for _ in range(number):
        # Apart enough for the limit of beats in a minute.
        world.clock.move(seconds=60)
        beat = world.scheduled()
        action = beat["actions"][0] if beat["actions"] else None
        done.append((action["kind"], action["target_id"]) if action else beat["reason"] or beat["status"])
    return done


def one_question(world: World, *replies: str) -> None:
    """Ask one question for everything from now on, and have it answered so."""
    whole = world.services.settings.model_copy(update={"triage": False})
    world.services = replace(world.services, settings=whole)
    world.ollama.answer = None
    world.ollama.replies = [Say(reply) for reply in replies]


def comment_on(post: int, words: str = "An answer") -> str:
    return decision(action="comment", post_id=str(post), content=words, reasoning="It asks.")


def test_all_who_speak_to_the_agent_are_answered_each_once(world: World, reader: Reader) -> None:
    world.write(f"- {ANSWER}")
    spoken = [world.post(f"Question {each}", "@heartbeat which tea?") for each in range(3)]
    done = deeds(world, 6)
    assert sorted(done[:3]) == [("comment", f"post:{number}") for number in spoken]
    assert done[3:] == ["none", "unchanged", "unchanged"]


def test_more_than_are_remembered_as_answered_are_answered_once(world: World, reader: Reader) -> None:
    """Recent actions are ten; what was answered must not depend on them."""
    world.write(f"- {ANSWER}")
    spoken = [world.post(f"Question {each}", "@heartbeat which tea?") for each in range(13)]
    done = deeds(world, 14)
    assert sorted(done[:13]) == sorted(("comment", f"post:{number}") for number in spoken)
    assert done[13] == "none"


def test_what_a_later_line_asks_for_is_done_by_the_next_beat(world: World, reader: Reader) -> None:
    world.write(f"- {ANSWER}\n- {SUM_UP}")
    post = world.post("Tea", "@heartbeat which one?")
    for each in range(3):
        world.post(f"Post {each}")
    assert deeds(world, 4) == [("comment", f"post:{post}"), ("post", None), "none", "unchanged"]


def test_posts_that_were_summed_up_do_not_count_again(world: World, reader: Reader) -> None:
    world.write(f"- {SUM_UP}\n- {ANSWER}")
    for each in range(2):
        world.post(f"Post {each}")
    post = world.post("Tea", "@heartbeat which one?")
    assert deeds(world, 1) == [("post", None)]
    world.post("One more")
    assert deeds(world, 3) == [("comment", f"post:{post}"), "none", "unchanged"]


def test_each_order_of_the_owner_is_obeyed_once(world: World, reader: Reader) -> None:
    world.write("- Read along")
    reader.wants = {"Please tell them of the tea": "post", "Please answer it": "comment"}
    post = world.post("Please")
    owner(world, "Please answer it")
    owner(world, "Please tell them of the tea")
    assert deeds(world, 4) == [("post", None), ("comment", f"post:{post}"), "none", "unchanged"]


def test_each_due_task_is_done_once(world: World, reader: Reader) -> None:
    world.write(
        "tasks:\n"
        "- name: tea\n  interval: 1d\n  prompt: Write about tea\n"
        "- name: look\n  interval: 1d\n  prompt: Look around\n"
        "- name: cake\n  interval: 1d\n  prompt: Write about cake\n"
    )
    reader.lines = {"Write about tea": "post", "Write about cake": "post"}
    assert deeds(world, 3) == [("post", None), ("post", None), "no_tasks_due"]
    writings = [body for name, body in reader.calls if name == "writing"]
    assert ["about tea" in last(writings[0]), "about cake" in last(writings[1])] == [True, True]
    assert sorted(memory(world).tasks) == ["cake", "look", "tea"]


def test_an_order_leaves_the_tasks_due(world: World, reader: Reader) -> None:
    world.write("tasks:\n- name: tea\n  interval: 1d\n  prompt: Write about tea\n")
    reader.lines, reader.wants = {"Write about tea": "post"}, {"Please post": "post"}
    owner(world, "Please post")
    assert deeds(world, 1) == [("post", None)]
    assert memory(world).tasks == {}
    assert deeds(world, 2) == [("post", None), "no_tasks_due"]


def test_a_beat_that_finds_nothing_to_do_has_seen_all(world: World, reader: Reader) -> None:
    world.write(f"- {ANSWER}")
    reader.fitting = ("which tea",)
    answered = world.post("Question", "@heartbeat which tea?")
    reader.say["about"] = lambda _: Say('{"about": "a question about tea"}')
    world.post("Praise", "@heartbeat well done")
    world.post("Thanks", "@heartbeat thank you")
    assert deeds(world, 3) == [("comment", f"post:{answered}"), "none", "unchanged"]
    assert memory(world).pending == ()


def test_what_is_left_outlives_the_process(world: World, reader: Reader) -> None:
    world.write(f"- {ANSWER}")
    for each in range(2):
        world.post(f"Question {each}", "@heartbeat which tea?")
    first = deeds(world, 1)
    twin = world.elsewhere()
    twin.services = replace(twin.services, readings=Readings())
    second = deeds(twin, 2)
    assert second[1] == "none"
    assert sorted([*first, second[0]]) == [("comment", "post:1"), ("comment", "post:2")]
    twin.close()


def test_after_one_question_those_who_spoke_and_were_not_answered_are_left(world: World) -> None:
    first = world.post("Question 1", "@heartbeat which tea?")
    second = world.post("Question 2", "@heartbeat which cake?")
    world.post("Post")
    owner(world, "Be kind")
    one_question(world, comment_on(first), comment_on(second, "Another"))
    assert deeds(world, 3) == [("comment", "post:1"), ("comment", "post:2"), "unchanged"]
    prompts = [last(body) for body in world.ollama.calls]
    told = ["New posts: 3. New comments: 0. New messages in your thread: 1. New mentions of you: 2."]
    told += ["New posts: 1. New comments: 0. New messages in your thread: 0. New mentions of you: 1."]
    assert [words in prompt for words, prompt in zip(told, prompts, strict=True)] == [True] * 2


def test_a_beat_that_did_nothing_for_what_it_saw_leaves_nothing(world: World) -> None:
    """Else a model that says the same again and again would be asked at each beat for ever."""
    first = world.post("Question 1", "@heartbeat which tea?")
    one_question(world, comment_on(first), *[comment_on(first)] * 3)
    assert deeds(world, 1) == [("comment", "post:1")]
    world.post("Question 2", "@heartbeat which cake?")
    assert deeds(world, 2) == ["duplicate", "unchanged"]
    assert len(world.ollama.calls) == 2


def test_what_is_left_is_bounded(world: World, reader: Reader) -> None:
    world.write(f"- {ANSWER}\n- Tell of the tea")
    reader.lines["Tell of the tea"] = "post"
    post = world.post("Tea")
    for each in range(PENDING_LIMIT + 20):
        world.comment(post, f"Remark {each}")
    assert deeds(world, 1) == [("post", None)]
    assert 0 < len(memory(world).pending) <= PENDING_LIMIT


def memory(world: World) -> Memory:
    return Memory.newest(world.store.read(beats.latest_memory, "demo"))
