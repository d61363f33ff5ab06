"""The timer wakes threads between their slots: in time, once, and for what a beat left behind."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from graph.heartbeat import graph
from heartbeat.fetching import FetchedItem
from heartbeat.store import threads
from heartbeat.vocabulary import FeedKind
from heartbeat_service.local_runner import LocalRunner
from heartbeat_service.runner import Runner
from heartbeat_service.timer import Timer
from tests.support.bringing import bring
from tests.support.holds import until
from tests.support.ollama import Say, decision
from tests.support.world import START, World

NONE = decision(action="none")
DENTIST = START + timedelta(hours=5)


class Process:
    """A process that serves, with a store of its own."""

    def __init__(self, world: World, owner: str) -> None:
        self.world = world.elsewhere(owner)
        self.runner = LocalRunner(Runner(self.world.services, graph))
        self.timer = Timer(self.world.services, self.runner)

    async def close(self) -> None:
        await self.runner.drain(5)
        self.world.close()


class Serving:
    """Processes that serve one workspace: the clock is moved from one look of their timers to the next."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.processes = [Process(world, "first")]

    async def restart(self, processes: int = 1) -> None:
        """Go on with other processes."""
        await self.close()
        self.processes = [Process(self.world, f"process-{number}") for number in range(processes)]

    async def close(self) -> None:
        for each in self.processes:
            await each.close()

    async def until(self, end: datetime, step: float = 60) -> None:
        """Let time go by, and end the beats that are due at each step."""
        while self.world.clock() < end:
            self.world.clock.move(seconds=step)
            while 0.0 in await asyncio.gather(*(each.timer.tick() for each in self.processes)):
                await self._idle()
            await self._idle()

    async def _idle(self) -> None:
        await until(lambda: not any(each.runner.in_flight for each in self.processes))

    def beats(self) -> list[tuple[str, str, str | None]]:
        """Trigger, status and reason of each beat, the oldest first."""
        return [(row.trigger, row.status, row.reason) for row in reversed(self.world.history())]


@pytest.fixture
async def serving(world: World) -> AsyncIterator[Serving]:
    served = Serving(world)
    yield served
    await served.close()


def event(name: str, due_at: datetime) -> FetchedItem:
    return FetchedItem(name, FeedKind.EVENT, START, title=name, due_at=due_at)


@pytest.mark.one_question  # what the model is asked
async def test_an_appointment_wakes_an_agent_that_beats_once_a_day(serving: Serving) -> None:
    world = serving.world
    world.thread(every=86_400, recheck_after=86_400)
    bring(world, [event("Dentist", DENTIST)], "days")
    world.ollama.answer = lambda _: Say(NONE)
    world.beat()
    await serving.until(DENTIST - timedelta(hours=2, minutes=2))
    assert len(serving.beats()) == 1
    await serving.until(DENTIST - timedelta(hours=2))
    assert serving.beats()[1:] == [("wake", "none", None)]
    row = world.history()[0]
    assert row.woken_by[0]["title"] == "Dentist"
    assert "Dentist" in world.ollama.calls[-1]["messages"][-1]["content"]
    # A restart between changes nothing, and it is not told again.
    await serving.restart()
    await serving.until(DENTIST + timedelta(hours=1))
    assert len(serving.beats()) == 2


async def test_two_services_wake_it_once_for_an_event_and_once_for_its_change(serving: Serving) -> None:
    """Also where the event is fetched after the last beat, and after it came due."""
    world = serving.world
    world.thread(every=86_400, recheck_after=86_400)
    world.ollama.answer = lambda _: Say(NONE)
    world.beat()
    await serving.restart(processes=2)
    await serving.until(DENTIST - timedelta(minutes=90), step=600)
    assert len(serving.beats()) == 1
    bring(world, [event("Dentist", DENTIST)], "days")
    await serving.until(world.clock() + timedelta(minutes=1))
    assert serving.beats()[1:] == [("wake", "none", None)]
    await serving.restart(processes=2)
    bring(world, [event("Dentist", DENTIST)], "days")
    await serving.until(world.clock() + timedelta(minutes=10))
    assert len(serving.beats()) == 2
    bring(world, [event("Dentist", DENTIST + timedelta(minutes=15))], "days")
    await serving.until(world.clock() + timedelta(minutes=1))
    assert serving.beats()[2:] == [("wake", "none", None)]
    await serving.until(DENTIST + timedelta(hours=1), step=300)
    assert len(serving.beats()) == 3


@pytest.mark.one_question  # what the model is asked
async def test_a_model_that_is_down_when_it_comes_due_is_asked_later(serving: Serving) -> None:
    world = serving.world
    world.thread(every=86_400)
    bring(world, [event("Dentist", DENTIST)], "days")
    world.ollama.answer = lambda _: Say(NONE)
    world.beat()
    world.ollama.answer = lambda _: Say(status=500, error="broken")
    await serving.until(DENTIST - timedelta(hours=1, minutes=50))
    tried = serving.beats()[1:]
    assert len(tried) == 4
    await serving.restart(processes=2)
    assert {status for _, status, _ in tried} <= {"failed", "skipped"}
    world.ollama.answer = lambda _: Say(NONE)
    await serving.until(DENTIST)
    assert serving.beats()[5:] == [("wake", "none", None)]


