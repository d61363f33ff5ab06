"""What a thread remembers is its own, and nothing that speaks to the agent is lost."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import cast

import pytest

from checkpoints import open_saver
from graph.heartbeat import compile_graph, graph, run_config
from heartbeat.errors import InvalidValueError
from heartbeat.store import Refusal
from heartbeat.store.approvals import Answer, Edit
from heartbeat.vocabulary import Trigger
from heartbeat_service.approval import answer
from heartbeat_service.runner import Runner
from nodes.state import BeatInput
from tests.support.ollama import Say, decision
from tests.support.world import World

pytestmark = pytest.mark.one_question  # what the one question shows, and whole decisions in reply

TASK = "# Rules\n- Be kind\n\ntasks:\n- name: tea\n  interval: 1h\n  prompt: Ask about tea.\n"


def test_another_thread_on_the_same_langgraph_thread_starts_afresh(world: World) -> None:
    world.write(TASK)
    world.thread("a")
    world.thread("b")
    world.post("First")
    with open_saver(world.settings.checkpoints_path) as saver:
        machine = compile_graph(saver)
        machine.invoke({"thread": "a"}, run_config("a"), context=world.context())
        machine.invoke({"thread": "b"}, run_config("a"), context=world.context())
    assert all("New posts: 1." in prompt for prompt in world.ollama.prompts)
    assert all("Ask about tea." in prompt for prompt in world.ollama.prompts)


def test_checkpoint_of_another_database_is_not_believed(world: World) -> None:
    world.thread()
    for number in range(3):
        world.post(f"Old {number}")
    with open_saver(world.settings.checkpoints_path) as saver:
        compile_graph(saver).invoke({"thread": "demo"}, run_config("demo"), context=world.context())
    world.store.close()
    for file in world.settings.home.glob("heartbeat.db*"):
        file.unlink()
    world.clock.move(hours=1)
    fresh = world.elsewhere()
    fresh.thread()
    fresh.post("Brand new")
    with open_saver(world.settings.checkpoints_path) as saver:
        compile_graph(saver).invoke({"thread": "demo"}, run_config("demo"), context=fresh.context())
    assert "New posts: 1." in world.ollama.prompts[-1]
    fresh.close()


def test_mention_below_an_old_post_is_shown_before_new_posts(world: World) -> None:
    world.thread()
    old = world.post("Old")
    world.beat()
    world.comment(old, "@heartbeat can you help me?")
    for number in range(18):
        world.post(f"New {number}", "x" * 600)
    world.beat()
    assert "@heartbeat can you help me?" in world.ollama.prompts[1]
    assert "New mentions of you: 1." in world.ollama.prompts[1]


def test_time_of_asking_is_not_the_time_of_approval(world: World) -> None:
    world.thread(approval="always")
    world.post()
    world.ollama.says(decision(action="post", board="general", title="T", content="C"))
    runner = Runner(world.services, world.graph)
    waiting = asyncio.run(runner.beat("demo"))
    assert not isinstance(waiting, Refusal)
    asked = world.clock()
    world.clock.move(hours=20)
    asyncio.run(answer(runner, waiting.id, Answer(answer="approve")))
    memory = world.history()[0].memory
    assert memory is not None
    assert memory["asked_at"] == asked.isoformat().replace("+00:00", "Z")


def test_edit_to_a_vote_that_was_cast_is_refused(world: World) -> None:
    world.thread()
    number = world.post()
    world.ollama.says(
        decision(action="vote", post_id=str(number), vote_direction="up"),
        decision(action="vote", post_id=str(number), vote_direction="down"),
    )
    world.beat()
    world.configure(approval="always")
    world.beat()
    given = Answer(answer="approve", edit=Edit(vote_direction="up"))
    with pytest.raises(InvalidValueError, match="edit: done before: vote up"):
        asyncio.run(answer(Runner(world.services, world.graph), 2, given))


def test_person_who_finds_a_beat_left_behind_gets_that_one(world: World) -> None:
    world.thread()
    world.post()
    world.ollama.default = Say(decision(action="post", board="general", title="T", content="C"))
    opened = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), supervised=True)
    assert not isinstance(opened, Refusal)
    world.clock.now += timedelta(seconds=31)
    beat = asyncio.run(Runner(world.services, world.graph).beat("demo"))
    assert not isinstance(beat, Refusal)
    assert (beat.id, beat.status) == (opened.beat_id, "acted")
    assert len(world.ollama.calls) == 1
    assert len(world.history()) == 1


@pytest.mark.parametrize("number", [True, "1", 1.0, 0, -1, 10**30, [1]])
def test_number_of_a_beat_is_checked(world: World, number: object) -> None:
    asked = cast("BeatInput", {"beat_id": number})
    with pytest.raises(InvalidValueError, match=r"beat_id: .* allowed: a whole number from 1"):
        graph.invoke(asked, context=world.context())


def test_secret_in_a_servers_error_is_masked(world: World) -> None:
    world.thread()
    world.ollama.says(Say(status=500, error="bad request: token=sk-abcdefghijklmnopqrstuvwxyz012345"))
    beat = world.beat()
    assert "abcdefghijkl" not in f"{world.detail(beat['id']).model_dump()}"


def test_what_was_done_and_noted_is_told_to_the_next_beats(world: World) -> None:
    world.thread()
    number = world.post()
    below = world.comment(number, "A remark")
    world.ollama.says(
        decision(action="vote", post_id=str(number), vote_direction="up", note="Bo likes tea. <b>"),
        decision(action="comment", comment_id=str(below), content="Which one?\nOr two?"),
        decision(action="post", board="general", title="Tea", content="Words", note=""),
    )
    for _ in range(4):
        assert world.beat()["status"] in ("acted", "none")
    done = ["vote on post 1, up", "comment on comment 1, Which one? Or two?", "post, Tea"]
    for count, prompt in enumerate(world.ollama.prompts):
        told = [line.split(": ", 1)[1] for line in prompt.split("\n") if line.startswith("You did ")]
        assert told == done[:count]
    noted = ["Your note to yourself: Bo likes tea. &lt;b&gt;" in prompt for prompt in world.ollama.prompts]
    assert noted == [False, True, True, False]
