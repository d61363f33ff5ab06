"""A process killed while it commits checkpoints: what it was told is there, and nothing half."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checkpoints import open_saver

WRITES = 3
KILLS = 4
ACKNOWLEDGED = 3_000
"""Checkpoints after which a process is killed, give or take a third; with those of all, about 12,000."""

CHILD = """
import asyncio, os, sys, uuid
from langgraph.checkpoint.base import empty_checkpoint
from checkpoints import open_saver

async def work(saver, name):
    config = {"configurable": {"thread_id": name, "checkpoint_ns": ""}}
    while True:
        config = await saver.aput(config, empty_checkpoint(), {"source": "loop"}, {})
        stored = config["configurable"]["checkpoint_id"]
        os.write(1, f"{name} {stored} put\\n".encode())
        await saver.aput_writes(config, [("a", 1), ("b", 2), ("c", 3)], "task")
        os.write(1, f"{name} {stored} writes\\n".encode())

async def main():
    async with open_saver(sys.argv[1]) as saver:
        await asyncio.gather(*(work(saver, str(uuid.uuid4())) for _ in range(64)))

asyncio.run(main())
"""


def acknowledged(path: Path, number: int) -> Iterator[tuple[str, str, str]]:
    """Run a process that stores checkpoints, kill it after a number of them, and yield all that it was told."""
    with subprocess.Popen([sys.executable, "-c", CHILD, str(path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        for count, line in enumerate(child.stdout):
            if count == number:
                child.send_signal(signal.SIGKILL)
            if line.endswith(b"\n"):
                thread_id, checkpoint_id, what = line.decode().split()
                yield thread_id, checkpoint_id, what
    assert child.returncode == -signal.SIGKILL


@pytest.mark.timeout(600)
def test_what_was_acknowledged_is_there_and_nothing_half(tmp_path: Path) -> None:
    path, chance = tmp_path / "c.db", random.Random(25)
    told = [
        each
        for _ in range(KILLS)
        for each in acknowledged(path, chance.randint(2 * ACKNOWLEDGED // 3, 4 * ACKNOWLEDGED // 3))
    ]
    assert len(told) > 10_000
    with open_saver(path) as saver:
        assert saver.conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        stored: dict[tuple[str, str], list[Any]] = {}
        for each in saver.list(None):
            place = each.config["configurable"]
            stored[place["thread_id"], place["checkpoint_id"]] = each.pending_writes or []
        for thread_id, checkpoint_id, what in told:
            found = stored.get((thread_id, checkpoint_id))
            assert found is not None
            assert what == "put" or len(found) == WRITES
        assert {len(found) for found in stored.values()} <= {0, WRITES}
