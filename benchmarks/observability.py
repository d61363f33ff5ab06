"""Overhead of observability: the time of a beat with metrics, log and traces against one without, and of a scrape.

``python -m benchmarks.observability [beats]``: nothing is asserted; on a busy machine only the ratios are meaningful.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from unittest.mock import patch

from heartbeat.settings import load_settings
from heartbeat_service.lifespan import open_service
from heartbeat_service.logs import handler_for
from heartbeat_service.metrics import Metrics
from tests.support.ollama import fake_ollama
from tests.support.world import World

logger = logging.getLogger("heartbeat")


@contextmanager
def collector() -> Iterator[str]:
    """Run a trace collector that drops what it gets, and yield its address."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@contextmanager
def without() -> Iterator[None]:
    """Switch metrics off."""
    with patch.object(Metrics, "finished", lambda *_: None):
        yield


@contextmanager
def logged() -> Iterator[None]:
    """Write the log as JSON to the null device."""
    with Path(os.devnull).open("w") as nowhere:
        handler = handler_for(load_settings(log_format="json"), nowhere)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        yield
        logger.setLevel(logging.WARNING)
        logger.removeHandler(handler)


@contextmanager
def traced() -> Iterator[None]:
    """Send traces to a collector."""
    with collector() as url, patch.dict(os.environ, {"OTEL_EXPORTER_OTLP_ENDPOINT": url}):
        yield


async def beat(number: int) -> tuple[list[float], float]:
    """Return the seconds of each of ``number`` beats without the first three, and the median of ten scrapes."""
    with fake_ollama() as ollama, TemporaryDirectory(prefix="heartbeat-") as folder:
        world = World(Path(folder), ollama, decision="whole")
        for each in range(10):
            world.post(f"Post {each}", "Word " * 60)
        took = []
        async with open_service(world.settings, enabled=False, services=world.services) as service:
            for each in range(number):
                began = time.perf_counter()
                await service.runner.run_now(world.thread(f"t{each}"))
                took.append(time.perf_counter() - began)
            scrapes = [timed(lambda: service.metrics.expose("")) for _ in range(10)]
        return took[3:], median(scrapes)


def timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def main() -> None:
    """Print milliseconds, and ratios to a beat without metrics, log and traces."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    ways = {"nothing": [without], "metrics": [], "metrics and log": [logged], "metrics and traces": [traced]}
    found: dict[str, list[float]] = {name: [] for name in ways}
    scrape = 0.0
    asyncio.run(beat(5))  # warm-up
    for _ in range(3):  # alternately, so that load affects all of them alike
        for name, given in ways.items():
            with ExitStack() as stack:
                for way in given:
                    stack.enter_context(way())
                took, scrape = asyncio.run(beat(number))
                found[name] += took
    base = median(found["nothing"])
    print(
        json.dumps(
            {
                name: f"{median(each) * 1e3:.1f} ms, x{median(each) / base:.2f}"
                for name, each in found.items()
            },
            indent=1,
        )
    )
    print(f"a scrape: {scrape * 1e3:.1f} ms")


if __name__ == "__main__":
    main()
