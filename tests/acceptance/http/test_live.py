"""Live events of a service in a process of its own, or read by another process."""

from __future__ import annotations

import asyncio
import json
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import pytest

from heartbeat.store import events
from heartbeat.vocabulary import EventKind
from heartbeat_service import connection, server
from tests.acceptance.cli.test_serve import Serve
from tests.integration.heartbeat_service.test_timer import until
from tests.integration.http.live_server import EVENTS, Live, live
from tests.support.holds import PATIENCE, SOON
from tests.support.world import World


@pytest.fixture
def small_buffers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The kernel alone would keep megabytes for a client that does not read."""
    bind = server.bind

    def small(host: str, port: int) -> socket.socket:
        listening = bind(host, port)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
        return listening

    monkeypatch.setattr(server, "bind", small)


@pytest.mark.usefixtures("small_buffers")
async def test_two_hundred_subscribers_of_whom_five_do_not_read(
    world: World, monkeypatch: pytest.MonkeyPatch, record_property: Callable[[str, object], None]
) -> None:
    monkeypatch.setattr(connection, "STALLED", 10.0)
    beats = 30
    async with live(world) as served:
        alone = await _seconds_of(served, beats, "alone")
        many = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.acceptance.http.subscribers",
            *(str(httpx.URL(served.url).port), "195", "5"),
            stdout=asyncio.subprocess.PIPE,
        )
        assert many.stdout is not None
        assert await many.stdout.readline() == b"connected\n"
        await until(lambda: len(served.service.events.readers) == 200)
        watched = await _seconds_of(served, beats, "watched")
        await asyncio.to_thread(_say_much, world)
        stalled = await _seconds_of(served, beats, "stalled")
        held = max(len(reader.waiting) for reader in served.service.events.readers)
        await until(lambda: len(served.service.events.readers) == 195)
        async with served.service.events.joined() as last:
            after = (await served.beat("after"))["id"]
            async for some in last.batches():
                if after in [event.beat_id for event in some if event.kind == "beat.finished"]:
                    break
    told = json.loads(await many.stdout.read())
    assert await many.wait() == 0
    finished = world.store.read(events.since, 0, 10_000)
    wanted = [event.beat_id for event in finished if event.kind == "beat.finished"][beats:]
    assert wanted[-1] == after
    assert len(told) == 195
    assert [each for each in told if each != wanted] == []
    assert held <= served.service.events.buffer
    figures = f"{beats} beats: alone {alone:.2f} s, watched {watched:.2f} s, with stalled {stalled:.2f} s"
    record_property("figures", figures)
    print(figures)


async def _seconds_of(served: Live, beats: int, name: str) -> float:
    began = time.perf_counter()
    await asyncio.gather(*(served.beat(f"{name}-{number}") for number in range(beats)))
    return time.perf_counter() - began


def _say_much(world: World) -> None:
    for _ in range(200):
        world.store.write(
            lambda session: events.add(session, EventKind.TIMER_STARTED, world.clock(), why="x" * 1_000)
        )


@pytest.fixture
def serving(world: World) -> Iterator[Serve]:
    made = Serve(world)
    yield made
    made.end(signal.SIGKILL)


def _listening(serving: Serve) -> tuple[str, int]:
    port = httpx.URL(serving.until("listens on").split()[-1]).port
    serving.until("The timer")
    assert port is not None
    return "127.0.0.1", port


def test_open_stream_holds_no_shutdown(serving: Serve) -> None:
    address = _listening(serving)
    with socket.create_connection(address) as reading:
        reading.sendall(f"GET {EVENTS} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert b"connected" in _all_until(reading, b"connected")
        code, err = serving.end(within=SOON)
        assert _all_until(reading, b"0\r\n\r\n").endswith(b"0\r\n\r\n"), "the stream has an orderly end"
    assert (code, err) == (0, "")


def _all_until(reading: socket.socket, end: bytes) -> bytes:
    heard = b""
    while end not in heard and (part := reading.recv(4_096)):
        heard += part
    return heard


MOUNTED = """
import uvicorn
from fastapi import FastAPI
from heartbeat_service.http import install

app = FastAPI()
install(app)
uvicorn.run(app, port={port}, log_level="warning")
"""


def test_open_stream_holds_no_shutdown_of_another_app(world: World) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = free.getsockname()
    process = subprocess.Popen(
        [sys.executable, "-c", MOUNTED.format(port=address[1])], stderr=subprocess.PIPE
    )
    try:
        reading = _connected(address)
        with reading:
            reading.sendall(f"GET {EVENTS} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert b"connected" in _all_until(reading, b"connected")
            process.terminate()
            _, err = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
        process.wait()
    assert b"Traceback" not in err, err.decode()


def _connected(address: tuple[str, int]) -> socket.socket:
    while True:
        try:
            return socket.create_connection(address)
        except ConnectionRefusedError:
            time.sleep(0.05)


async def test_every_finished_beat_once_however_often_cut_off(world: World) -> None:
    """Also in the middle of an event; the client knows only the last whole one."""
    numbers = random.Random(5)
    async with live(world) as served:
        follower = served.follower()
        await follower.follow(cut_after=25)

        async def keep_coming_back() -> None:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(2):
                        await follower.follow(cut_after=numbers.randrange(1, 2_500))

        coming_back = asyncio.create_task(keep_coming_back())
        ran = [(await served.beat(f"t{number % 10}"))["id"] for number in range(24)]
        await until(lambda: len(follower.finished) >= len(ran) or coming_back.done())
        coming_back.cancel()
    assert follower.finished == ran
    assert follower.of("reset") == []
