"""Effect of API reads on beats: the lateness of beats during many calls to the API, against that without calls.

``python -m benchmarks.reads [seconds] [reads a second]``: a real service in a process of its own, 100 threads that
beat every minute, a fake Ollama. Exit 1 if a call failed, or if the 99th percentile of the lateness is more than
twice that without calls plus one second. On a busy machine only the ratio is meaningful.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from benchmarks.serving import percentile, serving, started
from tests.support.ollama import Say, decision, fake_ollama
from tests.support.world import Clock, World

THREADS = 100
EVERY = 60
REPLY = 0.2
"""Seconds of a model's reply."""
CALLS = (
    "/api/heartbeat/status",
    "/api/threads?limit=20",
    "/api/threads/t7",
    "/api/threads/t8/heartbeat/config",
    "/api/heartbeat/history?limit=20",
    "/api/threads/t9/heartbeat/history",
    "/api/beats/1",
    "/api/heartbeat/stats",
    "/api/heartbeat/schedule?every=4h",
    "/api/heartbeat/heartbeat.md",
    "/api/forum/posts?sort=hot",
    "/api/forum/posts/1/comments",
    "/api/threads/t1/messages",
    "/metrics",
    "/healthz",
    "/readyz",
)


@dataclass
class Calls:
    """Durations and errors of the calls of one turn."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def make(self, client: httpx.AsyncClient, path: str) -> None:
        """Make one call, and record its duration and error."""
        began = time.perf_counter()
        try:
            answer = await client.get(path)
            if answer.status_code != 200:
                self.errors.append(f"{path}: {answer.status_code} {answer.text:.200}")
        except httpx.HTTPError as error:
            self.errors.append(f"{path}: {type(error).__name__} {error}")
        self.seconds.append(time.perf_counter() - began)


async def read(url: str, rate: float, seconds: float) -> Calls:
    """Make the calls in turn at a fixed rate, without waiting for the answers to earlier ones."""
    calls, loop = Calls(), asyncio.get_running_loop()
    limits = httpx.Limits(max_connections=50)
    async with (
        httpx.AsyncClient(base_url=url, timeout=30, limits=limits, trust_env=False) as client,
        asyncio.TaskGroup() as group,
    ):
        began = loop.time()
        for number, path in zip(range(int(rate * seconds)), cycle(CALLS), strict=False):
            await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
            group.create_task(calls.make(client, path))
    return calls


def fill(world: World) -> None:
    """Create posts, and threads that ask the model at every beat."""
    for number in range(30):
        world.comment(world.post(f"Post {number}", "Word " * 60))
    for number in range(THREADS):
        world.thread(f"t{number}", every=EVERY, recheck_after=0, max_actions_per_day=1000)


async def turn(world: World, url: str, rate: float, seconds: float) -> tuple[list[float], Calls]:
    """Return the lateness of the beats with slots in the next ``seconds``, and the calls made meanwhile."""
    began = datetime.now(UTC)
    calls, _ = await asyncio.gather(read(url, rate, seconds), asyncio.sleep(seconds))
    ended = datetime.now(UTC)
    await asyncio.sleep(5)  # wait for late beats
    beats = await asyncio.to_thread(started, world)
    late = [beat.late for beat in beats if began <= beat.slot < ended]
    return late, calls


def shown(late: list[float], calls: Calls) -> dict[str, Any]:
    """Return the statistics of one turn: seconds for beats, milliseconds for calls."""
    figures: dict[str, Any] = {
        "beats": len(late),
        "lateness p50": round(percentile(late, 0.5), 3),
        "lateness p99": round(percentile(late, 0.99), 3),
        "lateness max": round(max(late, default=0.0), 3),
    }
    if calls.seconds:
        figures |= {
            "calls": len(calls.seconds),
            "errors": len(calls.errors),
            "ms p50": round(percentile(calls.seconds, 0.5) * 1e3, 1),
            "ms p99": round(percentile(calls.seconds, 0.99) * 1e3, 1),
        }
    return figures


async def measure(world: World, seconds: float, rate: float) -> bool:
    """Print the statistics with and without calls; return whether they are within the limits."""
    with serving(world) as (served,):
        url = served.url
        await asyncio.sleep(5)  # warm-up, and time for beats that were due at the start
        quiet, none = await turn(world, url, 0, seconds)
        loud, calls = await turn(world, url, rate, seconds)
    found = {"without calls": shown(quiet, none), "with calls": shown(loud, calls)}
    before, after = (percentile(late, 0.99) for late in (quiet, loud))
    print(json.dumps(found, indent=1))
    print(f"lateness p99: x{after / before:.2f}; allowed: {2 * before + 1:.3f} s")
    for error in calls.errors[:10]:
        print(error)
    return not calls.errors and after <= 2 * before + 1


def main() -> None:
    """Run the benchmark once."""
    asked = [float(each) for each in sys.argv[1:3]]
    seconds, rate = [*asked, *(60.0, 100.0)[len(asked) :]]
    with fake_ollama() as ollama, TemporaryDirectory(prefix="heartbeat-") as folder:
        world = World(Path(folder), ollama, clock=Clock(datetime.now(UTC)), decision="whole")

        def answer(_: dict[str, Any]) -> Say:
            time.sleep(REPLY)
            return Say(decision(action="none", reasoning="Quiet."))

        ollama.answer = answer
        fill(world)
        holds = asyncio.run(measure(world, seconds, rate))
        world.close()
    sys.exit(not holds)


if __name__ == "__main__":
    main()
