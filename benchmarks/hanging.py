"""Effect of a target that hangs: the lateness of beats, and of deliveries to another target, with and without it.

``python -m benchmarks.hanging [seconds]``: a real service in a process of its own, 100 threads that beat every
minute, a fake Ollama, and two connections to sinks on loopback, each of which is to get a delivery a second. In the
second half one of them accepts every request and answers only each third. Exit 1 if either 99th percentile is more
than 1.5 times that of the first half. On a busy machine only the ratio is meaningful.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.reads import fill
from benchmarks.serving import instant, percentile, serving, started
from heartbeat.outgoing import Outgoing
from heartbeat.store import outbox
from tests.support.ollama import Say, decision, fake_ollama
from tests.support.outside import FINE, HANGS, OutsideForum, serving_outside
from tests.support.world import Clock, World

REPLY = 0.2
"""Seconds of a model's reply."""
ALLOWED = 1.5
"""The largest ratio of the two percentiles."""
_CONNECTION = '[{name}]\nkind = "apprise"\nurl = "{url}/?rto=20"\n\n'


async def queue(world: World, target: str, seconds: float) -> None:
    """Queue one delivery a second."""
    for number in range(int(seconds)):
        outgoing, now = Outgoing(kind="tell", text=f"Number {number}."), datetime.now(UTC)
        queued = partial(outbox.queue, outgoing=outgoing, target=target, deliver_within=3_600, now=now)
        await asyncio.to_thread(world.store.write_durably, queued)
        await asyncio.sleep(1)


async def turn(world: World, seconds: float) -> dict[str, list[float]]:
    """Return the lateness of the beats of the next ``seconds``, and the delays of what is queued meanwhile."""
    began = datetime.now(UTC)
    await asyncio.gather(queue(world, "good", seconds), queue(world, "odd", seconds))
    ended = datetime.now(UTC)
    await asyncio.sleep(5)  # wait for late ones
    beats = await asyncio.to_thread(started, world)
    late = [beat.late for beat in beats if began <= beat.slot < ended]
    sent = await asyncio.to_thread(delays_of, world, "good", began)
    return {"lateness of beats": late, "delay of deliveries to the other": sent}


def delays_of(world: World, target: str, since: datetime) -> list[float]:
    """Return the seconds from queueing to arrival; what has not arrived counts until now."""
    with world.store.engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT created_at, finished_at FROM delivery WHERE target = ?", (target,)
        ).all()
    now = datetime.now(UTC)
    spans = ((instant(made), instant(done) if done else now) for made, done in found)
    return [(done - made).total_seconds() for made, done in spans if made >= since]


async def measure(world: World, odd: OutsideForum, seconds: float) -> bool:
    """Print the figures of both halves; return whether the ratios are within the limit."""
    with serving(world):
        await asyncio.sleep(5)  # warm-up, and time for beats that were due at the start
        quiet = await turn(world, seconds)
        number = count(1)
        odd.way = lambda _: FINE if next(number) % 3 == 0 else HANGS
        loud = await turn(world, seconds)
    holds = True
    for name, before in quiet.items():
        pair = [percentile(values, 0.99) for values in (before, loud[name])]
        ratio = pair[1] / pair[0]
        holds = holds and ratio <= ALLOWED
        figures: dict[str, Any] = {
            "number": [len(before), len(loud[name])],
            "p99": [round(each, 3) for each in pair],
        }
        print(f"{name}: x{ratio:.2f} of at most x{ALLOWED:g} {json.dumps(figures)}")
    hung = sum(each.method == "POST" for each in odd.asked)
    print(f"requests to the target that hangs, both halves: {hung}")
    return holds


def main() -> None:
    """Run the benchmark once."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    good, odd = OutsideForum(), OutsideForum()
    with (
        fake_ollama() as ollama,
        serving_outside(good),
        serving_outside(odd),
        TemporaryDirectory(prefix="heartbeat-") as folder,
    ):
        world = World(Path(folder), ollama, clock=Clock(datetime.now(UTC)), decision="whole")
        connections = {"good": good.url, "odd": odd.url}
        (Path(folder) / "connections.toml").write_text(
            "".join(
                _CONNECTION.format(name=name, url=url.replace("http://", "json://"))
                for name, url in connections.items()
            )
        )

        def answer(_: dict[str, Any]) -> Say:
            time.sleep(REPLY)
            return Say(decision(action="none", reasoning="Quiet."))

        ollama.answer = answer
        fill(world)
        holds = asyncio.run(measure(world, odd, seconds))
        world.close()
    sys.exit(not holds)


if __name__ == "__main__":
    main()
