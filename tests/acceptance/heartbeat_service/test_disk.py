"""A disk that is full or turned read-only while a service runs; needs root, for it mounts."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from heartbeat.notice import Notice
from heartbeat.store.tables import Action
from tests.integration.heartbeat_service.test_health import POST, WRITES
from tests.integration.http.site import problem, serving
from tests.support.ollama import FakeOllama
from tests.support.world import World


def mounted(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"nothing can be mounted here: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if os.name != "posix" or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    mounted("-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder))
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def small(disk: Path, ollama: FakeOllama) -> Iterator[World]:
    made = World(disk, ollama, decision="whole")
    made.thread(enabled=False, recheck_after=0)
    made.ollama.default = POST
    yield made
    made.close()


def fill(folder: Path) -> Path:
    """Leave no byte free."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file, suppress(OSError):
        for size in (65_536, 4_096, 1):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
    return filler


def done(world: World) -> list[str]:
    return [row.title for row in world.posts()]


def test_a_full_disk_is_told_and_everything_goes_on_with_room_again(small: World) -> None:
    with serving(small, enabled=True) as site:
        told: list[Notice] = []
        site.service.health.tell = told.append
        assert site.post("/api/threads/demo/heartbeat/run-now")["status"] == "acted"
        small.clock.move(days=2)
        filler = fill(small.folder)
        seen = []
        for _ in range(12):
            small.clock.move(minutes=2)
            for method, path, body in WRITES[:1] + WRITES[4:6]:
                answer = site.client.request(method, path, json=body)
                assert answer.status_code != 500, answer.text
                seen += [problem(answer, 503)["detail"]] if answer.status_code == 503 else []
        assert seen
        assert all("The disk is full" in each and "Free some space" in each for each in seen)
        before = small.settings.instructions.read_text()
        text = {"content": "- Be brief.\n" * 2_000}
        detail = problem(site.client.put("/api/heartbeat/heartbeat.md", json=text), 503)["detail"]
        assert "HEARTBEAT.md cannot be written" in detail
        assert small.settings.instructions.read_text() == before
        assert "The disk is full" in problem(site.client.get("/readyz"), 503)["detail"]
        assert site.get("/healthz") == {"ok": True}, "another process would fare no better"
        assert (
            'heartbeat_database_failing{file="database",kind="full"} 1.0' in site.client.get("/metrics").text
        )
        site.run(asyncio.wait_for(_until(lambda: bool(told)), 30))
        assert [each.kind for each in told] == ["database.failing"]
        acted = len(done(small))

        filler.unlink()
        site.run(asyncio.wait_for(_until(lambda: site.service.health.look() is None), 30))
        assert site.get("/readyz") == {"ok": True}
        small.clock.move(days=2)
        assert site.post("/api/threads/demo/heartbeat/run-now")["status"] == "acted"
        small.clock.move(minutes=5)
        site.run(asyncio.wait_for(_until(lambda: len(told) == 2), 30))
    assert [each.kind for each in told] == ["database.failing", "database.back"]
    rows = small.history()
    assert len(done(small)) >= acted + 1
    assert len(done(small)) == sum(row.status == "acted" for row in rows) == len(_actions(small))
    assert not [row for row in rows if row.status == "running"]
    with sqlite3.connect(small.settings.database_path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def _actions(world: World) -> list[Any]:
    return list(world.store.read(lambda session: session.exec(select(Action)).all()))


async def _until(met: Callable[[], bool]) -> None:
    while not await asyncio.to_thread(met):
        await asyncio.sleep(0.05)


def test_a_folder_that_turned_read_only(small: World) -> None:
    home = str(small.settings.home)
    with serving(small) as site:
        site.post("/api/threads/demo/heartbeat/run-now")
        mounted("--bind", "-o", "ro", home, home)
        try:
            site.run(asyncio.wait_for(_until(lambda: site.service.health.look() is not None), 30))
            detail = problem(site.client.get("/readyz"), 503)["detail"]
            assert "cannot be written to (Read-only file system)" in detail
            assert site.get("/healthz") == {"ok": True}
        finally:
            subprocess.run(["umount", home], check=True)
        site.run(asyncio.wait_for(_until(lambda: site.service.health.look() is None), 30))
        assert site.get("/readyz") == {"ok": True}
