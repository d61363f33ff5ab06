"""The HTTP server of a serving process; it leaves signals to the process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import uvicorn

from heartbeat.errors import InvalidValueError
from heartbeat.hosts import is_loopback
from heartbeat_service.binding import check_binding
from heartbeat_service.connection import Connection
from heartbeat_service.http import create_app
from heartbeat_service.http.page import BUILT
from heartbeat_service.lifespan import Service

GRACE = 5
"""Seconds that running calls have to end at shutdown."""
KEEP_ALIVE = 75
"""Seconds that a connection may be idle. Clients close theirs after 5 to 60; if the server closed first, a request
could arrive on a connection that was just closed."""


BACKLOG = 2048


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process."""
        yield


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens on a host and port.

    Raises:
        InvalidValueError: the port is in use, or the address does not belong to this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Only where the protocol is named does asyncio switch off Nagle's algorithm for what is accepted. With it the
    # body of an answer waits until the client acknowledges the head, which takes up to 40 ms on Linux.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        # Listen at once, so that early calls are accepted and a second process fails to bind the port.
        listening.listen(BACKLOG)
    except (OSError, UnicodeError) as error:
        listening.close()
        why = getattr(error, "strerror", None) or "no such address"
        raise InvalidValueError(
            "HEARTBEAT_PORT",
            f"HEARTBEAT_PORT: {host} port {port} cannot be used: {why}; "
            "stop what listens there, or set another HEARTBEAT_PORT",
        ) from error
    return listening


@asynccontextmanager
async def listen(service: Service, panel: Path = BUILT) -> AsyncIterator[str]:
    """Serve the HTTP API, and the panel built in a folder, while the context is open; yield the address.

    Raises:
        InvalidValueError: the settings' host or port cannot be used.
    """
    settings = service.services.settings
    check_binding(settings)
    listening = bind(settings.host, settings.port)
    address = listening.getsockname()[0]
    if settings.api_token is None and not is_loopback(address):
        listening.close()
        # The resolver may map a name such as localhost to an address that is not loopback.
        said = f"HEARTBEAT_HOST: {settings.host} is {address} here, which others can reach; set HEARTBEAT_API_TOKEN"
        raise InvalidValueError("HEARTBEAT_HOST", said)
    config = uvicorn.Config(
        create_app(service, panel),
        http=Connection,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE,
        timeout_keep_alive=KEEP_ALIVE,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    port = listening.getsockname()[1]
    try:
        yield f"http://{host}:{port}"
    finally:
        service.ending.set()
        service.events.close()
        server.should_exit = True
        await serving
        listening.close()
