"""Overhead of the graph: the time of a whole beat against that of a bare ChatOllama call with the same prompt.

``python -m benchmarks.decision [turns] [seconds a reply]``: a fake Ollama that answers as slowly as a small model,
one question for everything, and a forum with as many items as a beat shows. Exit 1 if a beat takes more
than 1.05 times as long as the call. On a busy machine only the ratio is meaningful.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from langchain_ollama import ChatOllama

from tests.support.ollama import Say, decision, fake_ollama
from tests.support.world import World

TURNS = 7
REPLY = 3.0
"""Seconds of a reply, as of a model with 1.5B parameters on two cores for a short prompt in its cache."""
ALLOWED = 1.05


def fill(world: World) -> None:
    """Create a thread, and as many posts and comments as a beat shows."""
    world.thread(max_actions_per_day=1000)
    for number in range(20):
        world.comment(world.post(f"Post {number}", "Word " * 30), "Another word " * 10)


def bare(call: dict[str, Any], url: str) -> Callable[[], object]:
    """Return a function that makes a beat's call with ChatOllama alone."""
    options = call["options"]
    chat = ChatOllama(
        model=call["model"],
        base_url=url,
        temperature=options["temperature"],
        num_predict=options["num_predict"],
        num_ctx=options["num_ctx"],
    ).bind(format=call["format"])
    messages = [(message["role"], message["content"]) for message in call["messages"]]
    return lambda: chat.invoke(messages)


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that ``work`` takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure(world: World, turns: int, seconds: float) -> dict[str, list[float]]:
    """Return the seconds of beats and of bare calls, measured alternately so that load affects both alike."""

    def answer(_: dict[str, Any]) -> Say:
        time.sleep(wait)
        return Say(decision(action="none", reasoning="Quiet."))

    world.ollama.answer = answer
    fill(world)
    wait = 0.0
    world.beat()  # warm-up
    call = bare(world.ollama.calls[-1], world.ollama.url)
    call()
    assert world.ollama.calls[-1]["messages"] == world.ollama.calls[-2]["messages"]
    wait = seconds
    found: dict[str, list[float]] = {"call": [], "beat": []}
    for _ in range(turns):
        found["call"].append(timed(call))
        found["beat"].append(timed(world.beat))
    return found


def main() -> None:
    """Run the benchmark once."""
    turns = int(sys.argv[1]) if len(sys.argv) > 1 else TURNS
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else REPLY
    with fake_ollama() as ollama, TemporaryDirectory(prefix="heartbeat-") as folder:
        world = World(Path(folder), ollama, decision="whole")
        found = measure(world, turns, seconds)
        world.close()
    call, beat = (median(found[name]) for name in ("call", "beat"))
    print(json.dumps({name: f"{median(each) * 1e3:.0f} ms" for name, each in found.items()}, indent=1))
    print(
        f"a beat: x{beat / call:.3f} of the bare call, {(beat - call) * 1e3:.0f} ms more; allowed: x{ALLOWED}"
    )
    sys.exit(beat / call > ALLOWED)


if __name__ == "__main__":
    main()
