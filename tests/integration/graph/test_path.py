"""The row of a beat says which nodes its newest run has gone through, whichever way it took and whoever ended it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Sequence
from typing import Any

import pytest
from langgraph.types import Command

from checkpoints import open_saver
from graph.heartbeat import compile_graph, graph, run_config
from heartbeat.store import Claim, Outcome, Refusal, approvals, beats, unsettled, views
from heartbeat.store.approvals import Answer
from heartbeat.vocabulary import AnswerOrigin, BeatStatus, Reason, Trigger
from heartbeat_service.approval import answer
from heartbeat_service.local_runner import LocalRunner
from heartbeat_service.runner import Runner, Step
from tests.support.claiming import claim_due
from tests.support.database import write_as
from tests.support.ollama import Say, decision
from tests.support.plan_beats import follow
from tests.support.world import World

BY = AnswerOrigin.API

POST = decision(action="post", board="general", title="Tea", content="Hot.", reasoning="New.")
WRONG = decision(action="vote", post_id="999", vote_direction="up")
LOADED = ["load_instructions"]
SEEN = [*LOADED, "gather_context"]
DECIDED = [*SEEN, "decide"]
CHECKED = [*DECIDED, "validate"]
REPAIRED = [*CHECKED, "decide", "validate"]
SENT = ["approve", "dispatch", "settle"]


def path_of(world: World, beat_id: int) -> Sequence[str] | None:
    return world.detail(beat_id).path


def waiting(world: World) -> int:
    world.thread(approval="always")
    world.ollama.says(POST)
    result = asyncio.run(Runner(world.services, graph).beat("demo"))
    assert not isinstance(result, Refusal)
    assert result.status == "awaiting_approval"
    return result.id


@pytest.mark.one_question  # replies with a whole decision
@pytest.mark.parametrize(
    ("replies", "given", "expected"),
    [
        ([decision(action="none")], {}, [*CHECKED, "settle"]),
        ([POST], {}, [*CHECKED, *SENT]),
        ([POST], {"dry_run": True}, [*CHECKED, "settle"]),
        ([WRONG, POST], {}, [*REPAIRED, *SENT]),
        (["no JSON", decision(action="none")], {}, [*REPAIRED, "settle"]),
        ([WRONG, WRONG], {}, [*REPAIRED, "settle"]),
        ([Say(status=500, error="out of memory")] * 4, {}, [*DECIDED, "settle"]),
        ([WRONG, *[Say(status=500, error="out of memory")] * 4], {}, [*CHECKED, "decide", "settle"]),
    ],
    ids=[
        "silent",
        "acted",
        "dry run",
        "repaired",
        "repaired to silence",
        "not allowed",
        "model",
        "model in repair",
    ],
)
def test_each_way_through_the_graph(
    world: World, replies: list[str | Say], given: dict[str, Any], expected: list[str]
) -> None:
    world.thread()
    world.ollama.says(*replies)
    assert path_of(world, world.beat(**given)["id"]) == expected


def test_no_usable_text_for_a_rule_of_the_plan(world: World) -> None:
    world.thread()
    follow(world, {"Say hello": ("post", "always", "any", {"how": "a greeting"})})
    world.ollama.answer = lambda _: Say("Of course!")
    beat = world.beat()
    assert beat["reason"] == "invalid_decision"
    assert path_of(world, beat["id"]) == [*DECIDED, "validate", "decide", "validate", "settle"]


def test_a_rule_of_the_plan_is_followed(world: World) -> None:
    world.thread()
    follow(world, {"Say hello": ("post", "always", "any", {"how": "a greeting"})}, title="Hello")
    beat = world.beat()
    assert [post.title for post in world.posts()] == ["Hello"]
    assert path_of(world, beat["id"]) == [*DECIDED, "validate", "approve", "dispatch", "settle"]


def test_instructions_that_ask_for_nothing(world: World) -> None:
    world.thread()
    world.write("# HEARTBEAT.md\n")
    beat = world.beat()
    assert beat["reason"] == "empty_instructions"
    assert path_of(world, beat["id"]) == [*LOADED, "settle"]


def test_nothing_new(world: World) -> None:
    world.thread()
    follow(world, {"Read along": "look"})
    world.scheduled()
    world.clock.move(seconds=60)
    beat = world.scheduled()
    assert beat["reason"] == "unchanged"
    assert path_of(world, beat["id"]) == [*SEEN, "settle"]


def test_beat_that_is_stopped_at_admission_has_an_empty_path(world: World) -> None:
    world.thread(enabled=False)
    refused = world.store.open_beat("demo", Trigger.SCHEDULED, world.clock(), world.clock())
    assert isinstance(refused, Refusal)
    assert refused.beat_id is not None
    assert path_of(world, refused.beat_id) == []


@pytest.mark.one_question  # replies with a whole decision
def test_a_run_that_stops_because_of_a_waiting_beat_asks_no_model(world: World) -> None:
    waiting(world)
    beat = world.beat()
    assert beat["reason"] == "awaiting_approval"
    assert path_of(world, beat["id"]) == ["load_instructions", "gather_context", "settle"]


def test_broken_node_counts_as_finished(world: World) -> None:
    def probe(point: str) -> None:
        if point == "inside:gather_context":
            raise RuntimeError("broken")

    world.thread()
    world.probe = probe
    beat = world.beat()
    assert beat["reason"] == "internal"
    assert path_of(world, beat["id"]) == [*SEEN, "settle"]


@pytest.mark.one_question  # replies with a whole decision
def test_beat_that_waits_for_a_person_stands_before_approve(world: World) -> None:
    assert path_of(world, waiting(world)) == CHECKED


@pytest.mark.one_question  # replies with a whole decision
@pytest.mark.parametrize(
    ("given", "expected"),
    [("approve", [*CHECKED, *SENT]), ("reject", [*CHECKED, "approve", "settle"])],
)
def test_answered_beat_has_the_path_of_the_run_that_ended_it(
    world: World, given: str, expected: list[str]
) -> None:
    beat_id = waiting(world)
    said = Answer.model_validate({"answer": given})
    asyncio.run(answer(Runner(world.services, graph), beat_id, said))
    assert path_of(world, beat_id) == expected


@pytest.mark.one_question  # replies with a whole decision
def test_interrupt_that_langgraph_resumes_goes_on_where_it_stood(world: World) -> None:
    world.thread(approval="always")
    world.ollama.says(POST)
    with open_saver(world.settings.checkpoints_path) as saver:
        saved, config = compile_graph(saver), run_config("demo")
        saved.invoke({"thread": "demo"}, config, context=world.context())
        result = saved.invoke(Command(resume={"answer": "approve"}), config, context=world.context())
    assert result["beat"]["status"] == "acted"
    assert path_of(world, result["beat"]["id"]) == [*CHECKED, *SENT]


@pytest.mark.one_question  # replies with a whole decision
def test_nobody_answered(world: World) -> None:
    beat_id = waiting(world)
    world.clock.move(days=2)
    assert world.store.write(approvals.expire, world.clock()) == [beat_id]
    assert path_of(world, beat_id) == CHECKED


@pytest.mark.one_question  # replies with a whole decision
@pytest.mark.parametrize(
    ("point", "left", "status"),
    [
        ("before:gather_context", [], "none"),
        ("before:validate", DECIDED, "none"),
        ("before:dispatch", DECIDED, "acted"),
    ],
)
def test_beat_that_is_taken_over(world: World, point: str, left: list[str], status: str) -> None:
    class DiedError(Exception):
        pass

    def probe(reached: str) -> None:
        if reached == point:
            raise DiedError

    world.thread()
    world.ollama.says(POST if status == "acted" else decision(action="none"))
    opened = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), supervised=True)
    assert isinstance(opened, Claim)
    world.probe = probe
    with pytest.raises(DiedError):
        world.go_on(opened.beat_id)
    world.probe = lambda _: None
    assert path_of(world, opened.beat_id) == left
    world.clock.move(seconds=31)
    twin = world.elsewhere()
    assert twin.go_on(opened.beat_id)["status"] == status
    twin.store.close()
    assert path_of(world, opened.beat_id) == [*CHECKED, *(SENT if status == "acted" else ["settle"])]


def test_beat_that_nobody_takes_over_keeps_what_was_committed(world: World) -> None:
    def probe(point: str) -> None:
        if point == "before:validate":
            raise RuntimeError("gone")

    world.thread()
    world.probe = probe
    with pytest.raises(RuntimeError):
        world.beat()
    world.clock.move(minutes=5)
    assert world.store.write(unsettled.abandon_unsupervised, world.clock()) == [1]
    assert path_of(world, 1) == DECIDED


def test_deadline_leaves_the_nodes_before_the_one_it_cut(world: World) -> None:
    world.thread()
    silent = threading.Event()
    world.ollama.reads = lambda _: Say(wait=silent)
    steps: list[Step] = []

    async def run() -> int:
        runner = LocalRunner(Runner(world.services, graph), deadline=1.0, on_step=steps.append)
        started = await runner.start_now("demo")
        assert isinstance(started, int)
        await runner.wait_for(started)
        return started

    beat_id = asyncio.run(run())
    silent.set()
    assert world.detail(beat_id).reason == "deadline"
    assert path_of(world, beat_id) == SEEN
    assert [list(step.path) for step in steps] == [LOADED, SEEN]


def test_slot_that_is_tried_again_begins_with_an_empty_path(world: World) -> None:
    world.thread(recheck_after=0)
    follow(world, {"Say hello": ("post", "always", "any", {"how": "a greeting"})})
    world.ollama.models = []
    world.clock.move(minutes=2)  # what was asked of the server is remembered for a minute
    beat = world.scheduled()
    assert path_of(world, beat["id"]) == [*DECIDED, "settle"]
    retry_at, slot = world.detail(beat["id"]).retry_at, world.detail(beat["id"]).slot
    assert retry_at is not None
    assert slot is not None
    world.clock.now = retry_at
    claim = world.store.write(claim_due, "demo", slot, world.clock(), lease=world.store.lease)
    assert isinstance(claim, Claim)
    assert claim.beat_id == beat["id"]
    assert path_of(world, claim.beat_id) == []


def test_settled_beat_keeps_its_path_when_it_is_run_again(world: World) -> None:
    world.thread()
    beat = world.beat()
    world.go_on(beat["id"])
    assert path_of(world, beat["id"]) == [*CHECKED, "settle"]


@pytest.mark.one_question  # replies with a whole decision
def test_giving_up_without_a_path_leaves_what_the_row_says(world: World) -> None:
    beat_id = waiting(world)
    claim = world.store.write(
        approvals.answer,
        beat_id,
        Answer(answer="approve"),
        by=AnswerOrigin.API,
        lease=world.store.lease,
        now=world.clock(),
    )
    world.store.write(beats.give_up, claim, Outcome(BeatStatus.FAILED, "No.", Reason.INTERNAL), world.clock())
    assert path_of(world, beat_id) == CHECKED


def test_workspace_of_the_version_before_opens_and_goes_on(world: World) -> None:
    """Its rows keep no path; a beat that it left gets one when it is finished."""
    world.thread()
    world.beat()
    world.clock.move(minutes=2)
    opened = world.store.open_beat("demo", Trigger.MANUAL, None, world.clock(), supervised=True)
    assert isinstance(opened, Claim)
    world.store.close()
    write_as("0008", world.settings.database_path)
    world.clock.move(minutes=2)
    newer = world.elsewhere()
    assert path_of(newer, 1) is None
    assert [beat.id for beat in newer.store.read(views.history_view)] == [opened.beat_id, 1]
    assert newer.go_on(opened.beat_id)["status"] == "none"
    assert path_of(newer, opened.beat_id) == [*CHECKED, "settle"]
    assert path_of(newer, 1) is None
    newer.store.close()
