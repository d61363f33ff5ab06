"""The timer wakes a thread when an appointment comes due; what else wakes it is in the last tier."""

from __future__ import annotations

from datetime import timedelta

from graph.heartbeat import graph
from heartbeat.fetching import FetchedItem
from heartbeat.vocabulary import FeedKind
from heartbeat_service.local_runner import LocalRunner
from heartbeat_service.runner import Runner
from heartbeat_service.timer import Timer
from tests.support.bringing import bring
from tests.support.holds import until
from tests.support.ollama import Say, decision
from tests.support.world import START, World


async def test_an_appointment_wakes_an_agent_that_beats_once_a_day(world: World) -> None:
    due_at = START + timedelta(hours=5)
    world.thread(every=86_400, recheck_after=86_400)
    bring(world, [FetchedItem("1", FeedKind.EVENT, START, title="Dentist", due_at=due_at)], "days")
    world.ollama.answer = lambda _: Say(decision(action="none"))
    world.beat()
    runner = LocalRunner(Runner(world.services, graph))
    timer = Timer(world.services, runner)
    woken: list[int] = []
    for minutes in (-1, 0, 1):
        world.clock.now = due_at - timedelta(hours=2) + timedelta(minutes=minutes)
        await timer.tick()
        await until(lambda: not runner.in_flight)
        woken.append(sum(row.trigger == "wake" for row in world.history()))
    assert woken == [0, 1, 1]
    await runner.drain(5)
