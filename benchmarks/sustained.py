"""What a served workspace costs while its threads beat: CPU of a beat, lateness, memory; against the bare graph.

``python -m benchmarks.sustained [--threads 240] [--seconds 60] [--acting 1000] [--json FILE]``: a real service,
threads that beat every minute, a model that answers at once. First no thread finds anything new (``unchanged``): one
process, then two on the same database; then ``--acting`` threads all post at every beat. CPU is that of the processes
that serve, in user and system, and of this process for the bare graph: on LangGraph's asynchronous saver with its
defaults, eight runs at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.report import Row, show
from benchmarks.savers import official_async, rate
from benchmarks.serving import percentile, serving, started
from tests.support.ollama import Say, decision, fake_ollama
from tests.support.world import Clock, World

EVERY = 60
RUNS = 200


async def bare_cpu() -> float:
    """Return the CPU seconds of a bare run."""
    with TemporaryDirectory() as folder:
        async with official_async(Path(folder) / "c.db") as run:
            await rate(run, None, 8, 8)  # warm
            began = time.process_time()
            await rate(run, None, 8, RUNS)
            return (time.process_time() - began) / RUNS


@contextmanager
def silent(threads: int) -> Iterator[World]:
    """Yield a world whose threads have looked at three posts and find nothing new."""
    with fake_ollama() as ollama, TemporaryDirectory(prefix="heartbeat-") as folder:
        ollama.default = Say(decision(action="none", reasoning="Quiet."))
        world = World(
            Path(folder),
            ollama,
            clock=Clock(datetime.now(UTC) - timedelta(seconds=31 * threads)),
            decision="whole",
        )
        for number in range(3):
            world.comment(world.post(f"Post {number}", "Word " * 60))
        for number in range(threads):
            world.beat(thread=world.thread(f"t{number}", every=EVERY))
        yield world
        world.close()


@contextmanager
def acting(threads: int) -> Iterator[World]:
    """Yield a world whose threads post at every beat."""
    with fake_ollama() as ollama, TemporaryDirectory(prefix="heartbeat-") as folder:
        number = count(1)

        def answer(_: dict[str, Any]) -> Say:
            return Say(
                decision(action="post", board="general", title=f"Number {next(number)}", content="Words.")
            )

        ollama.answer = answer
        world = World(Path(folder), ollama, clock=Clock(datetime.now(UTC)), decision="whole")
        world.post("A post", "Word " * 60)
        for each in range(threads):
            world.thread(f"t{each}", every=EVERY, recheck_after=0, max_actions_per_day=1000, dry_run=False)
        yield world
        world.close()


@dataclass(frozen=True)
class Times:
    """Seconds before it is measured, in which ends what was due at the start, and seconds of a row."""

    warm: float = 10.0
    measured: float = 60.0


def measure(world: World, processes: int, times: Times, bare: float, name: str) -> Row:
    """Return the figures of the beats that start in the time that is measured."""
    with serving(world, processes) as served:
        time.sleep(times.warm)
        began, cpu = datetime.now(UTC), sum(each.cpu() for each in served)
        time.sleep(times.measured)
        ended, cpu = datetime.now(UTC), sum(each.cpu() for each in served) - cpu
        memory = max(each.memory() for each in served)
        time.sleep(2)  # late ones
    beats = [beat for beat in started(world) if began <= beat.at < ended]
    late = [beat.late for beat in beats]
    each = cpu / len(beats) if beats else None
    return {
        "beats": name,
        "processes": processes,
        "started": len(beats),
        "acted": sum(beat.status == "acted" for beat in beats),
        "lateness p50, s": percentile(late, 0.5) if late else None,
        "lateness p99, s": percentile(late, 0.99) if late else None,
        "CPU of a beat, ms": None if each is None else each * 1e3,
        "CPU of a bare run, ms": bare * 1e3,
        "ratio": None if each is None else each / bare,
        "memory, MB": memory,
    }


def measure_all(threads: int, acts: int, times: Times) -> Iterator[Row]:
    """Yield the rows, one after another."""
    with silent(threads) as world:
        for processes in (1, 2):
            bare = asyncio.run(bare_cpu())
            yield measure(world, processes, times, bare, f"{threads} threads, unchanged")
    with acting(acts) as world:
        yield measure(world, 1, times, asyncio.run(bare_cpu()), f"{acts} threads, acting")


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=240)
    parser.add_argument("--acting", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=60.0, help="how long each row is measured")
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    show(list(measure_all(given.threads, given.acting, Times(measured=given.seconds))), given.json)


if __name__ == "__main__":
    main()
