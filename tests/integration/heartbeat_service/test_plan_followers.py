"""Threads are woken by what was read meanwhile: at instants of their plan, and where a beat waited for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from heartbeat.plan.rule import Only, PlacedBody, When
from heartbeat.plan.words import WhenKind
from heartbeat.store import threads
from heartbeat.wake import Wake
from heartbeat_service.plan import correct, plan_of
from heartbeat_service.plan_reader import PlanReader
from tests.support.holds import until
from tests.support.line_reading import Reads
from tests.support.ollama import FakeOllama
from tests.support.world import World

TEXT = "- Every day at 18:00, post a word\n"
AT_SIX = datetime.fromisoformat("2026-11-02T18:00:00+00:00")
AT_EIGHT = datetime.fromisoformat("2026-11-02T20:00:00+00:00")


@pytest.fixture
def world(tmp_path: Path, ollama: FakeOllama) -> Iterator[World]:
    made = World(tmp_path, ollama, decision="plan")
    form = {"at": ["18:00"], "how": "a word"}
    ollama.reads = Reads({"Every day": ("post", "always", "any", form)})
    made.write(TEXT)
    yield made
    made.close()


async def run(reader: PlanReader) -> None:
    """Tick until nothing is left to read and all threads were looked at."""
    wait = await reader.tick()
    while reader.is_reading or wait == 0.0:
        await until(lambda: not reader.is_reading)
        wait = await reader.tick()


def woken_at(world: World, thread_id: str) -> datetime | None:
    return world.store.read(threads.get, thread_id).woken_at


async def test_a_finished_reading_wakes_all_threads_of_the_text_at_its_instants(world: World) -> None:
    names = [f"t{number:02}" for number in range(60)]
    for name in names:
        world.thread(name)
    await run(PlanReader(world.services))
    assert {woken_at(world, name) for name in names} == {AT_SIX}


async def test_a_correction_moves_the_wake_and_taking_the_line_out_ends_it(world: World) -> None:
    world.thread()
    reader = PlanReader(world.services)
    await run(reader)
    [rule] = plan_of(world.services).view.rules
    later = PlacedBody(when=When(kind=WhenKind.ALWAYS), do="post", only=Only(at=(20 * 60,)))
    correct(world.services, rule.line_id, rules=[later], by="ann")
    await run(reader)
    assert woken_at(world, "demo") == AT_EIGHT
    world.write("- Look at the forum\n")
    await run(reader)
    assert woken_at(world, "demo") is None


async def test_a_thread_with_a_text_of_its_own_is_woken_by_that(world: World) -> None:
    world.thread()
    world.thread("own")
    world.store.write(threads.set_instructions, "own", "- Look at the forum\n", world.clock())
    await run(PlanReader(world.services))
    assert (woken_at(world, "demo"), woken_at(world, "own")) == (AT_SIX, None)


async def test_a_beat_that_found_nothing_read_is_made_up_for_when_it_is(world: World) -> None:
    world.thread()
    world.thread("other")
    assert world.scheduled()["reason"] == "not_read"
    await run(PlanReader(world.services))
    row = world.store.read(threads.get, "demo")
    wakes = [Wake.model_validate(each) for each in row.woken_by]
    assert [wake.said for wake in wakes if wake.reason == "read"] == ["its instructions have been read"]
    assert row.woken_at == world.clock()
    assert woken_at(world, "other") == AT_SIX
