"""The HTTP server of a serving process; who starts it decides when it stops."""

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
"""Seconds that calls under way have to end."""
KEEP_ALIVE = 75
"""Seconds that a connection may be idle. Longer than clients keep one (5 to 60): who closes first must not be us, in
the moment in which the next call is on its way."""


BACKLOG = 2048


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the process."""
        yield


def bind(host: str, port: int) -> socket.socket:
    """Return a socket that listens there.

    Raises:
        InvalidValueError: the port is taken, or the address is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        # At once: who reads the address may call it, and a second process hears now that the port is taken.
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
        # A name that should be this machine's, such as localhost, may be kept elsewhere by its resolver.
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
