"""What a serving process holds open: database, checkpoints, runner, timer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass

from checkpoints import open_saver
from graph.heartbeat import compile_graph
from heartbeat.settings import Settings
from heartbeat.store.views import BeatView
from nodes.services import Services
from service.local_runner import LocalRunner
from service.runner import Runner, ignore
from service.timer import Timer


@dataclass(frozen=True)
class Service:
    """A process that serves a workspace."""

    services: Services
    runner: LocalRunner
    timer: Timer


@asynccontextmanager
async def open_service(
    settings: Settings, *, on_finished: Callable[[BeatView], None] = ignore
) -> AsyncIterator[Service]:
    """Run the timer while the context is open; on leaving it, beats come to rest within the drain time.

    ``on_finished`` is called with every scheduled beat that has ended.

    Raises:
        SchemaTooNewError: the database was written by a newer version.
    """
    # A beat holds a thread while it reads or writes, and so does the timer; none of them may wait for another.
    workers = ThreadPoolExecutor(2 * settings.concurrency + 8, thread_name_prefix="heartbeat")
    asyncio.get_running_loop().set_default_executor(workers)
    services = await asyncio.to_thread(Services.from_settings, settings)
    try:
        async with open_saver(settings.checkpoints_path) as saver:
            runner = LocalRunner(
                Runner(services, compile_graph(saver)),
                concurrency=settings.concurrency,
                deadline=settings.beat_timeout,
                on_finished=on_finished,
            )
            timer = Timer(services, runner, wake=runner.wake, poll=settings.poll_seconds)
            ticking = asyncio.create_task(timer.run())
            try:
                yield Service(services, runner, timer)
            finally:
                timer.stop()
                await ticking
                await runner.drain(settings.drain_seconds)
    finally:
        services.store.close()
