"""The fetcher: a loop that looks at connections when they are due, each under a lease of its own."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from heartbeat.connections import Connection
from heartbeat.errors import ConflictError
from heartbeat.fetching.http import RETRY_LIMIT
from heartbeat.store import inbox
from heartbeat.store.inbox import Pace
from heartbeat_service.ticking import Ticking
from nodes.looking import AT_ONCE, Looked, Looker, ignore, lease_of
from nodes.services import Services

LONGEST_WAIT = timedelta(hours=1, minutes=6)
"""How long a connection that fails is left alone at most, unless its server asks for longer."""


def check_looked_at(connection: Connection) -> None:
    """Refuse a connection that cannot be looked at.

    Raises:
        ConflictError: it is faulty, or only something is sent to it.
    """
    if connection.fetch is None:
        said = connection.problem or "it is of a kind that is not looked at"
        raise ConflictError(f"{connection.name} cannot be looked at: {said}")


@dataclass
class Fetcher(Ticking):
    """Looks at connections until `stop`; every process on a database may do it.

    ``on_looked`` is called with what each look came to. ``jitter`` returns a number from 0 to 1.
    """

    NAME: ClassVar[str] = "fetcher"

    services: Services
    on_looked: Callable[[Looked], None] = ignore
    jitter: Callable[[], float] = random.random
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    poll: float = 5.0
    watch: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        self._looker = Looker(self.services, self.on_looked, self.jitter)
        # Nothing that others write has to be looked at sooner than it is due.
        self.watch = self.poll
        self._tasks: dict[str, asyncio.Task[Looked]] = {}
        # How long a failing connection may have to wait, until the looks have been set right for that.
        self._misaligned: timedelta | None = timedelta(seconds=RETRY_LIMIT)

    async def tick(self) -> float:
        """Start the looks that are due; return the seconds until the next tick is needed."""
        services, now = self.services, self.services.clock()
        if self._clock_step(now):
            # A time for which a server wanted to be left alone is not kept either.
            self._misaligned = LONGEST_WAIT
        looked_at = await asyncio.to_thread(services.connections.looked_at)
        await self._realign(looked_at)
        addresses = await asyncio.to_thread(services.connections.look_addresses)
        await asyncio.to_thread(self._looker.keep, looked_at)
        due = await asyncio.to_thread(services.store.read, inbox.due, addresses, now)
        for name in due.names:
            if self._stopping or len(self._tasks) >= AT_ONCE:
                break
            if name not in self._tasks and name in looked_at:
                self._start(looked_at[name], addresses[name])
        self._note_tick(now)
        if due.wake_at is None:
            return self.poll
        return min(self.poll, max(0.0, (due.wake_at - services.clock()).total_seconds()))

    async def look_named(self, names: Iterable[str] | None = None, *, only_due: bool = False) -> list[Looked]:
        """Look at these connections, or all, and return what came of it; with ``only_due`` at those that are due."""
        services = self.services
        looked_at = await asyncio.to_thread(services.connections.looked_at)
        await self._realign(looked_at)
        addresses = await asyncio.to_thread(services.connections.look_addresses)
        await asyncio.to_thread(self._looker.keep, looked_at)
        chosen = [name for name in (looked_at if names is None else names) if name in looked_at]
        if not only_due:
            for name in chosen:
                await asyncio.to_thread(services.store.write, inbox.ask, name, services.clock())
        return await self._looker.look_all((looked_at[name], addresses[name]) for name in chosen)

    async def drain(self, seconds: float) -> None:
        """Wait for the looks that go on; after ``seconds`` leave the rest, whose leases expire."""
        tasks = list(self._tasks.values())
        if not tasks:
            return
        _, cut = await asyncio.wait(tasks, timeout=seconds)
        for task in cut:
            task.cancel()
        await asyncio.gather(*cut, return_exceptions=True)

    async def _realign(self, looked_at: Mapping[str, Connection]) -> None:
        """Set looks right that were written while the clock was ahead: at the start, and after a clock step."""
        wait = self._misaligned
        if wait is None:
            return
        paces = {name: _pace(each, wait) for name, each in looked_at.items()}
        await asyncio.to_thread(self.services.store.write, inbox.realign, paces, self.services.clock())
        self._misaligned = None

    def _start(self, connection: Connection, address: str) -> None:
        task = asyncio.create_task(self._looker.look(connection, address))
        self._tasks[connection.name] = task

        def release_place(_: asyncio.Task[Looked]) -> None:
            del self._tasks[connection.name]
            self.wake.set()

        task.add_done_callback(release_place)


def _pace(connection: Connection, wait: timedelta) -> Pace:
    every = timedelta(seconds=connection.every or 0)
    lease = timedelta(seconds=0 if connection.fetch is None else lease_of(connection.fetch))
    return Pace(every, max(wait, every), lease)
