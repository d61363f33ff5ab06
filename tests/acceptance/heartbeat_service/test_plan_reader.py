"""The plan reader where it counts: real processes that are killed, and a thousand threads of one text."""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from heartbeat.store import threads
from heartbeat_service.plan import plan_of
from heartbeat_service.plan_reader import PlanReader
from tests.acceptance.cli.test_serve import Serve
from tests.support.holds import Hold, until
from tests.support.ollama import Say
from tests.support.world import World

LINES = ("mail", "news", "bills", "plants", "parcels", "lessons")
TEXT = "".join(f"- Look at {each}\n" for each in LINES)
CALLS = 2
"""Calls for a line of the fake: it tells no probabilities, so what is to be done is asked twice."""


def asked(world: World) -> Counter[str]:
    """Return how often each line was asked about."""
    prompts = [str(each["messages"][-1]["content"]) for each in world.ollama.readings]
    return Counter(next(line for line in LINES if line in prompt) for prompt in prompts)


def read(world: World) -> int:
    return plan_of(world.services).view.reading.read


@pytest.fixture
def lines(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    # The shortest that is allowed: so long another process waits for one that is gone.
    monkeypatch.setenv("HEARTBEAT_LEASE_SECONDS", "3")
    world.write(TEXT)
    return world


async def test_where_a_reader_is_killed_another_goes_on_and_asks_nothing_again(lines: World) -> None:
    hold = Hold()

    def look(body: Mapping[str, Any]) -> Say:
        # Of each line the first question is asked, then the second of the first three.
        if len(lines.ollama.readings) == len(LINES) + 4:
            hold.wait()
        return Say("look")

    lines.ollama.reads = look
    first, second = Serve(lines), None
    try:
        await hold.reached()
        await until(lambda: read(lines) == 3)
        second = Serve(lines)
        first.process.send_signal(signal.SIGKILL)
        assert first.end_by_itself()[0] == -signal.SIGKILL
        await until(lambda: read(lines) == len(LINES))
        hold.let_go()
        # What was not finished is asked anew: its first question, and the one that nobody waited for any more.
        assert asked(lines) == {
            **dict.fromkeys(LINES[:3], CALLS),
            LINES[3]: 2 * CALLS,
            **dict.fromkeys(LINES[4:], CALLS + 1),
        }
    finally:
        hold.let_go()
        first.process.kill()
        if second is not None:
            assert second.end()[0] == 0
    third = Serve(lines)
    try:
        third.until("http://")
        sent = len(lines.ollama.readings)
        tags = lines.ollama.tags
        lines.write(f"{TEXT}- Look at mail again\n")
        await until(lambda: read(lines) == len(LINES) + 1)
        assert lines.ollama.tags > tags
        assert len(lines.ollama.readings) == sent + CALLS
    finally:
        assert third.end()[0] == 0


async def test_a_thousand_threads_of_one_text_read_it_once(world: World) -> None:
    world.write(TEXT)
    for number in range(1_000):
        world.thread(f"t{number}")
        world.store.write(threads.set_instructions, f"t{number}", TEXT, world.clock())
    for _ in range(2):
        reader = PlanReader(world.services)
        await reader.tick()
        while reader.is_reading:
            await until(lambda: not reader.is_reading)  # noqa: B023 - awaited before the next
            await reader.tick()
        assert asked(world) == dict.fromkeys(LINES, CALLS)
    assert read(world) == len(LINES)
