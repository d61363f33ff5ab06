"""A client's connection: one that takes nothing of what it asked for is cut."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

STALLED = 20.0
"""Seconds a client may leave what was sent to it untaken."""
STALLED_AT_THE_END = 1.0
"""The same, once the server was told to stop."""


class Connection(AutoHTTPProtocol):  # type: ignore[misc,valid-type]  # chosen by what is installed
    """Abort the connection of a client that takes nothing for ``STALLED`` seconds; uvicorn has no setting for it.

    A response that merely ends, as by a send timeout, keeps socket and buffers until the client goes away by itself,
    and holds the server's shutdown for the whole time that calls under way are given.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limit: asyncio.TimerHandle | None = None

    def pause_writing(self) -> None:
        """The buffers are full."""
        super().pause_writing()
        self._allow(STALLED)

    def resume_writing(self) -> None:
        """The client takes again."""
        self._forget()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._forget()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """The server was told to stop."""
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
