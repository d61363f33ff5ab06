"""LangGraph's own dev server on our langgraph.json, driven by its own client, with nothing but loopback."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from sqlmodel import Session

from checkpoints import open_saver
from heartbeat.schedule import Plan, upcoming
from heartbeat.store import Refusal, slots, threads, timer
from heartbeat.threads import langgraph_thread_id
from heartbeat.vocabulary import Reason, Trigger
from heartbeat_service.freeport import free_port
from tests.support.holds import PATIENCE
from tests.support.ollama import FakeOllama, fake_ollama
from tests.support.paths import ROOT
from tests.support.plan_beats import order_post
from tests.support.world import Clock, World

WATCH = """
import os, socket
from tests.support.paths import ROOT
_connect, _lookup = socket.socket.connect, socket.getaddrinfo
def note(host):
    if str(host) not in ("127.0.0.1", "localhost", "::1", "0.0.0.0", "None", "b'127.0.0.1'", "b'localhost'"):
        with open(os.environ["WATCH_FILE"], "a") as file:
            file.write(f"{host}\\n")
def connect(self, address):
    if self.family in (socket.AF_INET, socket.AF_INET6):
        note(address[0])
    return _connect(self, address)
def lookup(host, *args, **kwargs):
    note(host)
    return _lookup(host, *args, **kwargs)
