"""A beat on the timer's path against the bare graph: how much more it costs than the LangGraph run that it is.

``python -m benchmarks.beats [--rounds 5] [--runs 40] [--json FILE]``. A beat is counted from the look of the timer
until its end was told, with this project's saver. The bare graph runs on LangGraph's own asynchronous saver with its
defaults, in the same process, in turns with the beats in each round, so that what else the machine does touches both
alike. A figure is the median of the rounds, in milliseconds of CPU and of wall time. The model answers at once, in a
process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from benchmarks.bare import STATE, bare_graph
from benchmarks.instant_model import instant_model
from benchmarks.report import Row, show
from checkpoints import GroupCommitSaver, open_saver
from graph.heartbeat import compile_graph
from heartbeat.store import due, history
from heartbeat_service.local_runner import LocalRunner
from heartbeat_service.runner import Runner
from tests.support.world import World

KINDS = (("unchanged", 1), ("unchanged", 8), ("none", 1), ("acted", 1))
GOALS = {("unchanged", 1): 1.3, ("unchanged", 8): 1.0, ("acted", 1): 2.5}
Batch = Callable[[], Awaitable[object]]
"""Makes one run, or one beat, of each of some threads at once."""
Tend = Callable[[World, GroupCommitSaver], Awaitable[None]]
Prepare = Callable[[], None]
"""Lets time pass, and something happen that beats are about."""


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class Beats:
    """How beats of a kind are run, and what has to be done before each batch of them."""

    prepare: Prepare
    run: Batch

    async def __call__(self) -> None:
        """Prepare a batch and run it."""
        self.prepare()
        await self.run()


@dataclass
class Took:
    """Milliseconds of CPU and of wall time that one run took, of each round."""

    cpu: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    async def measure(self, batch: Batch, batches: int, size: int, before: Prepare = _nothing) -> None:
        """Add a round; ``before`` is called before each batch, and does not count."""
        wall = cpu = 0.0
        for _ in range(batches):
            before()
            wall_began, cpu_began = time.perf_counter(), time.process_time()
            await batch()
            wall += time.perf_counter() - wall_began
            cpu += time.process_time() - cpu_began
        self.wall.append(wall * 1000 / batches / size)
        self.cpu.append(cpu * 1000 / batches / size)

    def medians(self) -> dict[str, float]:
        """Return the median of each."""
        return {"CPU": statistics.median(self.cpu), "wall": statistics.median(self.wall)}


@asynccontextmanager
async def bare_runs(folder: Path, size: int) -> AsyncIterator[Batch]:
    """Yield how the bare graph is run on some threads at once."""
    async with AsyncSqliteSaver.from_conn_string(str(folder / "bare.db")) as saver:
        graph = bare_graph(saver)

        async def batch() -> None:
            configs = [{"configurable": {"thread_id": f"t{number}"}} for number in range(size)]
            await asyncio.gather(*(graph.ainvoke(STATE, config) for config in configs))

        yield batch


@asynccontextmanager
async def beats(
    folder: Path, kind: str, size: int, way: str, tend: Tend | None = None
) -> AsyncIterator[Beats]:
    """Yield how beats of a kind are run on some threads at once; each is seen to end as that kind does.

    ``tend`` is called after each of them, as what a serving process does beside its beats.
    """
    with instant_model("post" if kind == "acted" else "none") as url:
        world = World(folder, SimpleNamespace(url=url), decision=way)  # type: ignore[arg-type]
        for number in range(3):
            world.comment(world.post(f"Post {number}"))
        for number in range(size):
            world.thread(f"t{number}", every=60, recheck_after=86_400, max_actions_per_day=1_000)
        numbers = itertools.count()
        async with open_saver(folder / "checkpoints.db") as saver, world.services.model.connected():
            runner = LocalRunner(Runner(world.services, compile_graph(saver), look=False), concurrency=size)

            def prepare() -> None:
                world.clock.move(seconds=60)
                if kind != "unchanged":
                    world.post(f"News {next(numbers)}")

            async def batch() -> None:
                look = world.store.read(due.look, world.clock(), size)
                before = runner.in_flight
                await asyncio.gather(*(runner.submit(each.thread_id, each.slot) for each in look.due))
                await asyncio.gather(*(runner.wait_for(each) for each in runner.in_flight - before))
                if tend is not None:
                    await tend(world, saver)

            made = Beats(prepare, batch)
            for _ in range(3):
                await made()
            yield made
        last = world.store.read(history.latest, limit=size)
        ends = {str(row.reason or row.status) for row in last}
        world.close()
        if ends != {kind}:
            raise RuntimeError(f"beats ended {sorted(ends)}; expected: {kind}")


async def measure(rounds: int, runs: int, way: str = "whole") -> list[Row]:
    """Return for each kind and number at a time what a beat and a bare run took, and the ratios."""
    found: list[Row] = []
    for kind, size in KINDS:
        bare, beat = Took(), Took()
        with TemporaryDirectory(prefix="heartbeat-") as folder:
            async with bare_runs(Path(folder), size) as run, beats(Path(folder), kind, size, way) as do:
                await run()
                for _ in range(rounds):
                    await bare.measure(run, max(1, runs // size), size)
                    await beat.measure(do.run, max(1, runs // size), size, do.prepare)
        row: Row = {"beat": kind, "at a time": size}
        for name, one in bare.medians().items():
            other = beat.medians()[name]
            row |= {
                f"{name} of a bare run, ms": one,
                f"of a beat, ms ({name})": other,
                f"{name}, ratio": other / one,
            }
        row["at most"] = GOALS.get((kind, size))
        found.append(row)
    return found


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--runs", type=int, default=40, help="runs of one figure")
    parser.add_argument("--way", choices=("plan", "whole"), default="whole", help="how beats decide")
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    show(asyncio.run(measure(given.rounds, given.runs, given.way)), given.json)


if __name__ == "__main__":
    main()
