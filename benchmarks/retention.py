"""What it costs beats that old rows are deleted beside them, and that the database then stays as large as it is.

``python -m benchmarks.retention [--beats 10000] [--rounds 20] [--json FILE]``: the same silent beats on the timer's
path in two workspaces, in turns. In one of them a `RowPruner` runs beside them that keeps two days and 20 beats of a
thread, and begins anew five seconds after each pass, where a service rests for an hour. A figure is the median of the
rounds, in milliseconds a beat.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any, ClassVar

from sqlalchemy import event
from sqlmodel import Session, func, select

from benchmarks.beats import Took
from benchmarks.instant_model import instant_model
from benchmarks.report import Row, show
from checkpoints import open_saver
from graph.heartbeat import compile_graph
from heartbeat.store import due
from heartbeat.store.tables import Beat, Event
from heartbeat_service.local_runner import LocalRunner
from heartbeat_service.row_pruner import RowPruner
from heartbeat_service.runner import Runner
from tests.support.world import World

THREADS = 8
EVERY = 1_800
GOALS = {"ratio": 1.1, "lock": 50.0}


class Eager(RowPruner):
    """One that begins at once and hardly rests; its clock is moved by the benchmark, which is no step."""

    BEGIN: ClassVar[float] = 0.0
    REST: ClassVar[float] = 5.0

    def _clock_step(self, now: datetime) -> float:
        return 0.0


@dataclass
class Waits:
    """How long writing transactions waited for the lock, in milliseconds."""

    longest: float = 0.0
    _began: dict[int, float] = field(default_factory=dict)

    def watch(self, world: World) -> None:
        """Measure those of a world's store."""
        event.listen(world.store.engine, "before_cursor_execute", self._before)
        event.listen(world.store.engine, "after_cursor_execute", self._after)

    def _before(self, _connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement == "BEGIN IMMEDIATE":
            self._began[id(cursor)] = time.perf_counter()

    def _after(self, _connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement == "BEGIN IMMEDIATE":
            waited = (time.perf_counter() - self._began.pop(id(cursor))) * 1000
            self.longest = max(self.longest, waited)


@dataclass
class Served:
    """A workspace whose threads beat, and what was measured of it."""

    world: World
    runner: LocalRunner
    prunes: bool
    took: Took = field(default_factory=Took)
    waits: Waits = field(default_factory=Waits)
    bite: float = 0.0
    """For how many milliseconds a bite held the write lock at most."""
    beats: list[int] = field(default_factory=list)
    events: list[int] = field(default_factory=list)

    async def batch(self) -> None:
        """Run the next beat of each thread."""
        self.world.clock.move(seconds=EVERY)
        look = self.world.store.read(due.look, self.world.clock(), THREADS)
        before = self.runner.in_flight
        await asyncio.gather(*(self.runner.submit(each.thread_id, each.slot) for each in look.due))
        await asyncio.gather(*(self.runner.wait_for(each) for each in self.runner.in_flight - before))

    async def round(self, batches: int) -> None:
        """Measure some batches, and count the rows after them."""
        if self.prunes:
            pruner = Eager(self.world.services)
            task = asyncio.create_task(pruner.run())
            await self.took.measure(self.batch, batches, THREADS)
            pruner.stop()
            await task
            self.bite = max(self.bite, pruner.longest * 1000)
        else:
            await self.took.measure(self.batch, batches, THREADS)
        self.beats.append(self.world.store.read(_number, Beat.id))
        self.events.append(self.world.store.read(_number, Event.id))


def _number(session: Session, column: Any) -> int:
    return int(session.exec(select(func.count(column))).one())


@asynccontextmanager
async def served(folder: Path, url: str, *, prunes: bool) -> AsyncIterator[Served]:
    """Yield a workspace whose threads have looked at three posts and find nothing new."""
    world = World(folder, SimpleNamespace(url=url), decision="whole")  # type: ignore[arg-type]
    world.settings = world.settings.model_copy(
        update={"beats_kept": 20, "beats_kept_days": 2, "events_kept": 2_000}
    )
    world.services = replace(world.services, settings=world.settings)
    for number in range(3):
        world.comment(world.post(f"Post {number}"))
    for number in range(THREADS):
        world.thread(f"t{number}", every=EVERY, recheck_after=86_400)
    async with open_saver(folder / "checkpoints.db") as saver:
        runner = LocalRunner(Runner(world.services, compile_graph(saver), look=False), concurrency=THREADS)
        made = Served(world, runner, prunes)
        for _ in range(3):
            await made.batch()
        made.waits.watch(world)
        yield made
    world.close()


async def measure(beats: int, rounds: int) -> list[Row]:
    """Return a row for each of the workspaces."""
    batches = max(1, beats // rounds // THREADS)
    with (
        TemporaryDirectory(prefix="heartbeat-") as one,
        TemporaryDirectory(prefix="heartbeat-") as other,
        instant_model("none") as url,
    ):
        async with (
            served(Path(one), url, prunes=False) as without,
            served(Path(other), url, prunes=True) as kept,
        ):
            for _ in range(rounds):
                await without.round(batches)
                await kept.round(batches)
            return [_row(each, without) for each in (without, kept)]


def _row(served: Served, without: Served) -> Row:
    took, base = served.took.medians(), without.took.medians()
    half = len(served.beats) // 2
    return {
        "retention": "on" if served.prunes else "off",
        **{f"a beat, ms ({name})": took[name] for name in took},
        **{f"{name}, ratio": took[name] / base[name] for name in took},
        "at most": GOALS["ratio"],
        "longest wait for the write lock, ms": served.waits.longest,
        "longest bite, ms": served.bite,
        "wait or bite at most, ms": GOALS["lock"],
        "beats after half": served.beats[half],
        "beats at the end": served.beats[-1],
        "events at the end": served.events[-1],
    }


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beats", type=int, default=10_000, help="beats of each workspace")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    show(asyncio.run(measure(given.beats, given.rounds)), given.json)


if __name__ == "__main__":
    main()
