"""A process killed while it deletes old beats: nothing half is deleted, and every deleted slot is remembered."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from heartbeat.store import pruned
from tests.integration.heartbeat.store.retention.conftest import Past
from tests.support.world import World

BEATS = 600
ACTED = 300
"""How many days ago the oldest beat with an action was."""
LAST = 20
"""Beats of the thread that stay however old they are."""

CHILD = """
import os, sys, time
from datetime import datetime, timedelta
from pathlib import Path
from heartbeat.store import Store
from heartbeat.store.retention import Kept, bites

store, now = Store(Path(sys.argv[1])), datetime.fromisoformat(sys.argv[2])
kept = Kept(beat_age=timedelta(days=40), beats=20)
for bite in bites(store, kept, lambda: now, time.perf_counter):
    os.write(1, b"%d\\n" % bite.number)
"""


def filled(world: World) -> dict[int, datetime]:
    """Write old beats with slots and actions; return the slots by beat."""
    past, slots = Past(world), {}
    for number in range(BEATS):
        days = ACTED - number / 4
        beat = past.beat(days)
        past.action(beat, days)
        slots[beat] = past.at(days)
    return slots


def run(world: World, kill_after: int | None = None) -> int:
    """Delete in a process of its own, which is killed after so many bites; return what it says it has deleted."""
    told = 0
    command = [sys.executable, "-c", CHILD, str(world.settings.database_path), world.clock().isoformat()]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for count, line in enumerate(child.stdout):
            if count == kill_after:
                child.send_signal(signal.SIGKILL)
            told += int(line)
    assert child.returncode in ({0} if kill_after is None else {0, -signal.SIGKILL})
    return told


def check(path: Path, slots: dict[int, datetime]) -> int:
    """Check that nothing is half deleted; return how many beats are gone."""
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        beats = {number for (number,) in connection.execute("SELECT id FROM beat")}
        acted = {number for (number,) in connection.execute("SELECT beat_id FROM action")}
        [(stored,)] = connection.execute("SELECT pruned_slots FROM thread").fetchall()
    gone = slots.keys() - beats
    assert acted == beats, "an action goes with its beat, and only with it"
    remembered = pruned.spans(json.loads(stored or "[]"))
    assert all(any(span.first <= slots[each] <= span.last for span in remembered) for each in gone)
    assert not any(
        span.first <= slots[each] <= span.last for span in remembered for each in beats & slots.keys()
    )
    return len(gone)


@pytest.mark.parametrize("seed", range(3))
def test_nothing_is_half_deleted(world: World, seed: int) -> None:
    world.thread()
    slots = filled(world)
    chance, told = random.Random(seed), 0
    for _ in range(4):
        told += run(world, chance.randint(0, 6))
        gone = check(world.settings.database_path, slots)
        # A bite that was committed and not told yet is deleted too.
        assert gone >= told
    run(world)
    gone = check(world.settings.database_path, slots)
    old = sum(slot < world.clock() - timedelta(days=40) for slot in slots.values())
    assert gone == old - max(0, LAST - (BEATS - old))