socket.socket.connect, socket.getaddrinfo = connect, lookup
open(os.environ["WATCH_FILE"], "a").close()
"""


@dataclass
class DevServer:
    url: str
    world: World
    log: Path
    watched: Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    with fake_ollama() as ollama:
        folder = tmp_path_factory.mktemp("dev")
        world = World(folder, ollama, clock=Clock(datetime.now(UTC)))
        with serving(world, ROOT, "--no-reload") as made:
            yield made
        world.close()


@contextmanager
def serving(world: World, cwd: Path, *options: str, **variables: str) -> Iterator[DevServer]:
    """Run ``langgraph dev`` in a folder; it works on a world."""
    folder = world.folder
    (folder / "watch").mkdir()
    (folder / "watch" / "sitecustomize.py").write_text(WATCH)
    watched, log = folder / "watched", folder / "log"
    # Workers of one test run look for a port at the same moment.
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    port = free_port(21_240 + 100 * int(worker.removeprefix("gw")))
    environment = {
        **{
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("HEARTBEAT_", "CRT_", "LANG"))
        },
        "HEARTBEAT_HOME": str(world.settings.home),
        "HEARTBEAT_INSTRUCTIONS": str(world.settings.instructions),
        "HEARTBEAT_OLLAMA_URL": world.ollama.url,
        "HEARTBEAT_DURABILITY": "sync",
        "LANGGRAPH_CLI_NO_ANALYTICS": "1",
        "PYTHONPATH": str(folder / "watch"),
        "WATCH_FILE": str(watched),
        **variables,
    }
    command = [
        str(Path(sys.executable).parent / "langgraph"),
        *("dev", "--no-browser", "--n-jobs-per-worker", "8", "--port", str(port), *options),
    ]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=cwd, env=environment, stdout=out, stderr=out, start_new_session=True
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url, process, log)
        yield DevServer(url, world, log, watched)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(20)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    transport = httpx.HTTPTransport(retries=0)
    with httpx.Client(transport=transport) as client:
        for _ in range(1_800):
            assert process.poll() is None, log.read_text()[-3000:]
            try:
                if client.get(f"{url}/ok", timeout=5).status_code == 200:
                    return
            except httpx.HTTPError:
                process_ended = subprocess.Popen.poll(process)
                assert process_ended is None
                # Until something listens, refusals come at once; wait on the process instead of on the clock.
                try:
                    process.wait(0.1)
                except subprocess.TimeoutExpired:
                    continue
    raise AssertionError(log.read_text()[-3000:])


@pytest.fixture
def ollama_of(server: DevServer) -> FakeOllama:
    server.world.ollama.calls.clear()
    server.world.ollama.answer = None
    return server.world.ollama


@pytest.fixture
async def client(server: DevServer) -> AsyncIterator[LangGraphClient]:
    async with get_client(url=server.url) as opened:
        yield opened


async def _thread(client: LangGraphClient, thread_id: str) -> str:
    uuid = langgraph_thread_id(thread_id)
    await client.threads.create(thread_id=uuid, graph_id="heartbeat", if_exists="do_nothing")
    return uuid


async def test_schemas_are_complete(client: LangGraphClient) -> None:
    [assistant] = await client.assistants.search()
    schemas: dict[str, Any] = dict(await client.assistants.get_schemas(assistant["assistant_id"]))
    assert set(schemas["input_schema"]["properties"]) == {"thread", "dry_run", "beat_id"}
    assert set(schemas["output_schema"]["properties"]) == {"beat"}
    assert {"memory", "decision", "draft", "ending"} <= set(schemas["state_schema"]["properties"])
    context = schemas["context_schema"]["properties"]
    fields = {"model", "ollama_url", "temperature", "max_tokens", "model_timeout", "look"}
    assert set(context) == fields
    assert all(field["description"] for field in context.values())


async def test_a_full_beat(server: DevServer, client: LangGraphClient, ollama_of: FakeOllama) -> None:
    world = server.world
    world.thread("sdk")
    world.post("First")
    order_post(world, "sdk", title="Summary", content="Words")
    uuid = await _thread(client, "sdk")
    result: Any = await client.runs.wait(uuid, "heartbeat", input={})
    assert result["beat"]["status"] == "acted"
    assert result["beat"]["thread_id"] == "sdk"
    detail = world.detail(result["beat"]["id"])
    assert detail.actions[0].receipt is not None
    async with open_saver(world.settings.checkpoints_path) as saver:
        saved = await saver.aget_tuple({"configurable": {"thread_id": uuid}})
    assert saved is not None
    assert saved.checkpoint["channel_values"]["memory"]["beat"] == detail.id


async def test_a_thread_of_the_servers_own(
    server: DevServer, client: LangGraphClient, ollama_of: FakeOllama
) -> None:
    uuid = (await client.threads.create(thread_id=str(uuid4())))["thread_id"]
    result: Any = await client.runs.wait(uuid, "heartbeat", input={"dry_run": True})
    assert result["beat"]["status"] == "dry_run"
    order_post(server.world, result["beat"]["thread_id"])
    # Only what is written is asked for with the temperature; the small questions have one of 0.
    await client.runs.wait(uuid, "heartbeat", input={"dry_run": True}, context={"temperature": 0.1})
    assert ollama_of.calls[-1]["options"]["temperature"] == 0.1


async def test_interrupt_and_resume(
    server: DevServer, client: LangGraphClient, ollama_of: FakeOllama
) -> None:
    world = server.world
    world.thread("asks", approval="always")
    order_post(world, "asks", title="May I?", content="Words")
    uuid = await _thread(client, "asks")
    result: Any = await client.runs.wait(uuid, "heartbeat", input={})
    [pending] = result["__interrupt__"]
    assert pending["value"]["action"]["title"] == "May I?"
    assert pending["value"]["meanwhile"] == "Until then the thread does not beat."
    assert pending["response_schema"]["properties"]["answer"]["enum"] == ["approve", "reject"]
    now = datetime.now(UTC)
    skipped = world.store.open_beat("asks", Trigger.SCHEDULED, now, now)
    assert isinstance(skipped, Refusal)
    assert skipped.gate == Reason.AWAITING_APPROVAL
    assert "May I?" not in [post.title for post in world.posts()]
    again: Any = await client.runs.wait(uuid, "heartbeat", input={})
    assert (again["beat"]["status"], again["beat"]["reason"]) == ("skipped", "awaiting_approval")
    assert again["__interrupt__"][0]["value"] == pending["value"]
    result = await client.runs.wait(uuid, "heartbeat", command={"resume": {"answer": "approve"}})
    assert result["beat"]["status"] == "acted"
    assert "May I?" in [post.title for post in world.posts()]


async def test_a_fork_never_acts_twice(
    server: DevServer, client: LangGraphClient, ollama_of: FakeOllama
) -> None:
    world = server.world
    world.thread("fork")
    order_post(world, "fork", title="Only once", content="Words")
    uuid = await _thread(client, "fork")
    await client.runs.wait(uuid, "heartbeat", input={}, durability="sync")
    history = await client.threads.get_history(uuid, limit=20)
    assert len(history) > 5
    before = world.history()[0].model_dump()
    for snapshot in history[1:]:
        checkpoint: Any = snapshot["checkpoint"]
        await client.runs.wait(uuid, "heartbeat", input=None, checkpoint=checkpoint, raise_error=False)
    assert [post.title for post in world.posts()].count("Only once") == 1
    assert world.detail(before["id"]).model_dump()["status"] == "acted"


async def test_no_blocking_call_and_nothing_but_loopback(
    server: DevServer, client: LangGraphClient, ollama_of: FakeOllama
) -> None:
    async def run(number: int) -> None:
        # On threads of the server: it removes the thread of a stateless run twice at times, and its client waits on.
        thread = await client.threads.create()
        await client.runs.wait(thread["thread_id"], "heartbeat", input={"thread": f"many-{number}"})

    await asyncio.gather(*(run(number) for number in range(4)))
    log = server.log.read_text()
    assert "Blocking" not in log
    assert server.watched.read_text() == "", "the watch was on, and saw no foreign address"


def test_configuration_names_what_exists() -> None:
    config = json.loads((ROOT / "langgraph.json").read_text())
    assert config["graphs"] == {"heartbeat": "graph.heartbeat:graph"}
    assert config["env"]["LANGSMITH_TRACING"] == "false"


def test_a_taken_port_is_passed_over() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        assert free_port(port) > port


def test_the_http_api_is_there_too_with_its_timer_off(server: DevServer) -> None:
    server.world.thread("mounted")
    status = httpx.get(f"{server.url}/api/heartbeat/status", timeout=PATIENCE).json()
    assert (status["enabled"], status["running"]) == (False, True)
    ran = httpx.post(f"{server.url}/api/threads/mounted/heartbeat/run-now", timeout=PATIENCE).json()
    assert (ran["thread_id"], ran["status"]) == ("mounted", "none")


def ticker(world: World) -> str | None:
    """The process whose timer has ticked last."""
    return world.store.read(timer.state).ticked_by


def is_gone(owner: str | None) -> bool:
    try:
        os.kill(int((owner or "").split(":")[1]), 0)
    except ProcessLookupError:
        return True
    return False


async def until(true: Callable[[], bool]) -> None:
    """Wait for other processes."""
    async with asyncio.timeout(120):
        while not true():
            await asyncio.sleep(0.05)


def finished(world: World) -> list[Any]:
    return [row for row in world.history() if row.finished_at is not None]


@pytest.mark.timeout(300)
async def test_a_hot_reload_neither_doubles_nor_stops_the_timer(world: World) -> None:
    """In a folder of the developer's own, whose file is touched while threads beat."""
    world.clock.now = datetime.now(UTC)
    cwd = world.folder / "project"
    cwd.mkdir()
    config = json.loads((ROOT / "langgraph.json").read_text())
    for place in ("checkpointer", "http"):
        [(name, path)] = config[place].items()
        config[place][name] = f"{ROOT / path}"
    (cwd / "langgraph.json").write_text(json.dumps(config))
    (cwd / "own.py").write_text("NUMBER = 1\n")
    # A beat every two seconds; a slot would be missed only where the next one, five minutes later, comes first.
    names = [world.thread(f"t{number}", every=300, recheck_after=0) for number in range(150)]
    began = datetime.now(UTC)
    with serving(world, cwd, CRT_HEARTBEAT_ENABLED="true", HEARTBEAT_DECISION="whole") as server:
        async with httpx.AsyncClient(base_url=server.url, timeout=PATIENCE, trust_env=False) as client:
            status = (await client.get("/api/heartbeat/status")).json()
            assert (status["enabled"], status["running"]) == (True, True)
            await until(lambda: len(finished(world)) >= 5)
            before = ticker(world)
            (cwd / "own.py").write_text("NUMBER = 2\n")
            await until(lambda: ticker(world) != before)
            after, seen, tickers = ticker(world), len(finished(world)), set()
            await until(lambda: is_gone(before))
            while len(finished(world)) < seen + 10:
                tickers.add(ticker(world))
                status = (await client.get("/api/heartbeat/status")).json()
                assert (status["enabled"], status["running"]) == (True, True)
    assert tickers == {after}, "the timer of one process ticks"
    last = world.store.read(timer.state).last_tick
    assert last is not None
    rows = world.history()
    kept = Counter((row.thread_id, row.slot) for row in rows)
    assert set(kept.values()) == {1}, "no slot has two beats"
    assert {row.status for row in rows} <= {"none", "running"}, "none was missed, none failed"
    due = {
        (name, slot)
        for name in names
        for slot in upcoming(world.store.read(plan_of, name), began, 10)
        if slot < last
    }
    assert len(due) >= 5
    # On a busy machine what is due may still wait for the beats before it; such a slot is not lost.
    waiting = {(name, thread.next_due) for name in names if (thread := world.store.read(threads.get, name))}
    assert due <= set(kept) | waiting, "no slot was lost"


def plan_of(session: Session, thread_id: str) -> Plan:
    return slots.plan_of(thread_id, threads.config(session, threads.get(session, thread_id)))
