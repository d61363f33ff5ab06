"""The saver against LangGraph's own: runs a second of the bare graph, with many runs at a time.

``python -m benchmarks.savers [--rounds 3] [--runs 96] [--json FILE]``: each with the ``synchronous`` that it sets by
default, all in one process, one after another in each round, so that what else the machine does touches all alike.
A figure is the median of the rounds; a ratio is against the official asynchronous saver of the same row.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from benchmarks.bare import STATE, bare_graph
from benchmarks.report import Row, show
from checkpoints import open_saver

Durability = Literal["sync", "exit"]
Run = Callable[[str, Durability | None], Awaitable[object]]
"""Runs the graph once on a thread; without a durability, LangGraph's default."""

DURABILITIES: tuple[Durability, ...] = ("sync", "exit")
CONCURRENCY = (1, 8, 64)
OFFICIAL = "official async"


@asynccontextmanager
async def official_async(path: Path) -> AsyncIterator[Run]:
    """Yield how a run is made with LangGraph's asynchronous saver."""
    async with AsyncSqliteSaver.from_conn_string(str(path)) as saver:
        yield _awaited(saver)


@asynccontextmanager
async def official_sync(path: Path) -> AsyncIterator[Run]:
    """Yield how a run is made with LangGraph's synchronous saver, in threads."""
    with SqliteSaver.from_conn_string(str(path)) as saver, ThreadPoolExecutor(max(CONCURRENCY)) as pool:
        yield _threaded(saver, pool)


@asynccontextmanager
async def ours_async(path: Path) -> AsyncIterator[Run]:
    """Yield how a run is made with this project's saver."""
    async with open_saver(path) as saver:
        yield _awaited(saver)


@asynccontextmanager
async def ours_sync(path: Path) -> AsyncIterator[Run]:
    """Yield how a run is made with this project's saver, in threads."""
    with open_saver(path) as saver, ThreadPoolExecutor(max(CONCURRENCY)) as pool:
        yield _threaded(saver, pool)


SAVERS = {
    OFFICIAL: official_async,
    "official sync": official_sync,
    "group commit async": ours_async,
    "group commit sync": ours_sync,
}


def _awaited(saver: Any) -> Run:
    graph = bare_graph(saver)

    async def run(thread: str, durability: Durability | None) -> object:
        return await graph.ainvoke(STATE, {"configurable": {"thread_id": thread}}, durability=durability)

    return run


def _threaded(saver: Any, pool: ThreadPoolExecutor) -> Run:
    graph = bare_graph(saver, is_async=False)

    async def run(thread: str, durability: Durability | None) -> object:
        def invoke() -> object:
            return graph.invoke(STATE, {"configurable": {"thread_id": thread}}, durability=durability)

        return await asyncio.get_running_loop().run_in_executor(pool, invoke)

    return run


async def rate(run: Run, durability: Durability | None, concurrency: int, runs: int) -> float:
    """Return the runs a second, with ``concurrency`` threads at a time that run one after another."""
    names = (f"{durability}-{concurrency}-{number}" for number in itertools.count())
    left = iter(range(runs))

    async def work(thread: str) -> None:
        for _ in left:
            await run(thread, durability)

    began = time.perf_counter()
    await asyncio.gather(*(work(next(names)) for _ in range(concurrency)))
    return runs / (time.perf_counter() - began)


async def measure(rounds: int, runs: int) -> list[Row]:
    """Return for each durability and concurrency the runs a second of each saver, and the ratios."""
    found: list[Row] = []
    for durability, concurrency in itertools.product(DURABILITIES, CONCURRENCY):
        rates: dict[str, list[float]] = {name: [] for name in SAVERS}
        for _ in range(rounds):
            for name, opened in SAVERS.items():
                with TemporaryDirectory() as folder:
                    async with opened(Path(folder) / "c.db") as run:
                        await rate(run, durability, concurrency, concurrency)  # warm
                        rates[name].append(await rate(run, durability, concurrency, max(runs, concurrency)))
        medians = {name: statistics.median(each) for name, each in rates.items()}
        row: Row = {"durability": durability, "runs at a time": concurrency}
        row |= {f"{name}, runs/s": each for name, each in medians.items()}
        row |= {
            f"{name}, ratio": each / medians[OFFICIAL] for name, each in medians.items() if name != OFFICIAL
        }
        found.append(row)
    return found


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--runs", type=int, default=96, help="runs of one figure")
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    show(asyncio.run(measure(given.rounds, given.runs)), given.json)


if __name__ == "__main__":
    main()
