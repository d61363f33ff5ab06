"""What many threads cost: the look of the timer, the start of a service, its first beats, and its memory.

``python -m benchmarks.many [--threads 1000 10000 100000] [--due 50] [--json FILE]``: a workspace with many threads,
of which some are due at the start and the others within a day. A look is that of the timer, which claims four slots;
it is compared with one among the first number of threads. Then a real service starts: how long and how much CPU until
``/readyz`` says ready, when the first and the last of what is due starts after that, and the most memory it took.
"""

from __future__ import annotations

import argparse
import statistics
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import Session

from benchmarks.report import Row, show
from benchmarks.serving import Served, serving, started
from heartbeat.config import effective_config
from heartbeat.schedule import next_due
from heartbeat.store import due
from heartbeat.store.slots import plan_of
from tests.support.ollama import Say, decision, fake_ollama
from tests.support.world import Clock, World

PLACES = 4
"""Beats that a process runs at once by default."""
LOOKS = 200
PATIENCE = 600.0
"""Seconds until the service must be ready, and until what is due must have started."""

_COPIES = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {number})
INSERT INTO thread ({names})
SELECT printf('t%07d', number.n), printf('%036d', number.n), {others} FROM number, thread WHERE thread.id = 'first'
"""


def fill(session: Session, threads: int, due_now: int, now: datetime) -> None:
    """Copy the thread ``first`` until there are so many, and let some be due."""
    connection = session.connection()
    found = connection.exec_driver_sql("SELECT name FROM pragma_table_info('thread')").scalars()
    names = [name for name in found if name not in {"id", "langgraph_id"}]
    others = ", ".join(f"thread.{name}" for name in names)
    if threads > 1:
        made = _COPIES.format(
            number=threads - 1, names=", ".join(["id", "langgraph_id", *names]), others=others
        )
        connection.exec_driver_sql(made)
    ids = connection.exec_driver_sql("SELECT id FROM thread ORDER BY id").scalars().all()
    # What is due at the start beats every hour and has waited for less than that.
    connection.exec_driver_sql(
        "UPDATE thread SET overrides = json_set(overrides, '$.every', 3600) WHERE id <= ?",
        (ids[due_now - 1],),
    )
    planned = [_slot(name, now, is_due=number < due_now) for number, name in enumerate(ids)]
    connection.exec_driver_sql("UPDATE thread SET next_due = ?, wake_at = ? WHERE id = ?", planned)


def _slot(name: str, now: datetime, *, is_due: bool) -> tuple[str, str, str]:
    """Return the next slot of a thread twice, as it is stored, and its id."""
    every = 3600 if is_due else 86_400
    config = effective_config({}, {"every": every})
    slot = next_due(plan_of(name, config), now - timedelta(hours=1) if is_due else now)
    said = f"{slot:%Y-%m-%dT%H:%M:%S.%f}Z"
    return said, said, name


def look(world: World) -> float:
    """Return the milliseconds of a look of the timer: the median."""
    took = []
    for _ in range(LOOKS):
        began = time.perf_counter()
        world.store.read(due.look, world.clock(), PLACES)
        took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took)


def wait_until_ready(served: Served) -> None:
    """Return as soon as the service says that it is ready."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            with urllib.request.urlopen(f"{served.url}/readyz", timeout=5):
                return
        except urllib.error.HTTPError:
            time.sleep(0.02)
    raise TimeoutError("the service was not ready in time")


def measure(threads: int, due_now: int) -> Row:
    """Return the figures of a workspace with so many threads."""
    with fake_ollama() as ollama, TemporaryDirectory(prefix="heartbeat-") as folder:
        ollama.default = Say(decision(action="none", reasoning="Quiet."))
        world = World(Path(folder), ollama, clock=Clock(datetime.now(UTC)), decision="whole")
        try:
            world.post("A post", "Word " * 60)
            world.thread("first", every=86_400)
            world.store.write(fill, threads, due_now, world.clock())
            took, began = look(world), time.monotonic()
            with serving(world) as (served,):
                wait_until_ready(served)
                ready, ready_at, cpu = time.monotonic() - began, datetime.now(UTC), served.cpu()
                while len(beats := started(world)) < due_now:
                    if time.monotonic() - began > PATIENCE:
                        raise TimeoutError(f"{len(beats)} of {due_now} beats started")
                    time.sleep(0.1)
                peak, memory = served.peak(), served.memory()
        finally:
            world.close()
    after = sorted((beat.at - ready_at).total_seconds() for beat in beats)
    return {
        "threads": threads,
        "look, ms": took,
        "ready, s": ready,
        "CPU until ready, s": cpu,
        "first beat after ready, s": max(0.0, after[0]),
        f"beat {due_now} after ready, s": max(0.0, after[-1]),
        "memory, MB": memory,
        "peak memory, MB": peak,
    }


def measure_all(threads: list[int], due_now: int) -> list[Row]:
    """Return a row for each number of threads, with the ratio of its look to that of the first."""
    rows = [measure(each, min(each, due_now)) for each in threads]
    base = rows[0]["look, ms"]
    assert isinstance(base, float)
    for row in rows:
        took = row["look, ms"]
        assert isinstance(took, float)
        row["ratio of a look"] = took / base
    return rows


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[1_000, 10_000, 100_000])
    parser.add_argument("--due", type=int, default=50)
    parser.add_argument("--json", type=Path, help="file for the figures")
    given = parser.parse_args()
    show(measure_all(given.threads, given.due), given.json)


if __name__ == "__main__":
    main()
