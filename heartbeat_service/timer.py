"""The timer: a loop that passes due slots and wakes to a runner and sleeps until the next one."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from heartbeat.errors import HeartbeatError
from heartbeat.store import alignment, claims, due, inbox, outbox, timer, unreadable
from heartbeat.store.due import Due
from heartbeat.store.failure import failure_of
from heartbeat.store.unreadable import Unreadable
from heartbeat_service.port import BeatRunner
from heartbeat_service.ticking import Ticking
from nodes.services import Services

POSTPONED = timedelta(seconds=60)
"""Delay of a thread whose slot or wake could not be submitted."""
SEARCH_AGAIN = 60.0
"""Seconds after a search for cells that cannot be read, which found none, in which a failing tick makes no other."""
_BEGINNING = ""
"""What is before the id of every thread."""

logger = logging.getLogger("heartbeat")


@dataclass
class Timer(Ticking):
    """Starts scheduled beats and wakes while the stored switch is on, and takes over what dead processes left.

    It runs until `stop`. It decides by the wall clock of the services; running beats are left to the runner when it
    stops.
    """

    NAME: ClassVar[str] = "timer"

    services: Services
    runner: BeatRunner
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    poll: float = 5.0
    watch: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        self._no_recovery_before = 0.0
        # Threads that another program has written so that they cannot be read.
        self._unreadable: dict[str, Unreadable] = {}
        self._no_search_before = 0.0
        # The last thread that `_align` has looked at; None when it is through. It begins anew after a clock step.
        self._align_after: str | None = _BEGINNING

    async def tick(self) -> float:
        """Start what is due; return the seconds until the next tick is needed.

        A thread that cannot be read is left alone until it can, so that it stops no other.
        """
        try:
            return await self._tick()
        except Exception as error:
            if not unreadable.may_explain(error) or not await self._leave_unreadable():
                raise
            return 0.0

    async def _leave_unreadable(self) -> bool:
        """Look which threads cannot be read any more, and name them; return whether there are some."""
        monotonic = asyncio.get_running_loop().time()
        if monotonic < self._no_search_before:
            return False
        found: dict[str, Unreadable] = {}
        for search in (unreadable.of_threads, unreadable.one_by_one, unreadable.of_slots):
            found = await asyncio.to_thread(self.services.store.read, search)
            if found.keys() - self._unreadable.keys():
                break
        new = [cell for thread_id, cell in found.items() if thread_id not in self._unreadable]
        self._unreadable |= found
        if not new:
            self._no_search_before = monotonic + SEARCH_AGAIN
            if (of_all := await asyncio.to_thread(unreadable.search, self.services.store.read)) is not None:
                said = "no thread is started until it can be read: %s"
                logger.error(said, of_all, extra={"action": "row_unreadable"})
        for cell in new:
            said = "thread %s is left alone until it can be read: %s"
            logger.error(said, cell.thread, cell, extra={"action": "thread_unreadable"})
        return bool(new)

    async def _take_up_readable(self) -> None:
        """Look which of the threads that are left alone can be read again."""
        store, known = self.services.store, list(self._unreadable)
        found = await asyncio.to_thread(store.read, unreadable.of_threads, known)
        found = await asyncio.to_thread(store.read, unreadable.one_by_one, known) | found
        found = await asyncio.to_thread(store.read, unreadable.of_slots, known) | found
        if self._unreadable.keys() - found.keys():
            self._align_after = _BEGINNING
        self._unreadable = found

    async def _tick(self) -> float:
        now = self.services.clock()
        self._check_clocks(now)
        # After the machine was suspended, leases look expired, even those of runs that are active in this process.
        if self.services.keeper.is_behind:
            await asyncio.to_thread(self.services.keeper.catch_up)
        await self._align()
        await self._housekeeping(now)
        rest = await self._start_due(now)
        return rest if self._align_after is None else 0.0

    async def _start_due(self, now: datetime) -> float:
        """Start what is due as far as there are places; return the seconds until there may be more."""
        if self.runner.free < 1:
            return self.poll
        store = self.services.store
        look = await asyncio.to_thread(store.read, due.look, now, self.runner.free, self._unreadable)
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
            await asyncio.to_thread(store.write, due.postpone, each, until)

    def _check_clocks(self, now: datetime) -> None:
        step = self._clock_step(now)
        if not step:
            return
        logger.warning("the clock was set by %+.1f s", step, extra={"action": "clock_step"})
        # Leases may look expired now; living processes get the time of one lease to renew them.
        self._no_recovery_before = asyncio.get_running_loop().time() + self.services.store.lease.seconds
        self._align_after = _BEGINNING

    async def _align(self) -> None:
        """Correct what a wrong clock or an older version has written: one piece of the threads in each tick."""
        store, after = self.services.store, self._align_after
        if after is None:
            return
        if after == _BEGINNING:
            await asyncio.to_thread(store.write, claims.shorten_leases, store.lease, self.services.clock())
            await asyncio.to_thread(store.write, outbox.realign, self.services.clock())
            await asyncio.to_thread(store.write, inbox.realign_items, self.services.clock())
        now = self.services.clock()
        look = partial(alignment.look, now=now, after=after, without=self._unreadable)
        piece = await asyncio.to_thread(store.read, look)
        if piece.off:
            await asyncio.to_thread(store.write, alignment.correct, now, piece.off)
        self._align_after = piece.last

    async def _housekeeping(self, now: datetime) -> None:
        monotonic = asyncio.get_running_loop().time()
        if self._ticked is not None and monotonic - self._ticked < self.poll:
            return
        store = self.services.store
        if self._unreadable:
            await self._take_up_readable()
        await asyncio.to_thread(store.write, timer.housekeeping, now, store.lease.owner, self._unreadable)
        self._note_tick(now)

    async def _recover(self, left_behind: list[int]) -> None:
        if asyncio.get_running_loop().time() < self._no_recovery_before:
            return
        for beat_id in left_behind:
            if self.runner.free < 1:
                return
            if beat_id not in self.runner.in_flight:
                await self.runner.recover(beat_id)
