"""A database that cannot be written, or is no longer there, while a service runs: what it says, and what it does."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from checkpoints import open_saver
from heartbeat.errors import InvalidValueError
from heartbeat.notice import Notice
from heartbeat.settings import load_settings
from heartbeat.store import Store, alignment
from heartbeat.store.failure import FailureKind, LostError
from heartbeat.store.place import Place
from heartbeat_service.health import Health
from tests.integration.http.site import problem, serving
from tests.support.ollama import Say, decision
from tests.support.world import World

POST = Say(decision(action="post", board="general", title="Caught up", content="Words"))
WRITES: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/api/threads/demo/heartbeat/run-now", {}),
    ("POST", "/api/threads", {"id": "another"}),
    ("PATCH", "/api/threads/demo/heartbeat/config", {"every": "2h"}),
    ("PUT", "/api/heartbeat/config", {"every": "2h"}),
    ("POST", "/api/threads/demo/messages", {"author": "owner", "content": "Hello"}),
    ("POST", "/api/forum/posts", {"board": "general", "title": "T", "content": "C", "author": "ana"}),
    ("POST", "/api/heartbeat/stop", {}),
    ("PUT", "/api/threads/demo/heartbeat.md", {"content": "- Be brief.\n"}),
]


def refuse_writes(world: World) -> Callable[[bool], None]:
    """Return a switch after which SQLite refuses every write of the world's store as to a file it may only read."""
    switched = {"on": False}

    @event.listens_for(world.store.engine, "checkout")
    def checkout(connection: Any, *_: object) -> None:
        connection.execute(f"PRAGMA query_only = {int(switched['on'])}")

    def switch(on: bool) -> None:
        switched["on"] = on

    return switch


async def _until(met: Callable[[], bool]) -> None:
    while not await asyncio.to_thread(met):
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(("method", "path", "body"), WRITES)
def test_every_call_that_writes_says_why_it_cannot(world: World, method: str, path: str, body: Any) -> None:
    world.thread(enabled=False, recheck_after=0)
    refuse = refuse_writes(world)
    with serving(world) as site:
        refuse(True)
        detail = problem(site.client.request(method, path, json=body), 503)["detail"]
        assert "can be read, but not written to" in detail
        assert "Let this account write" in detail
        refuse(False)
        answer = site.client.request(method, path, json=body)
        assert answer.status_code < 400, answer.text


def removed(path: Path) -> None:
    path.unlink()


def moved(path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))


def the_folder_removed(path: Path) -> None:
    shutil.rmtree(path.parent)


def a_copy_in_its_place(path: Path) -> None:
    copy = path.with_name("copy.db")
    shutil.copy(path, copy)
    copy.rename(path)


def a_file_in_place_of_the_folder(path: Path) -> None:
    shutil.rmtree(path.parent)
    path.parent.write_text("")


