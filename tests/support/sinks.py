"""Real receivers on loopback: an HTTP server and an SMTP server that keep what they are given."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Got:
    """One request."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class HttpSink:
    """Answers each POST with the next of ``answers``, then 200; a 3xx leads to ``/elsewhere``.

    ``hang`` holds answers back until it is set. ``reply`` returns what it answers to a path.
    """

    address: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[Got] = field(default_factory=list)
    hang: threading.Event | None = None
    reply: Callable[[str], bytes] = lambda _: b"{}"
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released by each request."""


@contextmanager
def http_sink() -> Iterator[HttpSink]:
    """Run an HTTP sink."""
    sink = HttpSink()

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            sink.got.append(Got(self.path, headers, body))
            sink.arrived.release()
            if sink.hang is not None:
                sink.hang.wait(60)
            self.send_response(sink.answers.pop(0) if sink.answers else 200)
            self.send_header("Location", f"http://{sink.address}/elsewhere")
            self.send_header("Content-Type", "application/json")
            reply = sink.reply(self.path)
            self.send_header("Content-Length", str(len(reply)))
            self.end_headers()
            self.wfile.write(reply)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    sink.address = f"127.0.0.1:{server.server_address[1]}"
    with _serving(server):
        yield sink
        if sink.hang is not None:
            sink.hang.set()


@dataclass
class SmtpSink:
    """Takes every message, or answers ``refusal`` to its content."""

    address: str = ""
    refusal: str = ""
    got: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)


@contextmanager
def smtp_sink() -> Iterator[SmtpSink]:
    """Run an SMTP sink: as much of RFC 5321 as smtplib speaks without TLS and login."""
    sink = SmtpSink()

    class Handler(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self) -> None:
            self._say("220 sink")
            while line := self.rfile.readline():
                verb = line.strip().split(b" ")[0].split(b":")[0].upper()
                if verb == b"RCPT":
                    sink.recipients.append(line.decode().split("<")[1].split(">")[0])
                if verb == b"DATA":
                    self._say("354 go on")
                    self._take()
                elif verb == b"QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 ok")

        def _take(self) -> None:
            lines = []
            while (line := self.rfile.readline()).rstrip(b"\r\n") != b".":
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            if sink.refusal:
                self._say(sink.refusal)
                return
            sink.got.append(message_from_bytes(b"".join(lines), policy=policy.default))
            self._say("250 taken")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    sink.address = f"127.0.0.1:{server.server_address[1]}"
    with _serving(server):
        yield sink


@contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
