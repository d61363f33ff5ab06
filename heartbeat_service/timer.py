"""The timer: a loop that passes due slots to a runner and sleeps until the next one."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from heartbeat.errors import HeartbeatError
from heartbeat.store import beats, due, events, timer
from heartbeat.store.due import Due
from heartbeat.store.failure import Failure, FailureKind, failure_of
from heartbeat_service.port import BeatRunner
from nodes.services import Services

STEP = 2.0
"""Seconds by which wall clock and monotonic clock may differ between two ticks before it counts as a clock step."""
POSTPONED = timedelta(seconds=60)
"""Delay of a thread whose slot could not be submitted."""
PRUNING = 3600.0
"""Seconds between two prunings of old events."""

logger = logging.getLogger("heartbeat")


@dataclass
class Timer:
    """Starts scheduled beats while the stored switch is on, and takes over beats of dead processes, until `stop`.

    ``poll`` is the maximum sleep and ``watch`` the interval of checks for commits, both in seconds.
    It sleeps by the loop's monotonic clock and decides by the wall clock of the services.
    """

    services: Services
    runner: BeatRunner
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    poll: float = 5.0
    watch: float = 0.5

    def __post_init__(self) -> None:
        self._stopping = False
        self._changed: Callable[[], bool] = lambda: False
        self._clocks: tuple[datetime, float] | None = None
        self._no_recovery_before = 0.0
        self._kept: float | None = None
        self._pruned: float | None = None
        # False at the start and after a clock step, until `_realign` has succeeded.
        self._aligned = False
        self._tried: float | None = None
        self._failure: Failure | None = None
        self.ticked_at: datetime | None = None
        self.started_at: float | None = None

    async def run(self) -> None:
        """Tick until `stop`; an error in a tick is logged and does not end the loop."""
        self.started_at = asyncio.get_running_loop().time()
        await self._safely(self._begin_to_watch)
        while not self._stopping:
            rest = await self._safely(self.tick)
            if rest is not None:
                self._failure = None
            await self._rest(self.poll if rest is None else rest)

    async def _begin_to_watch(self) -> float:
        self._changed = await asyncio.to_thread(self.services.store.changes)
        return 0.0

    def stop(self) -> None:
        """Let `run` return; running beats are left to the runner."""
        self._stopping = True
        self.wake.set()

    def is_alive(self, patience: float) -> bool:
        """Return whether it has ticked in the last ``patience`` seconds; True before it starts and after `stop`.

        A tick that failed because of the database counts: a restarted process would fail too.
        """
        if self.started_at is None or self._stopping:
            return True
        last = max(each for each in (self.started_at, self._kept, self._tried) if each is not None)
        return asyncio.get_running_loop().time() - last <= patience

    async def _safely(self, work: Callable[[], Coroutine[None, None, float]]) -> float | None:
        try:
            return await work()
        except Exception as error:
            failure = failure_of(error)
            if failure is None or failure.kind is FailureKind.OTHER:
                logger.exception("the timer failed and goes on: %s", error, extra={"action": "timer_failed"})
                return None
            self._tried = asyncio.get_running_loop().time()
            if failure != self._failure:
                logger.error("the timer failed and goes on: %s", failure, extra={"action": "timer_failed"})
            self._failure = failure
            return None

    async def tick(self) -> float:
        """Start what is due; return the seconds until the next tick is needed."""
        now, store = self.services.clock(), self.services.store
        self._check_clocks(now)
        # After the machine was suspended, leases look expired, even those of runs that are active in this process.
        if self.services.keeper.is_behind:
            await asyncio.to_thread(self.services.keeper.catch_up)
        if not self._aligned:
            await self._realign()
            self._aligned = True
        await self._housekeeping(now)
        if self.runner.free < 1:
            return self.poll
        look = await asyncio.to_thread(store.read, due.look, now, self.runner.free)
        await self._recover(look.left_behind)
        for each in look.due:
            if self._stopping or self.runner.free < 1:
                break
            await self._submit(each)
        if look.due:
            return 0.0 if self.runner.free else self.poll
        if look.wake_at is None:
            return self.poll
        return min(self.poll, max(0.0, (look.wake_at - self.services.clock()).total_seconds()))

    async def _submit(self, each: Due) -> None:
        try:
            await self.runner.submit(each.thread_id, each.slot)
        except Exception as error:
            if failure_of(error) is not None:
                raise  # the database would fail for the next thread too; the next tick tries again
            logger.error(
                "thread %s cannot be started and waits a minute: %s",
                each.thread_id,
                error,
                # Heartbeat's own errors, such as an invalid config, recur every minute and need no traceback.
                exc_info=not isinstance(error, HeartbeatError),
                extra={"action": "submit_failed"},
            )
            store, until = self.services.store, self.services.clock() + POSTPONED
            await asyncio.to_thread(store.write, due.postpone, each.thread_id, until)

    def _check_clocks(self, now: datetime) -> None:
        monotonic = asyncio.get_running_loop().time()
        before, self._clocks = self._clocks, (now, monotonic)
        if before is None:
            return
        step = (now - before[0]).total_seconds() - (monotonic - before[1])
        if abs(step) < STEP:
            return
        logger.warning("the clock was set by %+.1f s", step, extra={"action": "clock_step"})
        # Leases may look expired now; living processes get the time of one lease to renew them.
        self._no_recovery_before = monotonic + self.services.store.lease.seconds
        self._aligned = False

    async def _realign(self) -> None:
        store = self.services.store
        await asyncio.to_thread(store.write, beats.shorten_leases, store.lease, self.services.clock())
        after = await self._realign_some("")
        while after is not None:
            after = await self._realign_some(after)

    async def _realign_some(self, after: str) -> str | None:
        now = self.services.clock()
        return await asyncio.to_thread(
            self.services.store.write, lambda session: timer.realign(session, now, after=after)
        )

    async def _housekeeping(self, now: datetime) -> None:
        monotonic = asyncio.get_running_loop().time()
        if self._kept is not None and monotonic - self._kept < self.poll:
            return
        store = self.services.store
        await asyncio.to_thread(store.write, timer.housekeeping, now, store.lease.owner)
        self._kept, self.ticked_at = monotonic, now
        if self._pruned is None or monotonic - self._pruned >= PRUNING:
            await asyncio.to_thread(store.write, events.prune)
            self._pruned = monotonic

    async def _recover(self, left_behind: list[int]) -> None:
        if asyncio.get_running_loop().time() < self._no_recovery_before:
            return
        for beat_id in left_behind:
            if self.runner.free < 1:
                return
            if beat_id not in self.runner.in_flight:
                await self.runner.recover(beat_id)

    async def _look_for_commits(self) -> float:
        return float(await asyncio.to_thread(self._changed))

    async def _rest(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + seconds
        # Yield to the event loop at least once, so that a busy timer does not starve the beats it started.
        await asyncio.sleep(0)
        while not self.wake.is_set() and (left := until - loop.time()) > 0:
            try:
                async with asyncio.timeout(min(left, self.watch)):
                    await self.wake.wait()
            except TimeoutError:
                if loop.time() < until and await self._safely(self._look_for_commits) != 0.0:
                    return
        self.wake.clear()
