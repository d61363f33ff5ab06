"""The runner of this process keeps what every runner keeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from checkpoints import open_saver
from graph.heartbeat import compile_graph
from service.local_runner import LocalRunner
from service.runner import Runner
from tests.runners.conformance import RunnerConformance
from tests.runners.port import AnyRunner
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
        flying = list(runner._beats.values())
        for task in flying:
            task.cancel()
        await asyncio.gather(*flying, return_exceptions=True)


@pytest.fixture
async def workers() -> AsyncIterator[LocalWorkers]:
    async with AsyncExitStack() as opened:
        made = LocalWorkers(opened)
        yield made
        for runner in made.made:
            await made.kill(runner)


class TestLocalRunner(RunnerConformance):
    """The suite."""
