"""The lease of a run is kept for as long as it lasts, whatever node it is in and whoever runs it."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from heartbeat.capabilities import Capabilities
from heartbeat.errors import FenceLostError, NotFoundError
from heartbeat.plugins import Plugins
from heartbeat.store import Refusal, beats, claims, threads, unsettled
from heartbeat.targets import ForumTarget
from heartbeat.vocabulary import Reason
from heartbeat_service.local_runner import LocalRunner
from heartbeat_service.runner import Runner
from heartbeat_service.timer import Timer
from nodes.lease import LeaseKeeper
from tests.acceptance.runners.conformance import at_rest
from tests.acceptance.runners.scene import LEASE, Scene
from tests.acceptance.runners.test_local_runner import LocalWorkers, workers
from tests.support.holds import Hold, until
from tests.support.ollama import Say, decision
from tests.support.rounds import Rounds
from tests.support.world import World

__all__ = ["workers"]

THIRD = LEASE / 3


@dataclass(frozen=True)
class SlowSource:
    """A source that takes its time."""

    hold: Hold
    name: str = "slow"
    time_limit: float = 60.0

    def look(self, _: Any) -> list[Any]:
        self.hold.wait()
        return []


@dataclass(frozen=True)
class SlowCriterion:
    """A criterion that takes its time, and has nothing against anything."""

    hold: Hold
    name: str = "slow"
    time_limit: float = 60.0

    def refusal(self, *_: Any) -> None:
        self.hold.wait()

    def facts(self, _: Any) -> tuple[str, ...]:
        return ()


@dataclass(frozen=True)
class SlowTarget(ForumTarget):
    """A target that is slow to say what it can do when it is asked for the third time, by dispatch."""

    hold: Hold = field(kw_only=True)
    asked: list[int] = field(default_factory=list)

    def capabilities(self, session: Any) -> Capabilities:
        self.asked.append(len(self.asked) + 1)
        if self.asked[-1] == 3:
            self.hold.wait()
        return super().capabilities(session)


def slow_source(scene: Scene, hold: Hold) -> None:
    scene.world.services = replace(scene.world.services, sources=[SlowSource(hold)])


def slow_model(scene: Scene, hold: Hold) -> None:
    scene.world.ollama.answer = hold.model(scene.say)


def slow_criterion(scene: Scene, hold: Hold) -> None:
    scene.world.services = replace(scene.world.services, plugins=Plugins(criteria=(SlowCriterion(hold),)))


def slow_target(scene: Scene, hold: Hold) -> None:
    target = SlowTarget("heartbeat", hold=hold)
    scene.world.services = replace(scene.world.services, targets={"forum": target})


def slow_at(point: str) -> Callable[[Scene, Hold], None]:
    def arrange(scene: Scene, hold: Hold) -> None:
        scene.world.probe = hold.at(point)

    return arrange


def slow_end(scene: Scene, hold: Hold) -> None:
    """A beat that acts has ended when it settles, so that this one is silent."""
    scene.world.ollama.answer = lambda _: Say(decision(action="none"))
    scene.world.probe = hold.at("inside:settle")


NODES = {
    "load_instructions": slow_at("after:load_instructions"),
    "gather_context": slow_source,
    "decide": slow_model,
    "validate": slow_criterion,
    "approve": slow_at("inside:approve"),
    "dispatch": slow_target,
    "settle": slow_end,
}
WAITS = "awaiting_approval"


@pytest.fixture
def rounds(world: World) -> Rounds:
    made = Rounds()
    world.services = replace(world.services, keeper=LeaseKeeper(made.pause))
    return made


@pytest.fixture(params=NODES)
def node(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


def slow(scene: Scene, node: str) -> Hold:
    """Let a node wait for somebody else."""
    hold = Hold(only=1)
    scene.holds.append(hold)
    NODES[node](scene, hold)
    return hold


async def three_leases(scene: Scene, rounds: Rounds) -> None:
    """Let three leases pass, a third of one at a time; nobody else may think the run dead at any of them."""
    for _ in range(9):
        scene.world.clock.move(seconds=THIRD)
        assert scene.left_behind() == []
        await asyncio.to_thread(rounds.turn)
    scene.world.clock.move(seconds=THIRD)


def invoke(world: World) -> None:
    world.graph.invoke({"thread": "demo"}, context=world.context())


def config(node: str) -> dict[str, Any]:
    return {"approval": "always"} if node == "approve" else {}


def end(node: str) -> str:
    return {"approve": WAITS, "settle": "none"}.get(node, "acted")


async def test_scheduled_run_keeps_its_lease_in_any_node(
    scene: Scene, workers: LocalWorkers, other: World, rounds: Rounds, node: str
) -> None:
    hold = slow(scene, node)
    runner, elsewhere = await workers.make(scene.world), await workers.make(other)
    [slot] = scene.due("demo", every=3600, **config(node))
    await runner.submit("demo", slot)
    await hold.reached()
    await three_leases(scene, rounds)
    for each in (runner, elsewhere):
        refusal = await each.start_now("demo")
        assert isinstance(refusal, Refusal)
        assert (refusal.gate, refusal.beat_id) == ("busy", None)
    hold.let_go()
    await at_rest(runner)
    scene.check(end(node))
    assert scene.row().takeovers == 0


async def test_manual_run_keeps_its_lease_in_any_node(
    scene: Scene, workers: LocalWorkers, rounds: Rounds, node: str
) -> None:
    hold = slow(scene, node)
    runner = await workers.make(scene.world)
    scene.world.thread("demo", **config(node))
    await runner.start_now("demo")
    await hold.reached()
    await three_leases(scene, rounds)
    refusal = await runner.start_now("demo")
    assert isinstance(refusal, Refusal)
    assert (refusal.gate, refusal.beat_id) == ("busy", None)
    hold.let_go()
    await at_rest(runner)
    scene.check(end(node))


@pytest.mark.parametrize("door", ["invoke", "ainvoke"])
async def test_run_from_outside_keeps_its_lease_in_any_node(
    scene: Scene, workers: LocalWorkers, other: World, rounds: Rounds, node: str, door: str
) -> None:
    hold = slow(scene, node)
    world, elsewhere = scene.world, await workers.make(other)
    world.thread("demo", **config(node))
    run: asyncio.Task[Any]
    if door == "invoke":
        run = asyncio.create_task(asyncio.to_thread(invoke, world))
    else:
        run = asyncio.create_task(world.graph.ainvoke({"thread": "demo"}, context=world.context()))
    await hold.reached()
    await three_leases(scene, rounds)
    refusal = await elsewhere.start_now("demo")
    assert isinstance(refusal, Refusal)
    assert (refusal.gate, refusal.beat_id) == ("busy", None)
    hold.let_go()
    await run
    scene.check(end(node))


async def test_run_from_outside_renews_on_its_way_through_short_nodes(scene: Scene, rounds: Rounds) -> None:
    """No node is under way when a round comes, and all together outlast the lease."""

    def later(point: str) -> None:
        if point.startswith("after:"):
            scene.world.clock.move(seconds=THIRD)
            assert scene.left_behind() == []
            assert not any(
                each.is_over(scene.world.clock())
                for each in scene.world.store.read(unsettled.of_thread, "demo")
            )

    scene.world.thread()
    scene.world.probe = later
    await asyncio.to_thread(invoke, scene.world)
    scene.check("acted")


async def test_effect_that_takes_long_leaves_nothing_to_take_over(scene: Scene) -> None:
    """While the target has the transaction nobody can renew, or take over; afterwards the beat has ended."""
    seen: list[tuple[str, datetime | None, list[int]]] = []

    def later(point: str) -> None:
        if point == "inside:dispatch":
            scene.world.clock.move(seconds=3 * LEASE)
        if point == "after:dispatch":
            row = scene.row()
            seen.append((row.status, row.lease_until, scene.left_behind()))

    scene.world.thread()
    scene.world.probe = later
    await asyncio.to_thread(invoke, scene.world)
    assert seen == [("acted", None, [])]
    scene.check("acted")


@pytest.mark.parametrize("node", ["gather_context", "decide", "dispatch"])
async def test_run_now_finds_a_beat_of_this_process_whose_lease_has_lapsed_busy(
    scene: Scene, workers: LocalWorkers, node: str
) -> None:
    """The machine was suspended: no round has come yet."""
    hold = slow(scene, node)
    runner = await workers.make(scene.world)
    [slot] = scene.due("demo", every=3600)
    await runner.submit("demo", slot)
    await hold.reached()
    fence = scene.row().fence
    scene.outlast_lease()
    assert scene.left_behind() == [1]
    for dry_run in (False, True):
        refusal = await runner.start_now("demo", dry_run=dry_run)
        assert isinstance(refusal, Refusal)
        assert (refusal.gate, refusal.beat_id) == ("busy", None)
    assert (scene.row().fence, scene.left_behind()) == (fence, [])
    hold.let_go()
    await at_rest(runner)
    scene.check("acted")


@pytest.mark.parametrize("asked_to_run", [True, False], ids=["run now and timer", "timer"])
async def test_run_from_outside_in_this_process_is_not_abandoned(
    scene: Scene, workers: LocalWorkers, asked_to_run: bool
) -> None:
    hold = slow(scene, "gather_context")
    world, runner = scene.world, await workers.make(scene.world)
    world.thread()
    run = asyncio.create_task(world.graph.ainvoke({"thread": "demo"}, context=world.context()))
    await hold.reached()
    scene.outlast_lease()
    if asked_to_run:
        refusal = await runner.start_now("demo")
        assert isinstance(refusal, Refusal)
        assert refusal.gate == Reason.BUSY
        twin = await world.graph.ainvoke({"thread": "demo"}, context=world.context())
        assert twin["beat"]["id"] is None
    await Timer(world.services, runner).tick()
    hold.let_go()
    await run
    scene.check("acted")


async def test_run_that_is_over_keeps_no_lease(scene: Scene, workers: LocalWorkers) -> None:
    """Also not where a step of it goes on: another process must be able to finish the beat."""
    hold = scene.hold("after:load_instructions", only=1)
    runner = await workers.make(scene.world)
    [slot] = scene.due("demo")
    await runner.submit("demo", slot)
    await hold.reached()
    await workers.kill(runner)
    scene.outlast_lease()
    hold.let_go()
    await hold.all_passed()
    await until(lambda: not scene.world.services.keeper._leases)
    assert scene.left_behind() == [1]


class Watched:
    """A model that tells when it is no longer waited for."""

    def __init__(self) -> None:
        self.asked, self.given_up = asyncio.Event(), asyncio.Event()

    def connected(self) -> AbstractAsyncContextManager[None]:
        return nullcontext()

    async def check(self, *_: Any) -> str:
        return ""

    async def ask(self, *_: Any) -> Any:
        self.asked.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.given_up.set()


def taken_over(other: World) -> None:
    other.store.write(claims.take, 1, other.store.lease, other.clock())


def removed(other: World) -> None:
    other.store.write(threads.remove, "demo", other.clock())


LOSSES = {"taken over": (taken_over, FenceLostError), "removed": (removed, NotFoundError)}


@pytest.fixture(params=LOSSES)
def loss(request: pytest.FixtureRequest) -> tuple[Callable[[World], None], type[Exception]]:
    return LOSSES[request.param]


@pytest.fixture
def model(scene: Scene, rounds: Rounds) -> Watched:
    made = Watched()
    scene.world.services = replace(scene.world.services, model=made)
    return made


async def test_run_that_is_lost_is_not_paid_for_any_more(
    scene: Scene, workers: LocalWorkers, other: World, rounds: Rounds, model: Watched, loss: Any
) -> None:
    lose, _ = loss
    runner = await workers.make(scene.world)
    [slot] = scene.due("demo")
    await runner.submit("demo", slot)
    await model.asked.wait()
    scene.outlast_lease()
    lose(other)
    before = [row.model_dump() for row in scene.rows()]
    await asyncio.to_thread(rounds.turn_once)
    await asyncio.wait_for(model.given_up.wait(), 30)
    await at_rest(runner)
    assert runner.free == 4
    assert [row.model_dump() for row in scene.rows()] == before


@pytest.mark.parametrize("runs", ["Runner", "ainvoke"])
async def test_whoever_waits_for_a_run_that_is_lost_is_told(
    scene: Scene, workers: LocalWorkers, other: World, rounds: Rounds, model: Watched, runs: str
) -> None:
    world = scene.world
    world.thread()
    run: asyncio.Task[Any]
    if runs == "Runner":
        run = asyncio.create_task(Runner(world.services, world.graph).beat("demo"))
    else:
        run = asyncio.create_task(world.graph.ainvoke({"thread": "demo"}, context=world.context()))
    await model.asked.wait()
    if runs == "Runner":
        scene.outlast_lease()
        taken_over(other)
    else:
        world.store.write(lambda session: setattr(beats.get(session, 1), "fence", 9))
    await asyncio.to_thread(rounds.turn_once)
    with pytest.raises(FenceLostError, match="taken over"):
        await asyncio.wait_for(run, 30)
    assert model.given_up.is_set()
    scene.check_running(acted=False)


async def test_cancelled_run_stays_cancelled(scene: Scene, rounds: Rounds, model: Watched) -> None:
    world = scene.world
    world.thread()
    run = asyncio.create_task(Runner(world.services, world.graph).beat("demo"))
    await model.asked.wait()
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run


async def test_slot_tried_again_while_its_run_is_on_its_way_out_is_run(
    scene: Scene, workers: LocalWorkers
) -> None:
    """The claim must not be left with nobody behind it."""
    runner = await workers.make(scene.world)
    assert isinstance(runner, LocalRunner)
    hold = scene.hold("after:settle", only=1)
    [slot] = scene.due("demo", every=3600)
    scene.world.probe = _break_then(hold)
    await runner.submit("demo", slot)
    await hold.reached()
    scene.check("failed")
    scene.world.clock.move(seconds=30)
    await runner.submit("demo", slot)
    assert scene.row().status == "running"
    hold.let_go()
    await at_rest(runner)
    scene.check("acted")
    assert runner.free == 4


def _break_then(hold: Hold) -> Callable[[str], None]:
    broken: list[str] = []
    held = hold.at("after:settle")

    def probe(point: str) -> None:
        if point == "inside:gather_context" and not broken:
            broken.append(point)
            raise RuntimeError("broken")
        held(point)

    return probe


LOCKED = OperationalError("BEGIN IMMEDIATE", {}, sqlite3.OperationalError("database is locked"))


@pytest.mark.parametrize(
    "error", [LOCKED, PoolTimeoutError("QueuePool limit")], ids=["locked", "no connection"]
)
async def test_renewal_that_fails_is_tried_again(
    scene: Scene,
    workers: LocalWorkers,
    rounds: Rounds,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: Exception,
) -> None:
    def fail(*_: Any) -> None:
        raise error

    hold = slow(scene, "decide")
    runner = await workers.make(scene.world)
    [slot] = scene.due("demo", every=3600)
    await runner.submit("demo", slot)
    await hold.reached()
    with monkeypatch.context() as patched:
        patched.setattr("heartbeat.store.database.ATTEMPTS", 1)
        patched.setattr(claims, "renew", fail)
        for _ in range(2):
            scene.world.clock.move(seconds=THIRD)
            await asyncio.to_thread(rounds.turn)
            assert scene.left_behind() == []
    assert "lease of beat 1 not renewed: " in caplog.text
    await asyncio.to_thread(rounds.turn)
    scene.world.clock.move(seconds=2 * THIRD)
    assert scene.left_behind() == []
    hold.let_go()
    await at_rest(runner)
    scene.check("acted")


@pytest.mark.parametrize("point", ["capabilities", "apply"])
async def test_no_free_connection_is_a_fault_of_the_database(scene: Scene, point: str) -> None:
    scene.world.thread()
    scene.world.services = replace(
        scene.world.services, targets={"forum": NoConnection("heartbeat", at=point)}
    )
    await asyncio.to_thread(invoke, scene.world)
    scene.check("failed")
    assert scene.row().reason == "database"


@dataclass(frozen=True)
class NoConnection(ForumTarget):
    """A target for which there is no connection to be had."""

    at: str = field(kw_only=True)

    def capabilities(self, session: Any) -> Capabilities:
        if self.at == "capabilities":
            raise PoolTimeoutError("QueuePool limit")
        return super().capabilities(session)

    def apply(self, *args: Any, **given: Any) -> dict[str, Any]:
        raise PoolTimeoutError("QueuePool limit")
