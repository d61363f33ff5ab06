"""Model calls of a day in which nothing happens: exact counts, for both ways in which beats decide.

``python -m benchmarks.day [--every 30m] [--json FILE]``: three lines, three posts that a manual beat has looked at, a
clock that is moved from slot to slot, a fake model that always answers that there is nothing to do. The calls that
read the lines are counted apart: they are made once for a text. Characters are those of the messages that were sent;
a token is about four of them.
"""

from __future__ import annotations

import argparse
from collections import Counter
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.report import Row, show
from heartbeat.schedule import parse_interval
from tests.support.ollama import FakeOllama, Say, decision, fake_ollama
from tests.support.world import World

DAY = timedelta(days=1)


def characters(calls: list[dict[str, Any]]) -> int:
    """Return how many characters the messages of these calls have."""
    return sum(len(message["content"]) for call in calls for message in call["messages"])


def day(ollama: FakeOllama, folder: Path, way: str, every: int) -> Row:
    """Return what a day of scheduled beats asked of the model."""
    ollama.default = Say(decision(action="none", reasoning="Quiet."))
    world = World(folder, ollama, decision=way, reads_ahead=False)
    for number in range(3):
        world.comment(world.post(f"Post {number}", "Word " * 60))
    world.thread(every=every)
    world.beat()  # reads the lines, as a serving process does
    ended: Counter[str] = Counter()
    for _ in range(DAY // timedelta(seconds=every)):
        world.clock.move(seconds=every)
        beat = world.scheduled()
        ended[beat.get("reason") or beat["status"]] += 1
    world.close()
    return {
        "decision": way,
        "beats": sum(ended.values()),
        "unchanged": ended["unchanged"],
        "calls to read lines": len(ollama.readings),
        "other calls": len(ollama.calls),
        "characters to read lines": characters(ollama.readings),
        "other characters": characters(ollama.calls),
    }


def measure(every: int) -> list[Row]:
    """Return a row for each way."""
    rows = []
    for way in ("plan", "whole"):
        with fake_ollama() as ollama, TemporaryDirectory() as folder:
            rows.append(day(ollama, Path(folder), way, every))
    return rows


def main() -> None:
    """Count, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", default="30m", help="interval of the beats")
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    show(measure(parse_interval(given.every)), given.json)


if __name__ == "__main__":
    main()