@pytest.mark.one_question
async def test_what_a_beat_leaves_behind_is_followed_up_until_nothing_is_left(serving: Serving) -> None:
    world = serving.world
    world.thread(every=86_400, recheck_after=86_400)
    for number in range(5):
        world.post(f"Question {number} for @heartbeat")
    replies = iter(range(1, 6))
    world.ollama.answer = lambda _: Say(
        decision(action="comment", post_id=str(number), content=f"Answer {number}.")
        if (number := next(replies, None))
        else NONE
    )
    world.beat()
    assert world.store.read(threads.get, "demo").woken_at is not None
    await serving.until(world.clock() + timedelta(minutes=30), step=10)
    beats = serving.beats()
    assert beats[:5] == [("manual", "acted", None), *[("wake", "acted", None)] * 4]
    assert len(beats) <= 6
    assert world.store.read(threads.get, "demo").woken_at is None


@pytest.mark.one_question  # what the model is asked
async def test_what_comes_due_while_a_beat_begins_wakes_once(serving: Serving) -> None:
    world = serving.world
    world.thread(every=86_400, recheck_after=86_400)
    bring(world, [event("Dentist", DENTIST)], "days")
    world.ollama.answer = lambda _: Say(NONE)
    world.beat()
    crossing = DENTIST - timedelta(hours=2)
    world.clock.now = crossing - timedelta(seconds=31)

    def cross(point: str) -> None:
        if point == "inside:gather_context":
            world.clock.now = crossing

    world.probe = cross
    world.beat()
    world.probe = lambda _: None
    row = world.history()[0]
    assert row.started_at < crossing
    assert "Dentist" in world.ollama.calls[-1]["messages"][-1]["content"]
    assert world.store.read(threads.get, "demo").woken_at is None
    await serving.until(DENTIST - timedelta(hours=1), step=600)
    assert [trigger for trigger, _, _ in serving.beats()] == ["manual", "manual"]


@pytest.mark.one_question
async def test_more_comes_due_at_once_than_one_beat_is_shown(serving: Serving) -> None:
    world = serving.world
    world.thread(every=86_400, recheck_after=86_400)
    bring(world, [event(f"{number:02}", DENTIST) for number in range(45)], "days")
    asked: list[list[str]] = []

    def answer(call: dict[str, Any]) -> Say:
        asked.append(re.findall(r"\[event (\d+)\] \(new", call["messages"][-1]["content"]))
        return Say(NONE)

    world.ollama.answer = answer
    for _ in range(3):
        world.beat()
    await serving.until(DENTIST - timedelta(hours=2, minutes=10), step=300)
    before = len(serving.beats())
    asked.clear()
    await serving.until(DENTIST - timedelta(hours=1, minutes=45), step=60)
    assert [len(each) for each in asked] == [20, 20, 5]
    assert sorted(int(each) for some in asked for each in some) == list(range(1, 46))
    causes = [[each["reason"] for each in row.woken_by] for row in reversed(world.history()[:-before])]
    assert causes == [["due"] * 5, ["follow_up"], ["follow_up"]]


@pytest.mark.one_question
async def test_ten_beats_in_a_row_follow_up_also_over_a_restart_and_with_two_services(
    serving: Serving,
) -> None:
    """Each beat answers one of thirteen, so two are left to the next slot."""
    world = serving.world
    world.thread(every=86_400, recheck_after=86_400)
    for number in range(13):
        world.post(f"Question {number} for @heartbeat")
    replies = iter(range(1, 14))
    world.ollama.answer = lambda _: Say(
        decision(action="comment", post_id=str(next(replies)), content=f"Answer {world.clock()}.")
    )
    world.beat()
    await serving.until(world.clock() + timedelta(minutes=2), step=10)
    assert 2 < len(serving.beats()) < 10
    await serving.restart(processes=2)
    await serving.until(world.clock() + timedelta(minutes=30), step=15)
    assert serving.beats() == [("manual", "acted", None), *[("wake", "acted", None)] * 10]
    thread = world.store.read(threads.get, "demo")
    assert (thread.woken_at, thread.follow_ups) == (None, 10)
    assert next(replies) == 12


async def test_a_clock_that_is_set_back_and_forward_wakes_nobody_again_and_again(serving: Serving) -> None:
    world = serving.world
    world.thread(every=86_400, recheck_after=86_400)
    bring(world, [event("Dentist", START + timedelta(minutes=45))], "days")
    world.ollama.answer = lambda _: Say(NONE)
    world.beat()
    await serving.restart(processes=2)
    await serving.until(world.clock() + timedelta(minutes=2))
    world.clock.move(hours=-1)
    await serving.until(world.clock() + timedelta(minutes=30))
    assert serving.beats() == [("manual", "none", None)]
    # What comes due from then on wakes, though the clock was there before.
    bring(world, [event("Party", world.clock() + timedelta(minutes=125))], "days")
    await serving.until(world.clock() + timedelta(minutes=10))
    assert serving.beats()[1:] == [("wake", "none", None)]
    world.clock.move(days=1)
    await serving.until(world.clock() + timedelta(minutes=30))
    assert [trigger for trigger, _, _ in serving.beats()[2:]] == ["scheduled"]
