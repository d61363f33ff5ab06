"""The total time of a request: its connections are cut off when it is over."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from heartbeat.fetching.port import FetchError


class Cut:
    """Cut the connections of a request off when its time is over, however slowly the server sends.

    The time limit of the client is that of a single read only.
    """

    def __init__(self) -> None:
        self.is_over = False
        self._lock = threading.Lock()
        self._sockets: list[socket.socket] = []

    def trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Note each connection that is made, as the client tells of it."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self.note(info["return_value"].get_extra_info("socket"))

    def note(self, made: socket.socket) -> None:
        """Note a connection, which is cut off too."""
        with self._lock:
            self._sockets.append(made)
            if self.is_over:
                _shut(made)

    @contextmanager
    def after(self, seconds: float) -> Iterator[None]:
        """Cut off after so many seconds, unless the context has ended."""
        timer = threading.Timer(seconds, self._cut)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    @contextmanager
    def explained(self, where: str, explain: Callable[[Exception], FetchError | None]) -> Iterator[None]:
        """Turn what a request to ``where`` raises into a FetchError; ``explain`` returns None for what is a fault.

        Raises:
            FetchError: the request failed, or its time was over.
        """
        try:
            yield
        except FetchError:
            raise
        except Exception as error:
            if self.is_over:
                raise FetchError(f"{where} takes too long to answer.") from None
            found = explain(error)
            if found is None:
                raise
            raise found from None

    def _cut(self) -> None:
        with self._lock:
            self.is_over = True
            for each in self._sockets:
                _shut(each)


def _shut(made: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        # Below TLS too: a socket that is shut down in order would wait for the server.
        socket.socket.shutdown(made, socket.SHUT_RDWR)
