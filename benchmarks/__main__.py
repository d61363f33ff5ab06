"""All benchmarks whose figures docs/benchmarks.md shows, one after another; ``make bench`` calls it.

``python -m benchmarks [--only NAME ...] [--quick] [--folder docs]`` writes ``benchmarks/NAME.json`` and
``benchmarks/ratios.svg`` in the folder, and from them its page ``benchmarks.md``; what is not run keeps its figures.
``--quick`` makes each as small as it can be, to see that it runs: its figures mean nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import beats, day, many, retention, savers, soak, sustained, together
from benchmarks.report import Row, draw, show, table

HEAD = """# Benchmarks

What Heartbeat costs, each time against a baseline in the same run: only ratios mean something on a machine that does
other things too. `make bench` makes these figures anew, in an hour on two idle cores; `ARGS="--only savers"`
makes one of the tables. How many statements and transactions a beat makes is counted exactly, and a test holds it.

![The ratios of all tables](benchmarks/ratios.svg)
"""


@dataclass(frozen=True)
class Benchmark:
    """One table: what it shows, how it is measured, and how it is made as small as it can be."""

    title: str
    about: str
    full: Callable[[], list[Row]]
    quick: Callable[[], list[Row]]


BENCHMARKS = {
    "savers": Benchmark(
        "The saver against LangGraph's own",
        "Runs a second of a bare graph of five nodes, each saver with the `synchronous` that it sets by default. A "
        "ratio is against LangGraph's asynchronous saver: more is better.",
        lambda: asyncio.run(savers.measure(3, 96)),
        lambda: asyncio.run(savers.measure(1, 1)),
    ),
    "beats": Benchmark(
        "A beat against the bare graph",
        "From the look of the timer until its end was told, one question for everything, with this project's saver, "
        "against a run of five empty nodes on LangGraph's asynchronous saver with its defaults: less is better. "
        "`unchanged` asks no model, `none` asks and stays silent, `acted` posts; the model answers at once.",
        lambda: asyncio.run(beats.measure(5, 40)),
        lambda: asyncio.run(beats.measure(1, 1)),
    ),
    "together": Benchmark(
        "Many threads due at once",
        "A service starts on a workspace in which all threads are due and nothing is new. The seconds from the first "
        "start to the last, against as many runs of the bare graph on LangGraph's asynchronous saver: less is "
        "better.",
        lambda: together.measure(100, 3),
        lambda: together.measure(3, 1),
    ),
    "sustained": Benchmark(
        "A served workspace",
        "Threads that beat every minute and find nothing new, then threads that post at every beat on a model that "
        "answers at once. CPU is that of the processes that serve, with all that they do besides beats, against that "
        "of a bare run: less is better.",
        lambda: list(sustained.measure_all(240, 1000, sustained.Times())),
        lambda: list(sustained.measure_all(6, 6, sustained.Times(0, 2))),
    ),
    "many": Benchmark(
        "Many threads",
        "A workspace with so many threads, of which 50 are due when a service starts. A look is that of the timer; "
        "its ratio is to one among the first number of threads.",
        lambda: many.measure_all([1_000, 10_000, 100_000], 50),
        lambda: many.measure_all([2, 4], 2),
    ),
    "soak": Benchmark(
        "Fifty thousand beats",
        "Silent beats of 200 threads in one process, while checkpoints and rows of all but the last 20 are deleted. "
        "The CPU of a beat, with that, is that since the row before, its ratio to that of the first row: 1 if "
        "nothing grows.",
        lambda: asyncio.run(soak.measure(50_000, 200)),
        lambda: asyncio.run(soak.measure(20, 2)),
    ),
    "retention": Benchmark(
        "Beats while old rows are deleted beside them",
        "Silent beats in two workspaces in turns; in one of them beats older than two days beyond the last 20 of a "
        "thread are deleted all the time. Ratios are to the other: less is better.",
        lambda: asyncio.run(retention.measure(10_000, 20)),
        lambda: asyncio.run(retention.measure(16, 1)),
    ),
    "day": Benchmark(
        "A day in which nothing happens",
        "A beat every 30 minutes after a manual one, three lines and three posts; exact counts. The lines are read "
        "once for a text. Characters are those of the messages to the model; a token is about four.",
        lambda: day.measure(1800),
        lambda: day.measure(21_600),
    ),
}


@dataclass(frozen=True)
class Figures:
    """The rows of a benchmark, and on what they were measured."""

    measured: str
    on: str
    rows: list[Row]


def measured(rows: list[Row]) -> Figures:
    """Return the rows with today's date and this machine."""
    on = f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"
    return Figures(f"{datetime.now(UTC):%Y-%m-%d}", on, rows)


def write_page(folder: Path) -> None:
    """Write the page and the plot from the figures that lie in the folder."""
    found = {
        name: Figures(**json.loads(path.read_text("utf-8")))
        for name in BENCHMARKS
        if (path := folder / "benchmarks" / f"{name}.json").exists()
    }
    draw(
        {BENCHMARKS[name].title: each.rows for name, each in found.items()},
        folder / "benchmarks" / "ratios.svg",
    )
    parts = [
        f"## {BENCHMARKS[name].title}\n\n{BENCHMARKS[name].about}\n\n{table(each.rows)}\n\n"
        f"`--only {name}`, {each.measured}, {each.on}.\n"
        for name, each in found.items()
    ]
    (folder / "benchmarks.md").write_text("\n".join([HEAD, *parts]), encoding="utf-8")


def main() -> None:
    """Run the benchmarks that are asked for, and write what they found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=BENCHMARKS, default=list(BENCHMARKS), metavar="NAME")
    parser.add_argument("--quick", action="store_true", help="as small as it can be")
    parser.add_argument("--folder", type=Path, default=Path("docs"))
    given = parser.parse_args()
    kept = given.folder / "benchmarks"
    kept.mkdir(parents=True, exist_ok=True)
    for name in given.only:
        each = BENCHMARKS[name]
        print(f"\n{each.title}\n", flush=True)
        rows = each.quick() if given.quick else each.full()
        show(rows)
        text = json.dumps(vars(measured(rows)), indent=1) + "\n"
        (kept / f"{name}.json").write_text(text, encoding="utf-8")
    write_page(given.folder)


if __name__ == "__main__":
    main()
