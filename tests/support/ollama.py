"""A fake Ollama that speaks real HTTP: the edge where tests end."""

from __future__ import annotations

import json
import math
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

Answer = Callable[[dict[str, Any]], "Say"]


@dataclass(frozen=True)
class Say:
    """What the fake answers to one question."""

    text: str = ""
    done_reason: str = "stop"
    status: int = 200
    error: str | None = None
    prompt_tokens: int = 100
    completion_tokens: int = 20
    prompt_seconds: float | None = 0.0
    """How long the prompt was read; None, and the server does not say."""
    load_seconds: float = 0.0
    kept_tokens: int | None = None
    """Tokens of the prompt that were kept; None as of servers that do not say."""
    wait: threading.Event | None = None
    """Set by the test when the answer may come; until then the server is silent."""
    linger: threading.Event | None = None
    """Set by the test when the connection may end; until then it stays open after the whole reply."""
    drop: bool = False
    """Close the connection in the middle of the reply."""
    thinking: str = ""
    """What the model thinks before it writes."""
    odds: Mapping[str, float] | None = None
    """Probabilities of the tokens that the reply might begin with, told to a request with ``logprobs``."""
    logprobs: Any = None
    """What is told instead of ``odds``, as it is: for what no server should tell."""
    odds_at_end: bool = False
    """Whether they come with the last chunk instead of the one that holds the token."""

    def told(self, body: dict[str, Any]) -> dict[str, Any]:
        """Return the probabilities as the fields of a chunk, if the request asks for them and there are any."""
        if not body.get("logprobs") or (self.odds is None and self.logprobs is None):
            return {}
        if self.odds is None:
            return {"logprobs": self.logprobs}
        likely = sorted(self.odds.items(), key=lambda each: -each[1])[: body.get("top_logprobs", 0)]
        top = [
            {"token": token, "logprob": math.log(share), "bytes": [*token.encode()]}
            for token, share in likely
        ]
        return {"logprobs": [{**top[0], "top_logprobs": top}]}


def decision(**fields: Any) -> str:
    """A reply with every field that is always there, null where not given, and with those that are given."""
    names = (
        "reasoning",
        "action",
        "title",
        "content",
        "board",
        "post_id",
        "comment_id",
        "vote_direction",
        "note",
    )
    return json.dumps(dict.fromkeys(names) | fields)


def quiet(body: dict[str, Any]) -> Say:
    """Answer a whole decision so that the beat does nothing, and that no question is true of an item."""
    from tests.support.plan_beats import NO, PLAIN, is_guarding, is_judging

    if is_guarding(body):
        return PLAIN
    return NO if is_judging(body) else Say(decision(action="none", reasoning="Quiet."))


def is_reading(body: dict[str, Any]) -> bool:
    """Return whether it is a question about a line of instructions, which is asked apart from beats."""
    system = body["messages"][0]["content"] if body.get("messages") else ""
    return any(system.startswith(begun) for begun in _reading_prompts())


@cache
def _reading_prompts() -> tuple[str, ...]:
    from heartbeat_decision.reading.examples import FOLDER

    return tuple(path.read_text("utf-8").strip() for path in FOLDER.glob("*.txt"))


def only_look(body: dict[str, Any]) -> Say:
    """Answer that a line only has the agent look at something."""
    return Say("look", prompt_tokens=50, completion_tokens=1)


@dataclass
class FakeOllama:
    """One server; ``calls`` are the bodies of /api/chat, ``tags`` counts the preflights, ``shows`` /api/show.

    ``connections`` counts those that were accepted.

    ``version`` and ``date`` are what it tells of itself; a ``date`` of None is the real time. ``shown`` is what
    /api/show says of every model; None, and it does not know the call. ``demands`` is the Authorization header
    without which it answers 401, ``heard`` those of all requests.
    """

    url: str = ""
    models: list[str] = field(default_factory=lambda: ["llama3.2:latest"])
    replies: list[Say] = field(default_factory=list)
    default: Say | None = None
    """What it answers when nothing is queued; None, and it finds that nothing is to be done."""
    answer: Answer | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)
    reads: Answer = only_look
    """What it answers to questions about lines, which are in ``readings`` and in no other list."""
    readings: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    tags: int = 0
    more: dict[str, Any] = field(default_factory=dict)
    """What /api/tags says of each model besides its name."""
    digest: str | None = None
    """What it tells its models by; None, and it does not."""
    shows: int = 0
    shown: dict[str, Any] | None = field(default_factory=lambda: {"capabilities": ["completion", "tools"]})
    demands: str | None = None
    open_tags: bool = False
    """Whether /api/tags answers anybody."""
    leads_to: str | None = None
    """The server to which /api/chat redirects."""
    heard: list[str | None] = field(default_factory=list)
    sets_cookie: bool = False
    """Whether each answer sets cookies that name who asked; ``cookies`` are those sent back."""
    cookies: list[str] = field(default_factory=list)
    answers_each: int | None = None
    """Requests that a connection answers; at the next it is closed without a byte. None, and it answers all."""
    version: str | None = "0.12.3"
    date: str | None = None

    def says(self, *replies: Say | str) -> None:
        """Queue replies; when they are used up, the default follows."""
        self.replies += [Say(reply) if isinstance(reply, str) else reply for reply in replies]

    def tag(self, name: str) -> dict[str, Any]:
        """Return what /api/tags says of a model."""
        return {"name": name, "model": name, **self.more} | ({"digest": self.digest} if self.digest else {})

    def next(self, body: dict[str, Any]) -> Say:
        if is_reading(body):
            self.readings.append(body)
            return self.reads(body)
        self.calls.append(body)
        if self.answer:
            return self.answer(body)
        return self.replies.pop(0) if self.replies else self.default or quiet(body)

    @property
    def prompts(self) -> list[str]:
        """The whole text of each question."""
        return ["\n".join(m["content"] for m in call["messages"]) for call in self.calls]


