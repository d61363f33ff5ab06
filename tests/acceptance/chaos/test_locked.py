"""Another program holds the database's write lock while the timer runs beats.

``LOCK_SECONDS=10 pytest tests/acceptance/chaos/test_locked.py`` holds it longer than the tests of every day do.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event

from checkpoints import open_saver
from graph.heartbeat import compile_graph
from heartbeat.store import Lease, Store
from heartbeat_decision.model import OllamaModel
from heartbeat_service.local_runner import LocalRunner
from heartbeat_service.runner import Runner
from heartbeat_service.timer import Timer
from nodes.services import Services
from tests.acceptance.runners.scene import Scene
from tests.support.holds import Hold, until
from tests.support.world import World

SECONDS = float(os.environ.get("LOCK_SECONDS", "2"))
NAMES = ("a", "b", "c", "d")
IMPATIENT = 50
"""Milliseconds of patience with a lock that is meant to outlast it."""
PATIENT = 30_000
"""Milliseconds of patience of beats with each other, and with a lock that they are meant to outlast."""


@dataclass
class Lock:
    """The write lock of a database as any other program would hold it."""

    world: World
    patience: int = PATIENT
    """Milliseconds for which the beats wait for it."""
    held: bool = False

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Keep everybody from writing."""
        connection = sqlite3.connect(self.world.settings.database_path, timeout=30, isolation_level=None)
        try:
            self.held = True
            connection.execute("BEGIN EXCLUSIVE")
            yield
        finally:
            connection.close()
            self.held = False

    def checkout(self, connection: sqlite3.Connection, *_: Any) -> None:
        """Give a transaction its patience: a short one is for this lock only, not for beats among themselves."""
        connection.execute(f"PRAGMA busy_timeout={self.patience if self.held else PATIENT}")


def lease_threads() -> list[threading.Thread]:
    """The threads of this process that renew leases."""
    return [each for each in threading.enumerate() if each.name == "heartbeat-lease"]


@asynccontextmanager
async def ticking() -> AsyncIterator[list[float]]:
    """Yield the gaps between the turns of a coroutine that only wants to go on."""
    gaps: list[float] = []
    loop = asyncio.get_running_loop()

    async def tick() -> None:
        while True:
            before = loop.time()
            await asyncio.sleep(0.01)
            gaps.append(loop.time() - before)

    task = asyncio.create_task(tick())
    try:
        yield gaps
    finally:
        task.cancel()


@asynccontextmanager
async def serving(world: World, lock: Lock) -> AsyncIterator[Timer]:
    """A timer and its runner on the clock of the test, with a lease as short as its beats."""
    store = Store(world.settings.database_path, lease=Lease(1.0, "serving"))
    event.listen(store.engine, "checkout", lock.checkout)
    services = Services.from_settings(
        world.settings,
        store=store,
        model=OllamaModel(clock=world.seconds),
        clock=world.clock,
        probe=world._probe,
    )
    async with AsyncExitStack() as opened:
        opened.callback(store.close)
        saver = await opened.enter_async_context(open_saver(world.settings.checkpoints_path))
        runner = LocalRunner(Runner(services, compile_graph(saver)))
        timer = Timer(services, runner, wake=runner.wake, poll=0.1, watch=0.02)
        task = asyncio.create_task(timer.run())
        try:
            yield timer
        finally:
            timer.stop()
            await task
            await runner.drain(5)


async def begin(scene: Scene, hold: Hold) -> None:
    """Let four threads be due at once, and wait until their beats are all with the model."""
    scene.due(*NAMES, every=3600)
    await hold.reached(len(NAMES))


async def next_slots_fire(scene: Scene) -> None:
    """Nothing is wrong with the threads afterwards."""
    before = len(scene.rows())
    scene.world.clock.now = max(scene.next_slot(name) for name in NAMES)
    await until(lambda: len(scene.rows()) == before + len(NAMES) and scene.settled())


async def test_lock_is_waited_for(scene: Scene) -> None:
    hold, lock = scene.hold(), Lock(scene.world)
    async with serving(scene.world, lock), ticking() as gaps:
        await begin(scene, hold)
        with lock.hold():
            gaps.clear()
            hold.let_go()
            # The lock is what is tested: it has to last.
            await asyncio.sleep(SECONDS)
            assert {row.status for row in scene.rows()} == {"running"}
            assert scene.actions() == []
            longest = max(gaps)
        await until(scene.settled)
        scene.check("acted", "acted", "acted", "acted")
        await next_slots_fire(scene)
    scene.check(*["acted"] * 8)
    assert longest < PATIENT / 1000 / 2, "a loop that waits for the lock waits as long as its patience"
    assert len(scene.world.ollama.calls) == 8, "nobody was asked twice"


async def test_lock_that_outlasts_patience_is_an_outcome_and_tried_again(scene: Scene) -> None:
    hold, settling, lock = scene.hold(), scene.hold("before:settle"), Lock(scene.world, IMPATIENT)
    async with serving(scene.world, lock):
        await begin(scene, hold)
        with lock.hold():
            hold.let_go()
            await settling.reached(len(NAMES))
        settling.let_go()
        await until(scene.settled)
        scene.check("failed", "failed", "failed", "failed")
        assert {row.reason for row in scene.rows()} == {"database"}
        assert {row.summary for row in scene.rows()} == {
            "Another program holds the database locked (database is locked). "
            "Close that program, or try again in a moment."
        }
        scene.world.clock.now += timedelta(seconds=30)
        await until(lambda: all(row.status == "acted" for row in scene.rows()))
        assert [row.attempts[0]["reason"] for row in scene.rows()] == ["database"] * 4
        await next_slots_fire(scene)
    scene.check(*["acted"] * 8)


async def test_lock_that_outlasts_everything_leaves_beats_to_be_taken_up(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    hold, lock = scene.hold(), Lock(scene.world, IMPATIENT)
    async with serving(scene.world, lock) as timer:
        await begin(scene, hold)
        with lock.hold():
            hold.let_go()
            # A renewal that has begun would hold a lease again after its beat has ended.
            await until(lambda: not timer.runner.in_flight and not lease_threads())
        assert caplog.text.count("could not be settled") == len(NAMES)
        assert {row.status for row in scene.rows()} == {"running"}
        assert scene.actions() == []
        scene.world.clock.now += timedelta(seconds=2)
        await until(scene.settled)
        scene.check("acted", "acted", "acted", "acted")
        await next_slots_fire(scene)
    scene.check(*["acted"] * 8)
