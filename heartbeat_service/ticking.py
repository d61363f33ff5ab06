"""A loop that ticks until it is stopped, and rests in between until a time, a commit or a call for it."""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import ClassVar

from heartbeat.store.failure import Failure, FailureKind, failure_of
from nodes.services import Services

STEP = 2.0
"""Seconds by which wall clock and monotonic clock may differ between two ticks before it counts as a clock step."""

logger = logging.getLogger("heartbeat")


class Ticking(ABC):
    """A loop of a process that goes on after whatever fails in a tick, until `stop`.

    ``poll`` is the maximum rest and ``watch`` the interval of checks for commits, both in seconds. It rests by the
    event loop's monotonic clock; ``wake`` ends a rest. ``NAME`` is what it is called in the log.
    """

    NAME: ClassVar[str]

    services: Services
    wake: asyncio.Event
    poll: float
    watch: float

    def __post_init__(self) -> None:
        self._stopping = False
        self._changed: Callable[[], bool] = lambda: False
        self._ticked: float | None = None
        self._tried: float | None = None
        self._failure: Failure | None = None
        self._clocks: tuple[datetime, float] | None = None
        self.ticked_at: datetime | None = None
        self.started_at: float | None = None

    @abstractmethod
    async def tick(self) -> float:
        """Do what is due; return the seconds until the next tick is needed."""

    async def run(self) -> None:
        """Tick until `stop`; an error in a tick is logged and does not end the loop."""
        self.started_at = asyncio.get_running_loop().time()
        await self._safely(self._begin_to_watch)
        while not self._stopping:
            rest = await self._safely(self.tick)
            if rest is not None:
                self._failure = None
            await self._rest(self.poll if rest is None else rest)

    def stop(self) -> None:
        """Let `run` return; what a tick has started is not ended."""
        self._stopping = True
        self.wake.set()

    def is_alive(self, patience: float) -> bool:
        """Return whether it has ticked in the last ``patience`` seconds; True before it starts and after `stop`.

        A tick that failed because of the database counts: a restarted process would fail too.
        """
        if self.started_at is None or self._stopping:
            return True
        last = max(each for each in (self.started_at, self._ticked, self._tried) if each is not None)
        return asyncio.get_running_loop().time() - last <= patience

    def _note_tick(self, now: datetime) -> None:
        self._ticked, self.ticked_at = asyncio.get_running_loop().time(), now

    def _clock_step(self, now: datetime) -> float:
        """Return the seconds by which the wall clock was set since the last call, 0 for what is no step."""
        monotonic = asyncio.get_running_loop().time()
        before, self._clocks = self._clocks, (now, monotonic)
        if before is None:
            return 0.0
        step = (now - before[0]).total_seconds() - (monotonic - before[1])
        return step if abs(step) >= STEP else 0.0

    async def _begin_to_watch(self) -> float:
        self._changed = await asyncio.to_thread(self.services.store.changes)
        return 0.0

    async def _safely(self, work: Callable[[], Coroutine[None, None, float]]) -> float | None:
        said = f"the {self.NAME} failed and goes on: %s"
        try:
            return await work()
        except Exception as error:
            failure = failure_of(error)
            if failure is None or failure.kind is FailureKind.OTHER:
                logger.exception(said, error, extra={"action": f"{self.NAME}_failed"})
                return None
            self._tried = asyncio.get_running_loop().time()
            if failure != self._failure:
                logger.error(said, failure, extra={"action": f"{self.NAME}_failed"})
            self._failure = failure
            return None

    async def _look_for_commits(self) -> float:
        return float(await asyncio.to_thread(self._changed))

    async def _rest(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        # Yield to the event loop at least once, so that a busy loop does not starve what it has started.
        await asyncio.sleep(0)
        while not self.wake.is_set() and (left := until - loop.time()) > 0:
            try:
                async with asyncio.timeout(min(left, self.watch)):
                    await self.wake.wait()
            except TimeoutError:
                if loop.time() < until and await self._safely(self._look_for_commits) != 0.0:
                    return
        self.wake.clear()
