"""What does not grow: memory, open files and databases over many beats, with what is not kept deleted.

``python -m benchmarks.soak [--beats 50000] [--threads 200] [--json FILE]``: silent beats on the timer's path in one
process, in virtual time, one each minute and thread. After each round of all threads the checkpoints of all but the
last 20 runs are deleted, and rows, of which the last 20 beats of a thread are kept. A row is written ten times: after
as many beats the memory of the process, its open files, the sizes of the databases, and the CPU of a beat since the
row before, with what is deleted, against that of the first row.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.beats import Batch, beats
from benchmarks.report import Row, show
from benchmarks.serving import memory
from checkpoints import GroupCommitSaver
from heartbeat.store.retention import Kept, bites
from tests.support.world import World

ROWS = 10
RUNS_KEPT = 20
"""Runs of a thread whose checkpoints are kept, as by default."""
ROWS_KEPT = Kept(beat_age=timedelta(minutes=5), beats=20, events=1_000)
"""Rows that are kept: far fewer than by default, so that deleting them begins early."""


async def tend(world: World, saver: GroupCommitSaver) -> None:
    """Delete what is not kept, as the two loops of a serving process do bit by bit."""
    piece = await asyncio.to_thread(saver.over, RUNS_KEPT)
    while piece.over:
        for thread in piece.over:
            while await asyncio.to_thread(saver.prune_runs, thread, RUNS_KEPT):
                pass
        piece = await asyncio.to_thread(saver.over, RUNS_KEPT)
    await asyncio.to_thread(lambda: list(bites(world.store, ROWS_KEPT, world.clock, time.perf_counter)))


def figures(folder: Path, done: int, cpu: float, base: float | None) -> Row:
    """Return a row: what there is after so many beats, of which each since the row before took ``cpu`` seconds."""
    gc.collect()
    megabytes = {
        name: sum(file.stat().st_size for file in folder.rglob(f"{name}.db*")) / 1e6
        for name in ("heartbeat", "checkpoints")
    }
    return {
        "beats": done,
        "memory, MB": memory("VmRSS", "self"),
        "open files": sum(1 for _ in Path("/proc/self/fd").iterdir()),
        "heartbeat.db, MB": megabytes["heartbeat"],
        "checkpoints.db, MB": megabytes["checkpoints"],
        "CPU of a beat, ms": cpu * 1e3,
        "ratio of CPU": cpu / base if base else 1.0,
    }


async def rounds(folder: Path, threads: int, total: int, do: Batch) -> AsyncIterator[tuple[int, float]]:
    """Yield ten times how many beats were run, and the CPU seconds of each since the time before."""
    every, done = max(1, total // threads // ROWS), 0
    for _ in range(ROWS):
        began = time.process_time()
        for _ in range(every):
            await do()
        done += every * threads
        yield done, (time.process_time() - began) / (every * threads)


async def measure(total: int, threads: int) -> list[Row]:
    """Return the rows."""
    found: list[Row] = []
    with TemporaryDirectory(prefix="heartbeat-") as name:
        folder = Path(name)
        async with beats(folder, "unchanged", threads, "whole", tend) as do:
            base: float | None = None
            async for done, cpu in rounds(folder, threads, total, do):
                found.append(figures(folder, done, cpu, base))
                base = base or cpu
    return found


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--beats", type=int, default=50_000)
    parser.add_argument("--threads", type=int, default=200)
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    show(asyncio.run(measure(given.beats, given.threads)), given.json)


if __name__ == "__main__":
    main()
