"""HTTP connections that are aborted when the client stops reading."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

STALLED = 20.0
"""Seconds after which a client that does not read its response is disconnected."""
STALLED_AT_THE_END = 1.0
"""The same while the server shuts down."""


class Connection(AutoHTTPProtocol):  # type: ignore[misc,valid-type]  # chosen by what is installed
    """Abort the connection when the client has read nothing for ``STALLED`` seconds; uvicorn has no setting for it.

    Ending only the response, as a send timeout does, keeps the socket and its buffers until the client disconnects,
    and delays the server's shutdown by its whole grace period.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limit: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """Start the time limit: the write buffer is full."""
        super().pause_writing()
        self._allow(STALLED)

    def resume_writing(self) -> None:
        """Cancel the time limit: the client reads again."""
        self._forget()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the time limit: the connection is closed."""
        self._forget()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Shorten a running time limit: the server shuts down."""
        super().shutdown()
        if self._limit is not None:
            self._allow(STALLED_AT_THE_END)

    def _allow(self, seconds: float) -> None:
        self._forget()
        self._limit = asyncio.get_running_loop().call_later(seconds, self.transport.abort)

    def _forget(self) -> None:
        if self._limit is not None:
            self._limit.cancel()
            self._limit = None
