"""The plan reader: each line is read once for the workspace, and kept as it is read."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from heartbeat.notice import Notice
from heartbeat.store import notices, reading_claim, threads
from heartbeat.vocabulary import NoticeKind
from heartbeat_service.plan import plan_of, read_now
from heartbeat_service.plan_reader import PlanReader
from nodes.line_reader import Ended, LineReader
from nodes.services import Services
from tests.support.holds import Hold, until
from tests.support.line_reading import Reads
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


def reading_with(world: World, model: str) -> Services:
    """Return the services of a process with another HEARTBEAT_READER_MODEL."""
    return replace(world.services, settings=world.settings.model_copy(update={"reader_model": model}))


def told(world: World) -> list[Notice]:
    """Take the notices about lines that are to be told now."""
    taken = world.store.write(notices.take, world.clock(), owners=())
    return [each for each in taken.notices if each.kind == NoticeKind.PLAN_UNSURE]


def doubting(body: Mapping[str, Any]) -> Say:
    """Answer about mail with no option, and about news with another each time."""
    asked = str(body["messages"][-1]["content"])
    if "mail" in asked:
        return Say("banana")
    return Say("style" if "news" in asked and asked.endswith("What is to be done?") else "look")


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
    world.write(TEXT.replace("news", "pages"))
    assert [line.text for line in plan_of(world.services).view.unread] == ["Look at pages"]
    await run(reader)
    assert len(world.ollama.readings) == 3 * CALLS
    assert all("pages" in each["messages"][-1]["content"] for each in world.ollama.readings[-CALLS:])
    assert plan_of(world.services).view.unread == ()


async def test_two_services_on_one_workspace_read_each_line_once(world: World) -> None:
    world.write(TEXT)
    other = world.elsewhere()
    try:
        readers = PlanReader(world.services), PlanReader(other.services)
        while plan_of(world.services).view.reading.read < 2:
            await asyncio.gather(*map(run, readers))
        assert len(world.ollama.readings) == 2 * CALLS
    finally:
        other.close()


async def test_a_model_that_is_not_there_is_named_and_what_waits_stays_unread(world: World) -> None:
    world.write(TEXT)
    world.ollama.models = []
    assert await read_now(world.services) == "down"
    plan = plan_of(world.services).view
    assert len(plan.unread) == 2
    assert "llama3.2:latest" in str(plan.reading.problem)


async def test_a_model_that_stays_away_is_logged_once(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.write(TEXT)
    services = reading_with(world, "nobody:1b")
    reader = PlanReader(services)
    with caplog.at_level(logging.WARNING, "heartbeat"):
        for _ in range(3):
            await run(reader)
            world.clock.move(hours=2)
    (said,) = [each.getMessage() for each in caplog.records if "wait to be read" in each.getMessage()]
    assert "nobody:1b" in said
    assert "ollama pull nobody:1b" in said
    assert said.endswith(".")
    world.ollama.models.append("nobody:1b")
    await run(reader)
    assert plan_of(services).view.reading.problem is None
    assert {each["model"] for each in world.ollama.readings} == {"nobody:1b"}


async def test_readings_of_another_model_stand_until_their_lines_are_read_anew(world: World) -> None:
    world.write(TEXT)
    await run(PlanReader(world.services))
    services = reading_with(world, "other:1b")
    world.ollama.reads = Reads({"mail": "style"})
    reader = PlanReader(services)
    for _ in range(2):
        await run(reader)
        plan = plan_of(services).view
        assert [line.role for line in plan.quiet] == ["look", "look"]
        assert (plan.unread, plan.reading.read, plan.reading.of) == ((), 0, 2)
        assert "other:1b" in str(plan.reading.problem)
        world.clock.move(hours=2)
    world.ollama.models.append("other:1b")
    await run(reader)
    assert [line.role for line in plan_of(services).view.quiet] == ["style", "look"]
    assert len(world.ollama.readings) == 4 * CALLS


async def test_a_line_with_answers_that_make_no_sense_is_named_and_holds_up_no_other(world: World) -> None:
    world.write(TEXT)
    world.ollama.reads = Reads({"mail": "banana"})
    await run(PlanReader(world.services))
    plan = plan_of(world.services).view
    assert [line.text for line in plan.quiet] == ["Look at news"]
    assert [each.line for each in plan.problems] == [1]
    assert plan.problems[0].message.endswith("none of its answers made a rule.")
    asked = len(world.ollama.readings)
    await run(PlanReader(world.services))
    assert len(world.ollama.readings) == asked


async def test_the_owner_is_told_once_of_what_to_look_at(world: World) -> None:
    world.write("# Nothing\n")
    told(world)
    for number in range(3):
        world.thread(f"t{number}")
        world.store.write(threads.set_instructions, f"t{number}", TEXT, world.clock())
    world.ollama.reads = doubting
    await run(PlanReader(world.services))
    (notice,) = told(world)
    assert (notice.data["failed"], notice.data["unsure"]) == ([1], [2])
    world.clock.move(hours=1)
    await run(PlanReader(world.services))
    assert told(world) == []


async def test_the_owner_is_not_asked_about_what_a_correction_decides(world: World) -> None:
    world.write(TEXT)
    told(world)
    entries = [{"line": "Look at news", "role": "look"}]
    file = world.settings.instructions.with_suffix(".plan.json")
    file.write_text(json.dumps({"version": 1, "lines": entries}))
    world.ollama.reads = doubting
    await run(PlanReader(world.services))
    (notice,) = told(world)
    assert (notice.data["failed"], notice.data["unsure"]) == ([1], [])
    file.unlink()
    world.clock.move(hours=1)
    await run(PlanReader(world.services))
    (notice,) = told(world)
    assert (notice.data["failed"], notice.data["unsure"]) == ([], [2])


async def test_a_line_that_a_correction_decides_about_is_read_only_once_it_is_taken_back(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.write(TEXT)
    entries = [{"line": line, "role": "look"} for line in ("Look at mail", "Look at news")]
    file = world.settings.instructions.with_suffix(".plan.json")
    file.write_text(json.dumps({"version": 1, "lines": entries}))
    models, world.ollama.models = world.ollama.models, ["another:1b"]
    reader = PlanReader(world.services)
    await run(reader)
    assert "wait to be read" not in caplog.text
    world.ollama.models = models
    file.write_text(json.dumps({"version": 1, "lines": entries[:1]}))
    await run(reader)
    assert len(world.ollama.readings) == CALLS
    assert all("news" in str(asked) for asked in world.ollama.readings)


async def test_who_waits_for_a_killed_reader_is_told_until_when_once(world: World) -> None:
    world.write(TEXT)
    world.store.write(reading_claim.claim, world.store.lease, world.clock())
    ends = world.store.lease.until(world.clock())
    said: list[datetime] = []

    def wait(until: datetime) -> None:
        said.append(until)
        world.clock.move(seconds=world.store.lease.seconds)

    assert await read_now(world.services, on_wait=wait, wait=0) == Ended.READ
    assert said == [ends]


async def test_beats_go_on_while_the_model_is_slow_to_read(world: World) -> None:
    world.write(TEXT)
    world.thread()
    hold = Hold(only=1)
    world.ollama.reads = hold.model(lambda: "look")
    reader = PlanReader(world.services)
    await reader.tick()
    await hold.reached()
    try:
        beat = await asyncio.to_thread(world.scheduled)
        assert (beat["status"], beat["reason"]) == ("skipped", "not_read")
        # One question at a time, so that a server with one place is held up by no more than that.
        assert len(world.ollama.readings) == 1
    finally:
        hold.let_go()
    await until(lambda: not reader.is_reading)
    assert plan_of(world.services).view.reading.read == 2


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
    assert plan.problems[0].message.endswith("together with other lines and alone, and gave no reply.")
    assert plan.unread == ()
