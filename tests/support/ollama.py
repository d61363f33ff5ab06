"""A fake Ollama that speaks real HTTP: the edge where tests end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

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
    wait: threading.Event | None = None
    """Set by the test when the answer may come; until then the server is silent."""
    linger: threading.Event | None = None
    """Set by the test when the connection may end; until then it stays open after the whole reply."""
    drop: bool = False
    """Close the connection in the middle of the reply."""
    thinking: str = ""
    """What the model thinks before it writes."""


def decision(**fields: Any) -> str:
    """A reply with every field, null where not given."""
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
    return json.dumps({name: fields.get(name) for name in names})


@dataclass
class FakeOllama:
    """One server; ``calls`` are the bodies of /api/chat, ``tags`` counts the preflights, ``shows`` /api/show.

    ``version`` and ``date`` are what it tells of itself; a ``date`` of None is the real time. ``shown`` is what
    /api/show says of every model; None, and it does not know the call. ``demands`` is the Authorization header
    without which it answers 401, ``heard`` those of all requests.
    """

    url: str = ""
    models: list[str] = field(default_factory=lambda: ["llama3.2:latest"])
    replies: list[Say] = field(default_factory=list)
    default: Say = field(default_factory=lambda: Say(decision(action="none", reasoning="Quiet.")))
    answer: Answer | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)
    tags: int = 0
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
    version: str | None = "0.12.3"
    date: str | None = None

    def says(self, *replies: Say | str) -> None:
        """Queue replies; when they are used up, the default follows."""
        self.replies += [Say(reply) if isinstance(reply, str) else reply for reply in replies]

    def tag(self, name: str) -> dict[str, Any]:
        """Return what /api/tags says of a model."""
        return {"name": name, "model": name} | ({"digest": self.digest} if self.digest else {})

    def next(self, body: dict[str, Any]) -> Say:
        self.calls.append(body)
        if self.answer:
            return self.answer(body)
        return self.replies.pop(0) if self.replies else self.default

    @property
    def prompts(self) -> list[str]:
        """The whole text of each question."""
        return ["\n".join(m["content"] for m in call["messages"]) for call in self.calls]


class _Server(ThreadingHTTPServer):
    request_queue_size = 256
    daemon_threads = True


@contextmanager
def fake_ollama() -> Iterator[FakeOllama]:
    """Serve on a free loopback port."""
    fake = FakeOllama()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 65_536

        def log_message(self, *args: Any) -> None:
            pass

        def date_time_string(self, timestamp: float | None = None) -> str:
            return super().date_time_string(timestamp) if fake.date is None else fake.date

        def _is_let_in(self) -> bool:
            fake.heard.append(self.headers["Authorization"])
            public = fake.open_tags and self.path == "/api/tags"
            if public or fake.demands in (None, self.headers["Authorization"]):
                return True
            self._send(401, {"error": "unauthorized"})
            return False

        def do_GET(self) -> None:
            if not self._is_let_in():
                return
            if self.path == "/api/version":
                self._send(200 if fake.version else 404, {"version": fake.version} if fake.version else {})
                return
            fake.tags += 1
            self._send(200, {"models": [fake.tag(name) for name in fake.models]})

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if not self._is_let_in():
                return
            if self.path == "/api/show":
                fake.shows += 1
                self._send(200 if fake.shown is not None else 404, fake.shown or {"error": "not found"})
                return
            if fake.leads_to is not None:
                self.send_response(307)
                self.send_header("Location", f"{fake.leads_to}{self.path}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            say = fake.next(body)
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
            half = len(say.text) // 2
            for part in (say.text[:half], say.text[half:]):
                self._chunk({"message": {"role": "assistant", "content": part}, "done": False})
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
                "load_duration": 1,
                "prompt_eval_count": say.prompt_tokens,
                "prompt_eval_duration": 1,
                "eval_count": say.completion_tokens,
                "eval_duration": 1,
            }
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

    server = _Server(("127.0.0.1", 0), Handler)
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
