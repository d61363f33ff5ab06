"""Cost of a silent beat with few and with many items in the inbox.

``python -m benchmarks.inbox [beats]``: two workspaces with the same thread, connection and model, of which one has
100 items in its inbox and the other 100,000, all looked at. The beats of both take turns, so that the machine is as
busy for the one as for the other. Exit 1 if the median of the second is more than 1.3 times that of the first.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import insert

from heartbeat.store.inbox_tables import InboxItem
from heartbeat.vocabulary import FeedKind
from tests.support.bringing import bring
from tests.support.ollama import FakeOllama, decision, fake_ollama
from tests.support.world import START, World

ALLOWED = 1.3
FEW, MANY = 100, 100_000


def workspace(folder: Path, ollama: FakeOllama, items: int) -> World:
    """Return a workspace whose inbox holds items that its thread has looked at; its next beat is silent."""
    world = World(folder, ollama)
    world.thread(recheck_after=86_400)
    bring(world, [])
    rows = [
        {
            "connection": "news",
            "external_id": f"entry {number}",
            "kind": FeedKind.ENTRY,
            "seq": number,
            "digest": f"{number:064}",
            "title": f"Entry {number}",
            "content": "Some words.",
            "created_at": START,
            "first_at": START,
            "changed_at": START,
        }
        for number in range(1, items + 1)
    ]
    with world.store.engine.begin() as connection:
        connection.execute(insert(InboxItem), [{**_EMPTY, **row} for row in rows])
    while world.scheduled()["reason"] != "unchanged":
        world.clock.move(minutes=5)
    return world


_EMPTY = {"author": "", "own": False, "all_day": False, "churn": 0}


def seconds_of(world: World) -> float:
    """Return the seconds of one silent beat."""
    world.clock.move(minutes=1)
    began = time.perf_counter()
    beat = world.scheduled()
    taken = time.perf_counter() - began
    assert beat["reason"] == "unchanged", beat
    return taken


def main(number: int) -> int:
    """Measure, print, and return the exit code."""
    with TemporaryDirectory() as name, fake_ollama() as ollama:
        ollama.says(*[decision(action="none")] * 50)
        pair = [workspace(Path(name, str(items)), ollama, items) for items in (FEW, MANY)]
        taken: list[list[float]] = [[], []]
        for _ in range(number):
            for times, world in zip(taken, pair, strict=True):
                times.append(seconds_of(world))
        for world in pair:
            world.close()
    few, many = (median(times) for times in taken)
    print(f"{FEW} items: {few * 1000:.1f} ms   {MANY} items: {many * 1000:.1f} ms   ratio {many / few:.2f}")
    return int(many / few > ALLOWED)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
