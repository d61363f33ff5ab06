"""A web server on loopback that answers as a test says, also over TLS, and what fetches from it."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Answer:
    """What the server answers; ``write`` writes the body by itself, without Content-Length."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    write: Callable[[IO[bytes]], None] | None = None


@dataclass(frozen=True)
class Asked:
    """A request that has arrived; a proxy is asked for a whole address."""

    path: str
    headers: Mapping[str, str]


@dataclass
class WebServer:
    """Answers each request with ``answer``."""

    address: str = ""
    answer: Callable[[Asked], Answer] = lambda _: Answer(404)
    asked: list[Asked] = field(default_factory=list)
    over_tls: bool = False

    @property
    def url(self) -> str:
        """The address of the server, without a path."""
        return f"{'https' if self.over_tls else 'http'}://{self.address}"

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])


@contextmanager
def web_server(certificate: Path | None = None) -> Iterator[WebServer]:
    """Run a web server; with a ``certificate``, a file that holds its key too, it speaks TLS."""
    web = WebServer(over_tls=certificate is not None)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()})
            web.asked.append(asked)
            answer = web.answer(asked)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.write is None and "Content-Length" not in answer.headers:
                self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            with suppress(OSError):  # the client has hung up
                if answer.write is not None:
                    answer.write(self.wfile)  # type: ignore[arg-type]
                else:
                    self.wfile.write(answer.body)
            self.close_connection = True

        def log_message(self, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing of clients that hang up."""

    server = Server(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    web.address = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield web
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def trickle(file: IO[bytes]) -> None:
    """Write a byte again and again until the client hangs up."""
    pause = threading.Event()
    while not pause.wait(0.01):
        file.write(b"x")
        file.flush()


@contextmanager
def trickling_server(begins: bytes = b"HTTP/1.1 200 OK\r\nX: ") -> Iterator[str]:
    """Run a server that never ends its headers, or what else it begins with; yield its address."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            made, _ = listening.accept()
            with made, suppress(OSError), made.makefile("wb") as file:
                file.write(begins)
                trickle(file)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        thread.join()


def certificate(folder: Path, host: str, *, lasts: timedelta = timedelta(days=1)) -> Path:
    """Write a certificate for ``host`` that is its own authority, with its key; return the file.

    It is valid from yesterday on until it has lasted so long from now.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / f"{host}.pem"
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file
