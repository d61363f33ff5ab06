"""Processes that die while they queue notices: none is lost, and none is told twice."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter

import pytest

from heartbeat.store import notices, outbox, threads
from tests.support.world import World

CONNECTIONS = ("phone", "mail")
PAUSED = 5
CHILD = """
import os, signal, sys
from datetime import datetime
from pathlib import Path

from sqlalchemy import event

from heartbeat.store import Store, notices, outbox

path, now, at, number = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), sys.argv[3], int(sys.argv[4])
store, queue, queued = Store(path), outbox.queue, []

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def queue_some(*arguments, **more):
    queued.append(queue(*arguments, **more))
    if at == "queue" and len(queued) == number:
        die()

outbox.queue = queue_some
if at == "commit":
    event.listen(store._durable, "commit", die)
store.write_durably(notices.take, now, owners=["phone", "mail"])
die()
"""
"""A process that queues notices and is killed at a point: after one of the deliveries, at the commit, after it."""


@pytest.mark.parametrize(
    ("at", "number", "queued"),
    [("queue", 1, 0), ("queue", 7, 0), ("queue", 10, 0), ("commit", 0, 0), ("end", 0, 10)],
)
def test_none_is_lost_and_none_is_told_twice(world: World, at: str, number: int, queued: int) -> None:
    world.store.write(notices.begin, world.clock())
    for each in range(PAUSED):
        world.store.write(threads.ensure, f"t{each}", world.clock())
        world.store.write(threads.pause, f"t{each}", "too loud", world.clock())
    database, now = str(world.settings.database_path), world.clock().isoformat()
    done = subprocess.run(
        [sys.executable, "-c", CHILD, database, now, at, str(number)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, "")
    assert len(world.store.read(outbox.page)) == queued
    world.store.write_durably(notices.take, world.clock(), owners=CONNECTIONS)
    rows = world.store.read(outbox.page)
    told = Counter((row.target, row.thread_id) for row in rows)
    assert told == {(target, f"t{each}"): 1 for target in CONNECTIONS for each in range(PAUSED)}
    assert len({row.key for row in rows}) == len(rows)
