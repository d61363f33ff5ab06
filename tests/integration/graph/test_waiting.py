"""A thread goes on while one of its actions waits for approval."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from langgraph.types import Command

from checkpoints import open_saver
from graph.heartbeat import HeartbeatGraph, compile_graph, run_config
from heartbeat.errors import InvalidValueError
from heartbeat.memory import Memory
from heartbeat.store import Refusal, approval_threads, beats
from heartbeat.store.approvals import Answer
from heartbeat.store.tables import Beat
from heartbeat.store.views import BeatView
from heartbeat.threads import approval_langgraph_id
from heartbeat.vocabulary import AnswerOrigin, BeatStatus, Trigger
from heartbeat_service.approval import answer
from heartbeat_service.runner import Runner
from tests.integration.graph.outside import FOLDER, PHONE, PUBLIC, Outside, connect, deliveries
from tests.integration.graph.test_plugins import ended
from tests.support.database import write_as
from tests.support.ollama import decision
from tests.support.world import World

pytestmark = pytest.mark.one_question

NOTE = decision(action="note", text="Buy tea", file="todo.md")
POST = decision(action="post", title="Tea", content="Words")
TELL = decision(action="tell", text="The shop is down.")
NONE = decision(action="none")


@pytest.fixture
def saved(world: World) -> World:
    """A world whose runner keeps checkpoints, with a public target, a file and a phone."""
    connect(world, Outside("public", PUBLIC), Outside("notes", FOLDER), Outside("phone", PHONE))
    world.thread(target=["public", "notes", "phone"], approval=["post", "note"])
    return world


def run(world: World, do: Any) -> Any:
    """Do something with a runner that keeps checkpoints."""

    async def go() -> Any:
        async with open_saver(world.settings.checkpoints_path) as saver:
            return await do(Runner(world.services, compile_graph(saver)))

    return asyncio.run(go())


def beat(world: World) -> BeatView:
    world.clock.move(seconds=30)
    result = run(world, lambda runner: runner.beat("demo"))
    assert not isinstance(result, Refusal), result
    assert isinstance(result, BeatView)
    return result


def give(world: World, beat_id: int, **fields: Any) -> BeatView:
    given = Answer(**fields)
    result = run(world, lambda runner: answer(runner, beat_id, given, by=AnswerOrigin.CLI))
    assert isinstance(result, BeatView)
    return result


def pending(world: World, beat_id: int) -> Any:
    """The interrupt of a beat on the LangGraph thread of its own."""
    with open_saver(world.settings.checkpoints_path) as saver:
        graph: HeartbeatGraph = compile_graph(saver)
        config = run_config("demo", langgraph_id=approval_langgraph_id("demo", beat_id))
        return graph.get_state(config).interrupts


def test_the_thread_acts_on_its_other_targets_while_a_post_waits(saved: World) -> None:
    saved.post("First")
    saved.ollama.says(POST, TELL)
    waiting = beat(saved)
    assert (waiting.status, waiting.summary) == (
        "awaiting_approval",
        "Waits for approval: post to public: Tea.",
    )
    saved.post("Second")
    told = beat(saved)
    assert ended(told.model_dump()) == ("acted", None)
    assert [row.target for row in deliveries(saved)] == ["phone"]
    question = saved.ollama.calls[-1]
    kinds = question["format"]["properties"]["action"]["enum"]
    assert "post" not in kinds
    assert {"note", "tell"} <= set(kinds)
    assert give(saved, 1, answer="approve").status == "acted"
    assert [row.target for row in deliveries(saved)] == ["phone", "public"]


def test_two_wait_at_two_targets_and_are_answered_in_any_order(saved: World) -> None:
    saved.post("First")
    saved.ollama.says(POST, NOTE)
    beat(saved)
    saved.post("Second")
    assert beat(saved).status == "awaiting_approval"
    assert give(saved, 2, answer="approve").status == "acted"
    assert give(saved, 1, answer="reject").status == "rejected"
    assert [row.target for row in deliveries(saved)] == ["notes"]


def test_a_reply_for_a_target_where_another_waits_ends_the_beat(saved: World) -> None:
    saved.post("First")
    saved.ollama.says(POST)
    beat(saved)
    saved.post("Second")
    # The model answers with a kind that it was not offered, twice.
    saved.ollama.says(POST, POST)
    assert beat(saved).status == "failed"
    assert deliveries(saved) == []


def test_a_thread_without_another_target_asks_no_model(world: World) -> None:
    world.thread(approval="always")
    world.post("First")
    world.ollama.says(decision(action="post", board="general", title="Tea", content="Words"))
    assert beat(world).status == "awaiting_approval"
    world.post("Second")
    assert ended(beat(world).model_dump()) == ("skipped", "awaiting_approval")
    assert len(world.ollama.calls) == 1


def test_a_thread_all_of_whose_targets_wait_names_every_beat_that_does(world: World) -> None:
    connect(world, Outside("public", PUBLIC), Outside("notes", FOLDER))
    world.thread(target=["public", "notes"], approval="always")
    world.ollama.says(POST, NOTE)
    for title in ("First", "Second"):
        world.post(title)
        assert beat(world).status == "awaiting_approval"
    world.post("Third")
    skipped = beat(world)
    assert ended(skipped.model_dump()) == ("skipped", "awaiting_approval")
    assert skipped.summary == (
        "Nothing else goes to public before beat 1 has an answer: heartbeat approve 1, or heartbeat reject 1. "
        "Nothing else goes to notes before beat 2 has an answer: heartbeat approve 2, or heartbeat reject 2."
    )


def test_its_interrupt_lies_on_a_thread_of_its_own_until_it_is_answered(saved: World) -> None:
    saved.post("First")
    saved.ollama.says(POST, NONE)
    beat(saved)
    [interrupt] = pending(saved, 1)
    assert interrupt.value["beat_id"] == 1
    assert interrupt.value["meanwhile"] == "Until then the thread goes on, but does nothing else on public."
    beat(saved)
    assert pending(saved, 1)
    give(saved, 1, answer="approve")
    assert pending(saved, 1) == ()
    with open_saver(saved.settings.checkpoints_path) as saver:
        assert saver.get_tuple(run_config("demo", langgraph_id=approval_langgraph_id("demo", 1))) is None


def test_it_is_answered_by_resuming_the_run_on_its_own_thread(saved: World) -> None:
    saved.post("First")
    saved.ollama.says(POST, NONE)
    beat(saved)
    beat(saved)
    with open_saver(saved.settings.checkpoints_path) as saver:
        graph = compile_graph(saver)
        config = run_config("demo", langgraph_id=approval_langgraph_id("demo", 1))
        # New input drops an interrupt in LangGraph; it is back at once, and no thread is made of the id.
        again = graph.invoke({}, config, context=saved.context())
        assert again["__interrupt__"][0].value["beat_id"] == 1
        done = graph.invoke(Command(resume={"answer": "approve"}), config, context=saved.context())
    assert done["beat"]["status"] == "acted"
    row = saved.store.read(beats.get, 1)
    assert row.approval is not None
    assert row.approval["by"] == "run"
    assert len(deliveries(saved)) == 1


def test_memory_counts_what_waits_as_done(saved: World) -> None:
    saved.post("First")
    saved.ollama.says(POST, NONE)
    beat(saved)
    before = Memory.newest(saved.store.read(beats.latest_memory, "demo"))
    assert before.marks
    assert before.recent == ()
    beat(saved)
    give(saved, 1, answer="approve")
    after = Memory.newest(saved.store.read(beats.latest_memory, "demo"))
    assert after.beat == 2


def test_standing_approval(saved: World) -> None:
    saved.post("First")
    saved.ollama.says(POST, decision(action="post", title="More", content="Words"))
    beat(saved)
    give(saved, 1, answer="approve", always=True)
    saved.post("Second")
    assert beat(saved).status == "acted"
    row = saved.store.read(beats.get, 2)
    assert row.approval is not None
    assert (row.approval["by"], row.approval["standing_id"]) == ("standing", 1)


def test_nothing_is_left_of_a_beat_that_was_answered(saved: World) -> None:
    saved.post("First")
    saved.ollama.says(POST)
    beat(saved)
    assert saved.store.read(approval_threads.of_thread, "demo") == [approval_langgraph_id("demo", 1)]
    give(saved, 1, answer="reject")
    assert pending(saved, 1) == ()
    saved.clock.move(minutes=2)
    run(saved, lambda runner: runner.approval_threads.tend(saved.clock()))
    assert saved.store.read(approval_threads.of_thread, "demo") == []


def test_a_beat_that_waited_before_the_upgrade_is_answered_in_place(saved: World) -> None:
    saved.post("First")
    saved.ollama.says(POST, NONE)
    with open_saver(saved.settings.checkpoints_path) as saver:
        compile_graph(saver).invoke({"thread": "demo"}, run_config("demo"), context=saved.context())
    # A runner of the version before left its interrupt on the LangGraph thread of its thread.
    saved.store.write(lambda session: setattr(beats.get(session, 1), "supervised", True))
    saved.store.close()
    write_as("0010", saved.settings.database_path)
    newer = saved.elsewhere()
    connect(newer, Outside("public", PUBLIC), Outside("notes", FOLDER), Outside("phone", PHONE))
    refused = run(newer, lambda runner: runner.beat("demo"))
    assert isinstance(refused, Refusal)
    assert (refused.gate, refused.waiting) == ("awaiting_approval", 1)
    assert give(newer, 1, answer="approve").status == "acted"
    assert [row.target for row in deliveries(newer)] == ["public"]
    with open_saver(newer.settings.checkpoints_path) as saver:
        assert compile_graph(saver).get_state(run_config("demo")).interrupts == ()
    assert beat(newer).status in {"none", "skipped"}
    newer.store.close()


def test_a_waiting_beat_is_not_interrupted_again_on_the_thread_of_its_thread(saved: World) -> None:
    """There it would take the place of what waits there, and an answer would be for another action."""
    saved.post("First")
    saved.ollama.says(POST)
    beat(saved)
    with open_saver(saved.settings.checkpoints_path) as saver:
        graph = compile_graph(saver)
        with pytest.raises(
            InvalidValueError, match=f"waits on the LangGraph thread {approval_langgraph_id('demo', 1)}"
        ):
            graph.invoke({"beat_id": 1}, run_config("demo"), context=saved.context())
    assert pending(saved, 1)


def test_an_action_that_finds_another_waiting_at_its_target_is_not_done(saved: World) -> None:
    """Another process has let one wait there between what the model was shown and its reply."""
    saved.post("First")
    saved.ollama.says(POST)

    def wait(point: str) -> None:
        if point == "before:validate":
            row = Beat(
                thread_id="demo",
                trigger=Trigger.MANUAL,
                status=BeatStatus.AWAITING_APPROVAL,
                action={"kind": "post", "target": "public"},
                expires_at=saved.clock() + timedelta(hours=1),
                started_at=saved.clock(),
                supervised=True,
            )
            saved.store.write(lambda session: session.add(row))

    saved.probe = wait
    found = beat(saved)
    assert ended(found.model_dump()) == ("none", "awaiting_approval")
    assert found.summary.startswith("Nothing else goes to public before beat 2 has an answer")
    assert deliveries(saved) == []
