"""A process that is told to stop ends in time, whatever hangs; its beats are there for others at once."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from heartbeat.store import Store, threads
from tests.acceptance.chaos.process import Process
from tests.acceptance.chaos.watch import Watch
from tests.support.ollama import FakeOllama, Say, decision

DRAIN = 1
PATIENCE = 180.0
IN_TIME = 40.0
"""Seconds; without bounds it would be minutes, or never."""
pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def settings(tmp_path: Path, ollama: FakeOllama) -> dict[str, str]:
    """A workspace in which a thread is due every second or so."""
    (tmp_path / "HEARTBEAT.md").write_text("- Say something\n")
    store = Store(tmp_path / "home" / "heartbeat.db")
    for number in range(60):
        store.write(threads.create, f"t{number}", datetime.now(UTC), config={"every": 60})
    store.close()
    ollama.default = Say(decision(action="post", board="general", title="Hello", content="Hello all."))
    return {
        "HEARTBEAT_HOME": str(tmp_path / "home"),
        "HEARTBEAT_INSTRUCTIONS": str(tmp_path / "HEARTBEAT.md"),
        "HEARTBEAT_OLLAMA_URL": ollama.url,
        "HEARTBEAT_DECISION": "whole",
        "HEARTBEAT_DRAIN_SECONDS": str(DRAIN),
        "HEARTBEAT_PORT": "0",
    }


@pytest.fixture
def hanging(tmp_path: Path, settings: dict[str, str]) -> Iterator[Process]:
    process = Process("hanging", tmp_path, settings, ("-m", "tests.acceptance.chaos.hanging"))
    yield process
    process.close()


@pytest.fixture
def watch(hanging: Process, tmp_path: Path) -> Iterator[Watch]:
    watch = Watch(tmp_path / "home" / "heartbeat.db")
    yield watch
    watch.close()


def _until(true: Callable[[], object], process: Process) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, process.err.read_text()
        time.sleep(0.05)


def test_ends_while_a_step_hangs(hanging: Process, watch: Watch) -> None:
    _until(lambda: "hangs" in hanging.out.read_text(), hanging)
    hanging.ask_to_stop()
    assert hanging.wait(IN_TIME) == 0, hanging.out.read_text()
    assert "Stopped." in hanging.out.read_text()
    left = watch.running()
    assert left
    assert all(row.until <= time.time() for row in left), "the leases are ended"


def test_ends_while_the_database_is_locked(hanging: Process, watch: Watch) -> None:
    _until(lambda: "hangs" in hanging.out.read_text(), hanging)
    with closing(sqlite3.connect(watch.path, timeout=PATIENCE, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        hanging.ask_to_stop()
        assert hanging.wait(IN_TIME) == 0, hanging.out.read_text()
    assert watch.running(), "they are taken over when their leases run out"