class OllamaServer(ThreadingHTTPServer):
    """Answers each connection by the fake that was current when it was accepted."""

    request_queue_size = 256
    daemon_threads = True

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connected: dict[Any, FakeOllama] = {}
        self._ended = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)
        self._url = f"http://127.0.0.1:{self.server_address[1]}"
        self._current = FakeOllama(self._url)

    def fresh(self) -> FakeOllama:
        """Cut what is connected, and return a new fake for all connections from now on."""
        with self._lock:
            self._current = FakeOllama(self._url)
            for connection in self._connected:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        return self._current

    def serve(self) -> None:
        """Serve until `end`, without looking again and again whether that was called."""
        while not self._ended.is_set():
            self.handle_request()

    def end(self) -> None:
        """Let `serve` return."""
        self._ended.set()
        socket.create_connection(("127.0.0.1", self.server_port)).close()

    def fake_of(self, connection: Any) -> FakeOllama:
        with self._lock:
            return self._connected[connection]

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._connected[request] = self._current
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._connected.pop(request, None)
        super().shutdown_request(request)


class _Handler(BaseHTTPRequestHandler):
    server: OllamaServer
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 65_536

    def setup(self) -> None:
        self.fake = self.server.fake_of(self.request)
        self.fake.connections += 1
        self.requests = 0
        super().setup()

    def log_message(self, *args: Any) -> None:
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string(timestamp) if self.fake.date is None else self.fake.date

    def end_headers(self) -> None:
        if self.fake.sets_cookie:
            whose = (self.headers["Authorization"] or "nobody").rpartition(" ")[2]
            self.send_header("Set-Cookie", f"session={whose}; Path=/")
            self.send_header("Set-Cookie", f"more={whose}")
        super().end_headers()

    def _is_let_in(self) -> bool:
        self.fake.heard.append(self.headers["Authorization"])
        self.fake.cookies += self.headers.get_all("Cookie", [])
        self.path = urlsplit(self.path).path  # whole addresses are sent to it as a proxy
        self.requests += 1
        if self.fake.answers_each is not None and self.requests > self.fake.answers_each:
            self.close_connection = True
            return False
        public = self.fake.open_tags and self.path == "/api/tags"
        if public or self.fake.demands in (None, self.headers["Authorization"]):
            return True
        self._send(401, {"error": "unauthorized"})
        return False

    def do_GET(self) -> None:
        if not self._is_let_in():
            return
        if self.path == "/api/version":
            self._send(
                200 if self.fake.version else 404, {"version": self.fake.version} if self.fake.version else {}
            )
            return
        self.fake.tags += 1
        self._send(200, {"models": [self.fake.tag(name) for name in self.fake.models]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._is_let_in():
            return
        if self.path == "/api/show":
            self.fake.shows += 1
            self._send(200 if self.fake.shown is not None else 404, self.fake.shown or {"error": "not found"})
            return
        if self.fake.leads_to is not None:
            self.send_response(307)
            self.send_header("Location", f"{self.fake.leads_to}{self.path}")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        say = self.fake.next(body)
        if say.wait is not None:
            say.wait.wait(60)
        if say.status != 200:
            self._send(say.status, {"error": say.error or "error"})
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        if say.thinking:
            thought = {"role": "assistant", "content": "", "thinking": say.thinking}
            self._chunk({"message": thought, "done": False})
        told = say.told(body)
        half = len(say.text) // 2
        # A token comes whole, with its probabilities.
        for part in (say.text,) if told else (say.text[:half], say.text[half:]):
            odds = {} if say.odds_at_end else told
            self._chunk({"message": {"role": "assistant", "content": part}, "done": False, **odds})
            if say.drop:
                self.close_connection = True
                self.wfile.flush()
                self.connection.close()
                return
        if say.error:
            self._chunk({"error": say.error})
        end = {
            "model": body["model"],
            "created_at": "2026-01-01T00:00:00Z",
            "message": {"role": "assistant", "content": ""},
            "done": True,
            "done_reason": say.done_reason,
            "total_duration": 1,
            "load_duration": round(say.load_seconds * 1e9),
            "prompt_eval_count": say.prompt_tokens,
            **(
                {}
                if say.prompt_seconds is None
                else {"prompt_eval_duration": round(say.prompt_seconds * 1e9)}
            ),
            **({} if say.kept_tokens is None else {"prompt_eval_cached_count": say.kept_tokens}),
            "eval_count": say.completion_tokens,
            "eval_duration": 1,
        } | (told if say.odds_at_end else {})
        self._chunk(end)
        if say.linger is not None:
            say.linger.wait(60)
        self.wfile.write(b"0\r\n\r\n")

    def _chunk(self, value: dict[str, Any]) -> None:
        data = json.dumps(value).encode() + b"\n"
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _send(self, status: int, value: dict[str, Any]) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def handle(self) -> None:
        try:
            super().handle()
        except (ConnectionError, ValueError):
            return

    def finish(self) -> None:
        try:
            super().finish()
        except (ConnectionError, ValueError, OSError):
            return


@contextmanager
def serving_ollama() -> Iterator[OllamaServer]:
    """Serve on a free loopback port; ``fresh()`` starts anew, as a server of its own would."""
    server = OllamaServer()
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.end()
        thread.join()
        server.server_close()


@contextmanager
def fake_ollama() -> Iterator[FakeOllama]:
    """Serve one fake on a port of its own."""
    with serving_ollama() as server:
        yield server.fresh()
