"""A served workspace in processes of its own: its address, its beats, and the CPU seconds that the processes took."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tests.support.world import World

TICKS = os.sysconf("SC_CLK_TCK")
"""Clock ticks a second in /proc."""


@dataclass(frozen=True)
class Served:
    """A process of ``heartbeat serve``."""

    url: str
    pid: int

    def cpu(self) -> float:
        """Return the CPU seconds that it has taken, of user and system."""
        # The name of the process stands in brackets and may hold spaces.
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory(self) -> float:
        """Return the resident memory in MB."""
        return memory("VmRSS", self.pid)

    def peak(self) -> float:
        """Return the most resident memory that it has had, in MB."""
        return memory("VmHWM", self.pid)


def memory(field: str, pid: int | str = "self") -> float:
    """Return a figure of /proc/PID/status in MB, as VmRSS or VmHWM."""
    found = re.search(rf"{field}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found, "the process has ended"
    return int(found[1]) / 1024


@dataclass(frozen=True)
class Started:
    """A scheduled beat that started: its slot, its start, and how it ended."""

    slot: datetime
    at: datetime
    status: str

    @property
    def late(self) -> float:
        """Seconds from its slot to its start."""
        return (self.at - self.slot).total_seconds()


@contextmanager
def serving(world: World, processes: int = 1, **settings: object) -> Iterator[list[Served]]:
    """Serve a world with one question for everything, in so many processes on one database."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HEARTBEAT_")},
        "HEARTBEAT_HOME": str(world.settings.home),
        "HEARTBEAT_INSTRUCTIONS": str(world.settings.instructions),
        "HEARTBEAT_OLLAMA_URL": world.ollama.url,
        "HEARTBEAT_PORT": "0",
        "HEARTBEAT_DECISION": "whole",
        **{f"HEARTBEAT_{name.upper()}": str(value) for name, value in settings.items()},
    }
    with ExitStack() as stack:
        yield [stack.enter_context(_serving(environment)) for _ in range(processes)]


@contextmanager
def _serving(environment: dict[str, str]) -> Iterator[Served]:
    command = [str(Path(sys.executable).parent / "heartbeat"), "serve"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, "the service does not start"
        yield Served(found[0], process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def started(world: World) -> list[Started]:
    """Return every scheduled beat that started, in no order."""
    with world.store.engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT slot, started_at, status FROM beat WHERE trigger = 'scheduled' AND fence > 0"
        ).all()
    return [Started(instant(slot), instant(at), status) for slot, at, status in found]


def instant(text: str) -> datetime:
    """Parse an instant as SQLite stores it."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def percentile(values: list[float], share: float) -> float:
    """Return the value that a ``share`` (0 to 1) of the values does not exceed."""
    return sorted(values)[max(0, round(share * len(values)) - 1)] if values else float("nan")
