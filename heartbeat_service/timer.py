"""The timer: a thin loop that looks what is due, hands it to a runner, and rests until there is reason to look."""

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
"""Seconds by which wall clock and monotonic clock may drift apart between two looks."""
POSTPONED = timedelta(seconds=60)
PRUNING = 3600.0
"""Seconds between two times at which old events are forgotten."""

logger = logging.getLogger("heartbeat")


@dataclass
class Timer:
    """Starts scheduled beats while the stored switch is on, recovers what dead processes left, and never stops.

    ``poll`` and ``watch`` are seconds: how long it rests at most, and how often it asks whether anybody has
    committed. It rests on the loop's monotonic clock and decides on the wall clock of the services.
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
        # At the start, and after a step of the clock, until it has succeeded.
        self._aligned = False
        self._tried: float | None = None
        self._failure: Failure | None = None
        self.ticked_at: datetime | None = None
        self.started_at: float | None = None

    async def run(self) -> None:
        """Tick until `stop`; whatever goes wrong in a tick is logged, and the next one comes."""
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
        """Let `run` return; beats that run are the runner's."""
        self._stopping = True
        self.wake.set()

    def is_alive(self, patience: float) -> bool:
        """Whether it has ticked in the last so many seconds, as it should; True before it is started.

        A tick that the database has refused counts: another process would fare no better.
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
        """Do what is due; return for how many seconds nothing is."""
        now, store = self.services.clock(), self.services.store
        self._check_clocks(now)
        # After a suspension leases look as if they had run out, also those of runs that are still under way here.
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
                raise  # it would fail for the next thread too, and is tried again soon
            logger.error(
                "thread %s cannot be started and waits a minute: %s",
                each.thread_id,
                error,
                # What Heartbeat says itself needs no traceback: a config that is not allowed, every minute.
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
        # A lease may look as if it had run out; whoever lives renews it before the others believe it.
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
        # At least one turn of the loop, so that a busy timer does not starve the beats it started.
        await asyncio.sleep(0)
        while not self.wake.is_set() and (left := until - loop.time()) > 0:
            try:
                async with asyncio.timeout(min(left, self.watch)):
                    await self.wake.wait()
            except TimeoutError:
                if loop.time() < until and await self._safely(self._look_for_commits) != 0.0:
                    return
        self.wake.clear()
