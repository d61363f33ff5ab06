"""The runner of this process keeps what every runner keeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

import pytest

from checkpoints import open_saver
from graph.heartbeat import compile_graph, run_config
from heartbeat.store import Outcome, beats, claims, threads
from heartbeat.store.approvals import Answer
from heartbeat.threads import approval_langgraph_id, langgraph_thread_id
from heartbeat.vocabulary import BeatStatus
from heartbeat_service.local_runner import LocalRunner
from heartbeat_service.runner import Runner
from tests.acceptance.runners.conformance import LATE, RunnerConformance, at_rest, raise_at
from tests.acceptance.runners.port import AnyRunner
from tests.acceptance.runners.scene import Scene
from tests.support.holds import PATIENCE, until
from tests.support.world import World


@dataclass
class LocalWorkers:
    """Makes runners as ``heartbeat serve`` does, each with its own opening of the checkpoint file."""

    opened: AsyncExitStack
    made: list[LocalRunner] = field(default_factory=list)

    async def make(self, world: World, *, places: int = 4, deadline: float = 600.0) -> LocalRunner:
        saver = await self.opened.enter_async_context(open_saver(world.settings.checkpoints_path))
        graph = compile_graph(saver)
        runner = LocalRunner(Runner(world.services, graph), concurrency=places, deadline=deadline)
        self.made.append(runner)
        return runner

    async def kill(self, runner: AnyRunner) -> None:
        assert isinstance(runner, LocalRunner)
        tasks = list(runner._beats.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def workers() -> AsyncIterator[LocalWorkers]:
    async with AsyncExitStack() as opened:
        made = LocalWorkers(opened)
        yield made
        for runner in made.made:
            await made.kill(runner)


class TestLocalRunner(RunnerConformance):
    """The suite."""


def told(runner: LocalRunner) -> list[tuple[int, str]]:
    """Note what a runner tells of from here on."""
    ends: list[tuple[int, str]] = []
    runner.on_finished = lambda beat: ends.append((beat.id, beat.status))
    return ends


@pytest.mark.parametrize("point", ["model", "before:dispatch"])
async def test_beat_that_was_taken_over_is_told_once(
    scene: Scene, workers: LocalWorkers, other: World, caplog: pytest.LogCaptureFixture, point: str
) -> None:
    caplog.set_level("INFO", "heartbeat")
    sleeper, heir = await workers.make(scene.world), await workers.make(other)
    by_sleeper, by_heir = told(sleeper), told(heir)
    hold = scene.hold(point, only=1)
    [slot] = scene.due("demo")
    await sleeper.submit("demo", slot)
    await hold.reached()
    scene.outlast_lease()
    await heir.recover(1)
    await at_rest(heir)
    hold.let_go()
    await at_rest(sleeper)
    assert (by_sleeper, by_heir) == ([], [(1, "acted")])
    assert caplog.text.count("beat finished") == 1
    assert "beat 1 was lost" in caplog.text


async def test_beat_that_has_acted_when_its_runner_is_told_to_stop_is_told_once(
    scene: Scene, workers: LocalWorkers
) -> None:
    """It is stopped between its action, with which its outcome is written, and the node that tells it."""
    runner = await workers.make(scene.world)
    ends = told(runner)
    hold = scene.hold("after:dispatch", only=1)
    [slot] = scene.due("demo")
    await runner.submit("demo", slot)
    await hold.reached()
    draining = asyncio.create_task(runner.drain(PATIENCE))
    hold.let_go()
    await draining
    assert ends == [(1, "acted")]
    scene.check("acted")


async def test_beat_that_was_finished_before_it_was_recovered_is_told_once(
    scene: Scene, workers: LocalWorkers, other: World
) -> None:
    first, second = await workers.make(scene.world), await workers.make(other)
    by_first, by_second = told(first), told(second)
    [slot] = scene.due("demo")
    await first.submit("demo", slot)
    await at_rest(first)
    await second.recover(1)
    await at_rest(second)
    assert (by_first, by_second) == ([(1, "acted")], [])


async def test_beat_that_waits_for_a_person_is_told_once_until_it_is_answered(
    scene: Scene, workers: LocalWorkers, other: World
) -> None:
    first, second = await workers.make(scene.world), await workers.make(other)
    by_first, by_second = told(first), told(second)
    [slot] = scene.due("demo", approval="always")
    await first.submit("demo", slot)
    await at_rest(first)
    await second.recover(1)
    await at_rest(second)
    await second.answer(1, Answer(answer="approve"))
    assert (by_first, by_second) == ([(1, "awaiting_approval")], [(1, "acted")])


async def test_an_answer_is_carried_out_after_the_run_that_asked_has_ended(
    scene: Scene, workers: LocalWorkers
) -> None:
    runner = await workers.make(scene.world)
    hold = scene.hold("after:approve", only=1)
    [slot] = scene.due("demo", approval="always")
    await runner.submit("demo", slot)
    await hold.reached()
    await runner.start_answered(1, Answer(answer="approve"))
    assert scene.row().status == "running"
    hold.let_go()
    await at_rest(runner)
    scene.check("acted")
    assert runner.free == 4


async def test_an_answer_is_carried_out_where_who_gave_it_hangs_up(
    scene: Scene, workers: LocalWorkers
) -> None:
    runner = await workers.make(scene.world)
    [slot] = scene.due("demo", approval="always")
    await runner.submit("demo", slot)
    await at_rest(runner)
    asking = asyncio.create_task(runner.start_answered(1, Answer(answer="approve")))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])
    assert asking.cancelled()
    await until(lambda: scene.row().status == "acted")
    await at_rest(runner)
    scene.check("acted")


async def test_two_beats_of_a_thread_are_stopped_and_finished_elsewhere(
    scene: Scene, workers: LocalWorkers, other: World
) -> None:
    """One that a person has answered, and the one after it."""
    first, second = await workers.make(scene.world), await workers.make(other)
    [slot] = scene.due("demo", approval="always")
    await first.submit("demo", slot)
    await at_rest(first)
    hold = scene.hold("before:load_instructions")
    scene.world.post("More")
    await first.start_answered(1, Answer(answer="approve"))
    assert await first.start_now("demo") == 2
    await hold.reached(2)
    assert first.in_flight == {1, 2}
    await first.cancel([3, None])
    await first.drain(0)
    assert (first.in_flight, first.free) == (frozenset(), 4)
    hold.let_go()
    await hold.all_passed()
    assert scene.left_behind() == [1, 2], "both leases were ended"
    await second.recover(1)
    await second.recover(2)
    await at_rest(second)
    assert scene.rows()[0].status == "acted"
    assert scene.settled(1)
    assert [action.beat_id for action in scene.actions()][:1] == [1]
    async with open_saver(scene.world.settings.checkpoints_path) as saver:
        own = run_config("demo", langgraph_id=approval_langgraph_id("demo", 1))
        assert [each async for each in saver.alist(own)] == []


async def test_slot_that_is_not_tried_again_is_not_told_again(scene: Scene, workers: LocalWorkers) -> None:
    runner = await workers.make(scene.world)
    ends = told(runner)
    scene.world.probe = raise_at("before:gather_context")
    [slot] = scene.due("demo", approval="always")
    await runner.submit("demo", slot)
    await at_rest(runner)
    scene.world.probe = lambda _: None
    # A run from outside waits in place, so that no other beat of the thread may start.
    await asyncio.to_thread(scene.world.beat)
    scene.world.clock.move(seconds=40)
    await runner.submit("demo", slot)
    await at_rest(runner)
    scene.check("failed", "awaiting_approval")
    assert scene.rows()[0].retry_at is None
    assert ends == [(1, "failed")]


@pytest.mark.parametrize("durability", ["exit", "sync"])
@pytest.mark.parametrize("point", ["model", "before:dispatch", "before:settle", "after:settle"])
async def test_thread_removed_elsewhere_leaves_no_checkpoint(
    scene: Scene, workers: LocalWorkers, durability: str, point: str
) -> None:
    world = scene.world
    settings = world.settings.model_copy(update={"durability": durability})
    world.services = replace(world.services, settings=settings)
    runner = await workers.make(world)
    hold = scene.hold(point)
    [slot] = scene.due("demo")
    await runner.submit("demo", slot)
    await hold.reached()
    world.store.write(threads.remove, "demo", world.clock())
    async with open_saver(settings.checkpoints_path) as elsewhere:
        await elsewhere.adelete_thread(langgraph_thread_id("demo"))
        hold.let_go()
        await at_rest(runner)
        left = [each async for each in elsewhere.alist(run_config("demo"))]
    assert left == []
    assert scene.rows() == []


async def test_thread_removed_elsewhere_leaves_no_checkpoint_of_a_beat_that_is_cut_off(
    scene: Scene, workers: LocalWorkers
) -> None:
    runner = await workers.make(scene.world)
    hold = scene.hold()
    [slot] = scene.due("demo")
    await runner.submit("demo", slot)
    await hold.reached()
    scene.world.store.write(threads.remove, "demo", scene.world.clock())
    await runner.drain(0)
    async with open_saver(scene.world.settings.checkpoints_path) as elsewhere:
        assert [each async for each in elsewhere.alist(run_config("demo"))] == []


async def test_beat_that_was_claimed_again_is_not_given_up(
    scene: Scene, workers: LocalWorkers, caplog: pytest.LogCaptureFixture
) -> None:
    """By the same process: its name is on the lease still, but the run that hangs has lost the fence."""
    runner = await workers.make(scene.world, deadline=LATE)
    hold, store = scene.hold("before:dispatch"), scene.world.store
    [slot] = scene.due("demo")
    await runner.submit("demo", slot)
    await hold.reached()
    again = store.write(claims.take, 1, store.lease, scene.world.clock())
    await at_rest(runner)
    scene.check_running(acted=False)
    assert "beat 1 was lost" in caplog.text
    store.write(beats.give_up, again, Outcome(BeatStatus.NONE, "Done by the other run."), scene.world.clock())
    scene.check("none")
