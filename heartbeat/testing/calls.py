"""Calls of a target as the deliverer makes them: plain ones in a daemon thread, others in one event loop."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from functools import partial
from threading import Thread
from types import TracebackType
from typing import Any, Self, cast

from heartbeat.daemon import run_in_daemon_thread
from heartbeat.outgoing import Outgoing
from heartbeat.targets import SearchableTarget, Target


class GoesOnError(Exception):
    """A call did not end within its time."""


class Caller:
    """Calls targets; ``deadline`` and ``grace``, the time after it in which a call has to end, are in seconds.

    Use it as a context: its event loop ends with it.
    """

    def __init__(self, deadline: float, grace: float) -> None:
        self.deadline = deadline
        self.grace = grace
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="check-target-loop", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(self.grace)
        if not self._thread.is_alive():
            self._loop.close()

    def deliver(self, target: Target, action: Outgoing, key: str, deadline: float | None = None) -> Any:
        """Deliver and return the receipt.

        Raises:
            GoesOnError: the call goes on after its deadline and the grace.
            Exception: whatever the target raises; TimeoutError where it was cancelled at the deadline.
        """
        seconds = deadline or self.deadline
        return self._called(target.deliver, partial(target.deliver, action, key, seconds), seconds)

    def find(self, target: SearchableTarget, key: str) -> Mapping[str, Any] | None:
        """Search and return the receipt, if any; it raises as `deliver` does."""
        found = self._called(target.find, partial(target.find, key), self.deadline)
        return cast("Mapping[str, Any] | None", found)

    def _called(self, function: object, call: Callable[[], Any], seconds: float) -> Any:
        if inspect.iscoroutinefunction(function):
            return self._ended(self._begun(call(), seconds), seconds)
        result = self._ended(run_in_daemon_thread(call, "check-target"), seconds)
        return self._ended(self._begun(result, seconds), seconds) if inspect.isawaitable(result) else result

    def _begun(self, result: Awaitable[Any], seconds: float) -> Future[Any]:
        async def complete() -> Any:
            async with asyncio.timeout(seconds):
                return await result

        return asyncio.run_coroutine_threadsafe(complete(), self._loop)

    def _ended(self, future: Future[Any], seconds: float) -> Any:
        try:
            return future.result(seconds + self.grace)
        except TimeoutError:
            if future.done():
                raise
            raise GoesOnError from None
