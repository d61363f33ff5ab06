"""A forum outside, over real HTTP on loopback: with or without keys and search, and as unreliable as a test wants.

``POST /posts`` has an effect and returns its receipt; the header ``Idempotency-Key`` holds the key of the delivery.
``GET /posts/KEY`` searches for it. ``GET /settled`` answers when all that was sent so far has had its effect, with
the number of requests that are left without an answer.
"""

from __future__ import annotations

import json
import math
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

FOR_EVER = math.inf


@dataclass(frozen=True)
class Way:
    """How one request is treated: what happens, how late in seconds of the forum's clock, and what is answered."""

    status: int = 200
    effect: bool = True
    late: float = 0.0
    reply: Literal["answer", "drop", "hang"] = "answer"
    retry_after: int | None = None


FINE = Way()
REFUSES = Way(422, effect=False)
BREAKS = Way(500, effect=False)
BREAKS_AFTER = Way(500)
DROPS = Way(effect=False, reply="drop")
DROPS_AFTER = Way(reply="drop")
HANGS = Way(effect=False, reply="hang")
HANGS_AFTER = Way(reply="hang")


def too_many(retry_after: int) -> Way:
    """Return the way of a forum that wants to be left alone."""
    return Way(429, effect=False, retry_after=retry_after)


def late(seconds: float, reply: Literal["answer", "drop", "hang"] = "hang") -> Way:
    """Return the way of a forum whose effect appears later than its answer, or than the loss of it."""
    return Way(late=seconds, reply=reply)


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    key: str
    body: Any = None


@dataclass
class OutsideForum:
    """What the forum was asked and what it did; ``clock`` returns seconds.

    It remembers each key for ``remembers`` seconds after its effect was accepted. ``way`` says how a ``POST`` is
    treated when ``ways`` is used up; ``finding`` does so for a search, where ``None`` finds what is there.
    """

    url: str = ""
    clock: Callable[[], float] = time.monotonic
    remembers: float = 0.0
    searchable: bool = False
    ways: list[Way] = field(default_factory=list)
    way: Callable[[str], Way] = lambda _: FINE
    finding: Callable[[str], Way | None] = lambda _: None
    asked: list[Asked] = field(default_factory=list)
    _effects: list[tuple[float, str]] = field(default_factory=list)
    _known: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def counts(self, *, by: float | None = None) -> Counter[str]:
        """Return the number of effects by key, up to an instant of its clock; by default until now."""
        now = self.clock() if by is None else by
        with self._lock:
            return Counter(key for at, key in self._effects if at <= now)

    @property
    def posts(self) -> list[Asked]:
        """The requests that wanted an effect, in order."""
        return [each for each in self.asked if each.method == "POST"]

    def take(self, asked: Asked) -> Way:
        """Note a request to post, have its effect unless the key is known, and return how to answer."""
        with self._lock:
            self.asked.append(asked)
            way = self.ways.pop(0) if self.ways else self.way(asked.key)
            now = self.clock()
            known = self._known.get(asked.key)
            if known is not None and now - known < self.remembers:
                return way
            if way.effect:
                self._effects.append((now + way.late, asked.key))
                self._known[asked.key] = now
            return way

    def find(self, asked: Asked) -> Way:
        """Return how to answer a search."""
        with self._lock:
            self.asked.append(asked)
        if not self.searchable:
            return Way(405)
        way = self.finding(asked.key)
        return way or Way(200 if self.counts()[asked.key] else 404)


class OutsideServer(ThreadingHTTPServer):
    """Serves one `OutsideForum` on a free port of loopback."""

    request_queue_size = 256
    daemon_threads = True

    def __init__(self, forum: OutsideForum) -> None:
        self.forum = forum
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._idle: dict[socket.socket, bool] = {}
        self.hanging = 0
        super().__init__(("127.0.0.1", 0), _Handler)
        forum.url = f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._idle[request] = True
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._idle.pop(request, None)
        super().shutdown_request(request)

    def works(self, connection: Any, *, idle: bool) -> None:
        """Note whether a connection is idle: it waits for a request, or for ever."""
        with self._lock:
            if connection in self._idle:
                self._idle[connection] = idle

    def hang(self, connection: socket.socket) -> None:
        """Leave a client without an answer until it goes away, or the forum is closed."""
        with self._lock:
            self._idle[connection] = True
            self.hanging += 1
        while not self.over.wait(0.02):
            readable, _, _ = select.select([connection], [], [], 0)
            if readable:
                break
        with self._lock:
            self.hanging -= 1

    def settle(self) -> None:
        """Return when all that clients have sent so far has had its effect, even where they died meanwhile."""
        # Connections are accepted in order: when this one is answered, all before it are known.
        with socket.create_connection(("127.0.0.1", self.server_address[1])) as own:
            own.sendall(b"GET / HTTP/1.0\r\n\r\n")
            while own.recv(4096):
                continue
        while self._is_busy():
            time.sleep(0.001)

    def _is_busy(self) -> bool:
        with self._lock:
            if not all(self._idle.values()):
                return True
            waiting = [each for each in self._idle if each.fileno() >= 0]
            readable, _, _ = select.select(waiting, [], [], 0)
            for each in readable:
                with suppress(OSError):
                    if each.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                        return True
            return False

    def close(self) -> None:
        """Let go of whoever still waits for an answer, and stop."""
        self.over.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: OutsideServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    rbufsize = 0
    wbufsize = 65_536

    def log_message(self, *args: Any) -> None:
        pass

    def handle_one_request(self) -> None:
        self._wait()
        super().handle_one_request()

    def _wait(self) -> None:
        """Wait for the client, which may be suspended."""
        self.server.works(self.connection, idle=True)
        # What has come stays unread until it is noted that it is worked on, so that `settle` misses nothing.
        self.connection.recv(1, socket.MSG_PEEK)
        self.server.works(self.connection, idle=False)

    def _body(self, size: int) -> bytes:
        parts: list[bytes] = []
        while size > 0:
            self._wait()
            part = self.connection.recv(size)
            if not part:
                raise ConnectionResetError("the client went away")
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def do_POST(self) -> None:
        body = json.loads(self._body(int(self.headers["Content-Length"])))
        key = self.headers["Idempotency-Key"]
        self._reply(self.server.forum.take(Asked("POST", key, body)), {"id": key})

    def do_GET(self) -> None:
        key = self.path.rpartition("/")[2]
        if self.path == "/settled":
            self.server.works(self.connection, idle=True)
            self.server.settle()
            self._reply(Way(effect=False), {"hanging": self.server.hanging})
            return
        way = self.server.forum.find(Asked("GET", key)) if key else Way(404)
        self._reply(way, {"id": key})

    def _reply(self, way: Way, value: dict[str, Any]) -> None:
        if way.reply == "hang":
            self.server.hang(self.connection)
        if way.reply != "answer":
            self.close_connection = True
            return
        data = json.dumps(value if way.status == 200 else {"error": f"status {way.status}"}).encode()
        self.send_response(way.status)
        if way.retry_after is not None:
            self.send_header("Retry-After", str(way.retry_after))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle(self) -> None:
        with suppress(ConnectionError, ValueError):
            super().handle()

    def finish(self) -> None:
        with suppress(ConnectionError, ValueError, OSError):
            super().finish()


@contextmanager
def serving_outside(forum: OutsideForum) -> Iterator[OutsideServer]:
    """Serve a forum while the context is open; its ``url`` is set."""
    server = OutsideServer(forum)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()
