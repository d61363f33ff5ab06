"""Many threads due at once: how long until the last beat starts, against as many runs of the bare graph.

``python -m benchmarks.together [--threads 100] [--rounds 3] [--json FILE]``: a real service starts on a workspace in
which all threads are due and nothing is new for any of them (``unchanged``). The seconds from the first start to the
last are compared with those of as many runs of the bare graph, on LangGraph's asynchronous saver with its defaults,
as many at a time as the service has places. Both are made in turn, so that load affects both alike.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.report import Row, show
from benchmarks.savers import official_async, rate
from benchmarks.serving import percentile, serving, started
from tests.support.ollama import FakeOllama, Say, decision, fake_ollama
from tests.support.world import Clock, World

PLACES = 4
"""Beats that a process runs at once by default."""


def silent(ollama: FakeOllama) -> None:
    """Let the model decide that there is nothing to do."""
    ollama.default = Say(decision(action="none", reasoning="Quiet."))


def fill(world: World, threads: int) -> None:
    """Create three posts with comments, and threads that have looked at them and are due since."""
    for number in range(3):
        world.comment(world.post(f"Post {number}", "Word " * 60))
    for number in range(threads):
        world.beat(thread=world.thread(f"t{number}", every=3600))
    world.clock.now = datetime.now(UTC)


def ours(threads: int) -> tuple[float, float]:
    """Return the seconds until half of the beats and until all of them have started."""
    with fake_ollama() as ollama, TemporaryDirectory(prefix="heartbeat-") as folder:
        silent(ollama)
        world = World(
            Path(folder), ollama, clock=Clock(datetime.now(UTC) - timedelta(hours=2)), decision="whole"
        )
        try:
            fill(world, threads)
            with serving(world):
                beats = wait_for(world, threads)
        finally:
            world.close()
    first = min(beat.at for beat in beats)
    after = [(beat.at - first).total_seconds() for beat in beats]
    return percentile(after, 0.5), max(after)


def wait_for(world: World, beats: int) -> list[Any]:
    """Return the scheduled beats as soon as so many have started; look every 200 ms, for a minute at most."""
    until = time.monotonic() + 60
    while len(found := started(world)) < beats:
        assert time.monotonic() < until, f"{len(found)} of {beats} beats started within a minute"
        time.sleep(0.2)
    return found


async def bare(runs: int) -> float:
    """Return the seconds that so many bare runs take."""
    with TemporaryDirectory() as folder:
        async with official_async(Path(folder) / "c.db") as run:
            await rate(run, None, PLACES, PLACES)  # warm
            return runs / await rate(run, None, PLACES, runs)


def measure(threads: int, rounds: int) -> list[Row]:
    """Return the medians of the rounds in one row."""
    found = [(*ours(threads), asyncio.run(bare(threads))) for _ in range(rounds)]
    half, last, runs = (statistics.median(each) for each in zip(*found, strict=True))
    return [
        {
            "threads due at once": threads,
            "half started, s": half,
            "last started, s": last,
            "as many bare runs, s": runs,
            "ratio": last / runs,
        }
    ]


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    show(measure(given.threads, given.rounds), given.json)


if __name__ == "__main__":
    main()