def the_log_removed(path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()


def test_it_is_ready_when_beats_come(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    goes_on, look = threading.Event(), alignment.look

    def held(*args: Any, **kwargs: Any) -> alignment.Piece:
        assert goes_on.wait(30)
        return look(*args, **kwargs)

    monkeypatch.setattr(alignment, "look", held)
    with serving(world, enabled=True) as site:
        try:
            detail = problem(site.client.get("/readyz"), 503)["detail"]
            assert detail == "The timer has not looked yet which beats are due; it does in a moment."
            assert site.get("/healthz") == {"ok": True}
        finally:
            goes_on.set()
        site.run(asyncio.wait_for(_until(lambda: site.client.get("/readyz").status_code == 200), 30))


LOSSES = [removed, moved, the_folder_removed, a_copy_in_its_place, a_file_in_place_of_the_folder]


@pytest.mark.parametrize("lose", LOSSES)
def test_a_lost_database_is_told_and_nothing_is_written_anywhere(
    world: World, lose: Callable[[Path], None]
) -> None:
    world.thread(enabled=False, recheck_after=0)
    path = world.settings.database_path
    with serving(world) as site:
        site.get("/readyz")
        site.service.health._looked = None
        lose(path)
        there = path.exists() and path.read_bytes()
        for probe in ("/healthz", "/readyz"):
            assert "was removed or replaced" in problem(site.client.get(probe), 503)["detail"]
        for method, asked, body in WRITES:
            detail = problem(site.client.request(method, asked, json=body), 503)["detail"]
            assert "was removed or replaced" in detail
            assert "start Heartbeat again" in detail
        assert "was removed or replaced" in problem(site.client.get("/api/threads"), 503)["detail"]
        assert (
            'heartbeat_database_failing{file="database",kind="lost"} 1.0' in site.client.get("/metrics").text
        )
        assert (path.exists() and path.read_bytes()) == there, "no new database in its place"
    assert (path.exists() and path.read_bytes()) == there


@pytest.mark.parametrize("lose", [removed, a_copy_in_its_place, the_log_removed])
def test_lost_checkpoints_are_told_too(world: World, lose: Callable[[Path], None]) -> None:
    world.thread(enabled=False, recheck_after=0)
    with serving(world) as site:
        site.run(asyncio.wait_for(_until(lambda: site.service.health.places["checkpoints"].has_log), 30))
        lose(world.settings.checkpoints_path)
        site.run(asyncio.wait_for(_until(lambda: site.service.health.look() is not None), 30))
        assert "checkpoints.db" in problem(site.client.get("/healthz"), 503)["detail"]
        assert "checkpoints.db" in problem(site.client.get("/readyz"), 503)["detail"]
        # What a beat does is in the other file, with what it remembers.
        assert site.post("/api/threads/demo/heartbeat/run-now")["status"] == "none"


def test_a_removed_log_of_the_database_is_seen(world: World) -> None:
    with serving(world) as site:
        site.run(asyncio.wait_for(_until(lambda: site.service.health.places["database"].has_log), 30))
        the_log_removed(world.settings.database_path)
        site.run(asyncio.wait_for(_until(lambda: site.service.health.look() is not None), 30))
        assert "heartbeat.db-wal was removed" in problem(site.client.get("/healthz"), 503)["detail"]


def test_a_removed_log_is_seen_though_another_connection_has_made_a_new_one(world: World) -> None:
    path = world.settings.database_path
    with serving(world) as site:
        place = site.service.health.places["database"]
        site.run(asyncio.wait_for(_until(lambda: place.has_log), 30))
        the_log_removed(path)
        with closing(sqlite3.connect(path)) as other:
            other.execute("SELECT count(*) FROM thread").fetchone()
            assert path.with_name(f"{path.name}-wal").exists()
            failure = place.examine()
        assert failure is not None
        assert "heartbeat.db-wal was removed" in failure.said


def test_a_checkpoint_file_that_is_lost_takes_nothing(world: World) -> None:
    from langgraph.checkpoint.base import empty_checkpoint

    path = world.settings.checkpoints_path
    with open_saver(path) as saver:
        config: Any = {"configurable": {"thread_id": "a", "checkpoint_ns": ""}}
        saver.put(config, empty_checkpoint(), {}, {})
        path.rename(path.with_name("old.db"))
        with pytest.raises(LostError, match="was removed or replaced"):
            saver.put(config, empty_checkpoint(), {}, {})
        assert not path.exists()


@pytest.fixture
def place(world: World) -> Place:
    return world.store.place


def health_of(place: Place, world: World, told: list[Notice]) -> Health:
    return Health({"database": place}, world.clock, told.append)


def test_who_is_told_how_often(world: World, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once while it lasts; one that comes and goes waits ten minutes for its next notice."""
    from heartbeat.store.failure import failure

    told: list[Notice] = []
    health = health_of(place, world, told)
    full = failure(FailureKind.FULL)
    for seen in (full, full, None, full, None):
        health._note(seen)
    assert [each.kind for each in told] == ["database.failing", "database.back"]
    world.clock.move(minutes=11)
    health._note(full)
    health._note(full)
    assert [each.kind for each in told] == ["database.failing", "database.back", "database.failing"]


@pytest.mark.parametrize("name", [":memory:", "file::memory:?cache=shared", "file:a.db?mode=memory"])
def test_what_is_in_memory_is_refused(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for variable in ("DATABASE_URL", "CHECKPOINTS", "HOME"):
        monkeypatch.setenv(
            f"HEARTBEAT_{variable}", f"sqlite:///{name}" if variable == "DATABASE_URL" else name
        )
        with pytest.raises(InvalidValueError, match=f"HEARTBEAT_{variable}: .* is not allowed; allowed: "):
            load_settings()
        monkeypatch.delenv(f"HEARTBEAT_{variable}")
    with pytest.raises(InvalidValueError, match="allowed: the path of a file"), open_saver(name):
        pass
    with pytest.raises(InvalidValueError, match="allowed: the path of a file"):
        Store(Path(name))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "address", ["sqlite:///", "sqlite:///  ", "sqlite://", "sqlite:///a.db?mode=ro", "a.db"]
)
def test_addresses_that_name_no_file(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_DATABASE_URL", address)
    with pytest.raises(InvalidValueError, match=r"HEARTBEAT_DATABASE_URL: .* allowed: sqlite:///path"):
        load_settings()


@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo])
def test_what_is_no_file_is_refused_in_a_sentence(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "a.db"
    make(path)
    with pytest.raises(InvalidValueError, match="allowed: the path of a file"):
        Store(path)
    with pytest.raises(InvalidValueError, match="allowed: the path of a file"), open_saver(path):
        pass


@pytest.mark.parametrize("folder", ["/dev/null", "/proc/heartbeat", "FILE", "FILE/below"])
def test_what_cannot_be_a_folder_is_refused_in_a_sentence(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").write_text("")
    path = Path(folder.replace("FILE", str(tmp_path / "file"))) / "a.db"
    said = f"{path.parent} cannot be the folder of a database .* allowed: a folder, .*HEARTBEAT_HOME"
    with pytest.raises(InvalidValueError, match=said):
        Store(path)
    with pytest.raises(InvalidValueError, match=said), open_saver(path):
        pass
