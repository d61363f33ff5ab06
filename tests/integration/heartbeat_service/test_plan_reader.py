"""The plan reader: each line is read once for the workspace, and kept as it is read."""

from __future__ import annotations

from typing import Any

from heartbeat.store import threads
from heartbeat_service.line_reader import Ended, LineReader
from heartbeat_service.plan import plan_of, read_now
from heartbeat_service.plan_reader import PlanReader
from tests.support.holds import until
from tests.support.ollama import Say
from tests.support.world import World

TEXT = "- Look at mail\n- Look at news\n"
CALLS = 2
"""Calls for a line of the fake: it tells no probabilities, so what is to be done is asked twice."""


async def run(reader: PlanReader) -> None:
    """Tick until nothing is left to read."""
    await reader.tick()
    while reader.is_reading:
        await until(lambda: not reader.is_reading)
        await reader.tick()


async def test_many_threads_of_one_text_read_it_once(world: World) -> None:
    world.write(TEXT)
    for number in range(20):
        world.thread(f"t{number}")
        world.store.write(threads.set_instructions, f"t{number}", "- Look at the forum\n", world.clock())
    await run(PlanReader(world.services))
    assert len(world.ollama.readings) == 3 * CALLS
    plan = plan_of(world.services).view
    assert [line.role for line in plan.quiet] == ["look", "look"]
    assert (plan.reading.read, plan.reading.of, plan.reading.problem) == (2, 2, None)
    await run(PlanReader(world.services))
    assert len(world.ollama.readings) == 3 * CALLS


async def test_an_edit_of_one_line_reads_one_line(world: World) -> None:
    world.write(TEXT)
    reader = PlanReader(world.services)
    await run(reader)
    world.write(f"{TEXT}- Look at pages\n")
    assert len(plan_of(world.services).view.unread) == 1
    await run(reader)
    assert len(world.ollama.readings) == 3 * CALLS
    assert plan_of(world.services).view.unread == ()


async def test_a_model_that_is_not_there_is_named_and_what_waits_stays_unread(world: World) -> None:
    world.write(TEXT)
    world.ollama.models = []
    assert await read_now(world.services) == "down"
    plan = plan_of(world.services).view
    assert len(plan.unread) == 2
    assert "llama3.2:latest" in str(plan.reading.problem)


async def test_a_line_that_gets_no_reply_holds_up_no_other(world: World) -> None:
    world.write(TEXT)

    def reads(body: dict[str, Any]) -> Say:
        failing = "Look at news" in body["messages"][-1]["content"]
        return Say(status=500, error="it broke") if failing else Say("look")

    world.ollama.reads = reads
    reader = LineReader(world.services)
    ended = [await read_now(world.services, reader=reader) for _ in range(3)]
    assert ended == [Ended.DOWN, Ended.DOWN, Ended.READ]
    plan = plan_of(world.services).view
    assert [line.line for line in plan.quiet] == [1]
    assert [problem.line for problem in plan.problems] == [2]
    assert plan.unread == ()
