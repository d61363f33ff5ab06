"""Tell the owner: queue notices for delivery, and tell directly what the database cannot hold."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import uuid4

from heartbeat.notice import Notice, outgoing_of
from heartbeat.outgoing import Outgoing, TryResult
from heartbeat.store import notices
from heartbeat.store.failure import failure_of
from heartbeat.targets import Target
from heartbeat.vocabulary import TryEnd
from heartbeat_service.attempt import Attempt
from nodes.services import Services

WATCH = 2.0
"""Seconds between two looks."""
FAREWELL = 3.0
"""Seconds for which a process that stops waits for what it tells directly."""
TIME_LIMIT = 30.0
"""Seconds that one direct try may take."""

logger = logging.getLogger("heartbeat")


@asynccontextmanager
async def telling(services: Services) -> AsyncIterator[Callable[[Notice], None]]:
    """Queue what the owner wants to know while the context is open; nothing is queued while nobody would get it.

    Yield a function that tells directly what the database cannot hold: it is not claimed, and each process tells it.
    """
    notifying = Notifying(services)
    await asyncio.to_thread(notifying.start)
    looking = asyncio.create_task(notifying.run())
    try:
        yield notifying.tell
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking
        await notifying.close(FAREWELL)


@dataclass
class Notifying:
    """Queues notices for the connections that reach the owner; every process on a database may do it."""

    services: Services
    watch: float = WATCH
    _owners: Mapping[str, Target] = field(default_factory=dict, init=False)
    """The connections as they were at the last look: while the database fails, they cannot be read."""
    _telling: set[asyncio.Task[None]] = field(default_factory=set, init=False)

    def start(self) -> None:
        """Begin; of what happened before anybody could be told, only what still waits for approval is told."""
        if self._read_owners():
            self.services.store.write(notices.begin, self.services.clock())

    async def run(self) -> None:
        """Queue notices until cancelled; a failure to look is logged once."""
        failing = False
        while True:
            try:
                await self.look()
                failing = False
            except Exception as error:
                if not failing:
                    failure = failure_of(error)
                    logger.error(
                        "notices cannot be queued: %s",
                        failure or error,
                        exc_info=None if failure else error,
                        extra={"action": "notify_failed"},
                    )
                failing = True
            await asyncio.sleep(self.watch)

    async def look(self) -> None:
        """Queue what is to be told now."""
        store = self.services.store
        owners = await asyncio.to_thread(self._read_owners)
        if not owners:
            return
        if await asyncio.to_thread(store.read, notices.pending):
            await asyncio.to_thread(self.services.connections.follow, owners)
        while await asyncio.to_thread(store.read, notices.pending):
            taken = await asyncio.to_thread(
                store.write_durably,
                notices.take,
                self.services.clock(),
                owners=owners,
                public_url=self.services.settings.public_url,
            )
            if not taken.unfinished:
                return

    def tell(self, notice: Notice) -> None:
        """Give a notice to everybody at once, without a delivery; never waits."""
        outgoing = outgoing_of(notice, self.services.settings.public_url)
        for name, target in self._owners.items():
            task = asyncio.create_task(_tell(name, target, outgoing))
            self._telling.add(task)
            task.add_done_callback(self._telling.discard)

    async def close(self, seconds: float) -> None:
        """Wait so many seconds at most for what is told directly."""
        if not self._telling:
            return
        _, hanging = await asyncio.wait(self._telling, timeout=seconds)
        for task in hanging:
            task.cancel()

    def _read_owners(self) -> list[str]:
        connections = self.services.connections
        names, targets = connections.owner_targets(), connections.targets()
        self._owners = {name: targets[name] for name in names if name in targets}
        return list(self._owners)


async def give(target: Target, outgoing: Outgoing, seconds: float = TIME_LIMIT) -> TryResult:
    """Give a target something once, without a delivery; whatever goes wrong is a result."""
    loop = asyncio.get_running_loop()
    attempt = Attempt(seconds, loop.time() + seconds, loop.time, _ignore)
    return await attempt.deliver(target, outgoing, uuid4().hex)


async def _tell(name: str, target: Target, outgoing: Outgoing) -> None:
    result = await give(target, outgoing)
    if result.end != TryEnd.SENT:
        logger.error("%s was not told: %s", name, result.said, extra={"action": "notify_failed"})


def _ignore(_: str) -> None:
    pass
