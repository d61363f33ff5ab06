"""The fetcher: a loop that looks at connections when they are due, each under a lease of its own."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

from heartbeat.connections import Connection
from heartbeat.daemon import run_in_daemon_thread
from heartbeat.errors import ConflictError, FenceLostError, HeartbeatError
from heartbeat.fetching import Fetch, FetchError, FetchResult
from heartbeat.fetching.http import RETRY_LIMIT
from heartbeat.instructions import masked_line
from heartbeat.store import inbox
from heartbeat.store.failure import failure_of
from heartbeat.store.inbox import LookClaim, Pace, Written
from heartbeat.text import sentence, truncate
from heartbeat_service.ticking import Ticking
from nodes.services import Services

AT_ONCE = 4
"""Connections that one process looks at at the same time."""
MARGIN = 30.0
"""Seconds by which the lease of a look is longer than its fetch may take."""
GRACE = 1.0
"""Seconds that a fetch gets to end by itself after its time is over."""
PRUNING = 3_600.0
"""Seconds between two prunings of the inbox."""
LONGEST_WAIT = timedelta(hours=1, minutes=6)
"""How long a connection that fails is left alone at most, unless its server asks for longer."""
_SAID_LIMIT = 300

logger = logging.getLogger("heartbeat")


@dataclass(frozen=True)
class Looked:
    """What a look at a connection came to: what it has written, or why it failed; neither if somebody else looks."""

    name: str
    written: Written | None = None
    failed: str | None = None
    problems: Sequence[str] = ()

    @property
    def is_busy(self) -> bool:
        """Whether somebody else looks at it just now."""
        return self.written is None and self.failed is None

    @property
    def sentence(self) -> str:
        """What came of it, for people."""
        if self.failed is not None:
            return self.failed
        if self.written is None:
            return "It is being looked at already."
        found = self.written
        parts = [f"{found.new} new", f"{found.changed} changed", f"{found.gone} gone"]
        more = f", {found.held_back} more at the next look" if found.held_back else ""
        return f"Looked: {', '.join(parts)}{more}."


def check_looked_at(connection: Connection) -> None:
    """Refuse a connection that cannot be looked at.

    Raises:
        ConflictError: it is faulty, or only something is sent to it.
    """
    if connection.fetch is None:
        said = connection.problem or "it is of a kind that is not looked at"
        raise ConflictError(f"{connection.name} cannot be looked at: {said}")


def ignore(_: Looked) -> None:
    """Do nothing."""


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
        # Nothing that others write has to be looked at sooner than it is due.
        self.watch = self.poll
        self._tasks: dict[str, asyncio.Task[Looked]] = {}
        self._pruned: float | None = None
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
        await asyncio.to_thread(self._keep, {name: each.private for name, each in looked_at.items()})
        due = await asyncio.to_thread(services.store.read, inbox.due, addresses, now)
        for name in due.names:
            if self._stopping or len(self._tasks) >= AT_ONCE:
                break
            if name not in self._tasks and name in looked_at:
                self._start(looked_at[name], addresses[name])
        await self._prune(now)
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
        await asyncio.to_thread(self._keep, {name: each.private for name, each in looked_at.items()})
        chosen = [name for name in (looked_at if names is None else names) if name in looked_at]
        if not only_due:
            for name in chosen:
                await asyncio.to_thread(services.store.write, inbox.ask, name, services.clock())
        places = asyncio.Semaphore(AT_ONCE)

        async def one(name: str) -> Looked:
            async with places:
                return await self._look(looked_at[name], addresses[name])

        return list(await asyncio.gather(*(one(name) for name in chosen)))

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

    async def _prune(self, now: datetime) -> None:
        monotonic = asyncio.get_running_loop().time()
        if self._pruned is None or monotonic - self._pruned >= PRUNING:
            await asyncio.to_thread(self.services.store.write, inbox.prune, now)
            self._pruned = monotonic

    def _keep(self, private: dict[str, bool]) -> None:
        store, now = self.services.store, self.services.clock()
        if not store.read(inbox.are_kept, private):
            store.write(inbox.keep, private, now)
        if store.read(inbox.snoozes_over, now):
            store.write(inbox.end_snoozes, now)

    def _start(self, connection: Connection, address: str) -> None:
        task = asyncio.create_task(self._look(connection, address))
        self._tasks[connection.name] = task

        def release_place(_: asyncio.Task[Looked]) -> None:
            del self._tasks[connection.name]
            self.wake.set()

        task.add_done_callback(release_place)

    async def _look(self, connection: Connection, address: str) -> Looked:
        """Claim a connection, fetch it and write what it shows; what fails is logged and recorded."""
        store, name, fetch = self.services.store, connection.name, connection.fetch
        claim: LookClaim | None = None
        try:
            if fetch is None:
                return Looked(name)
            seconds = _lease_of(fetch)
            claim = await asyncio.to_thread(
                store.write, inbox.claim, name, address, store.lease, self.services.clock(), seconds=seconds
            )
            if claim is None:
                return Looked(name)
            looked = await self._fetched(connection, fetch, claim)
        except asyncio.CancelledError:
            # The process stops: another one may look at once.
            if claim is not None:
                with suppress(FenceLostError):
                    await asyncio.to_thread(store.write, inbox.release, claim)
            raise
        except FenceLostError as error:
            logger.warning("look at %s was lost: %s", name, error, extra={"action": "fence_lost"})
            return Looked(name)
        except Exception as error:
            failure = failure_of(error)
            said = "look at %s could not be recorded: %s"
            logger.error(
                said,
                name,
                failure or error,
                exc_info=None if failure else error,
                extra={"action": "look_failed"},
            )
            return Looked(name, failed=sentence(str(failure or error)))
        self.on_looked(looked)
        return looked

    async def _fetched(self, connection: Connection, fetch: Fetch, claim: LookClaim) -> Looked:
        store, name = self.services.store, connection.name
        try:
            result = await _called(fetch, self.services, claim)
        except FetchError as error:
            return await self._failed(claim, str(error), error.retry_after)
        except TimeoutError:
            return await self._failed(claim, f"No answer within {fetch.time_limit:g} s.", None)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plug-in may raise anything
            known = isinstance(error, HeartbeatError)
            return await self._failed(
                claim, str(error) if known else f"{type(error).__name__}: {error}", None
            )
        now = self.services.clock()
        written = await asyncio.to_thread(
            store.write,
            inbox.write,
            claim,
            result,
            now,
            every=connection.every or 0,
            oldest=connection.oldest(now),
        )
        return Looked(name, written, problems=tuple(map(masked_line, result.problems)))

    async def _failed(self, claim: LookClaim, said: str, wait: float | None) -> Looked:
        told = truncate(masked_line(said), _SAID_LIMIT)
        store, now = self.services.store, self.services.clock()
        await asyncio.to_thread(
            store.write, inbox.failed, claim, sentence(told), now, wait=wait, jitter=self.jitter()
        )
        logger.warning(
            "connection %s could not be looked at: %s", claim.name, told, extra={"action": "look_failed"}
        )
        return Looked(claim.name, failed=sentence(told))


def _lease_of(fetch: Fetch) -> float:
    """Return the seconds for which a look holds its connection."""
    return fetch.time_limit + MARGIN


def _pace(connection: Connection, wait: timedelta) -> Pace:
    every = timedelta(seconds=connection.every or 0)
    lease = timedelta(seconds=0 if connection.fetch is None else _lease_of(connection.fetch))
    return Pace(every, max(wait, every), lease)


async def _called(fetch: Fetch, services: Services, claim: LookClaim) -> FetchResult:
    """Call a fetch in a daemon thread, which is given up when its time is over.

    Raises:
        TimeoutError: it takes too long.
    """
    work = partial(fetch.fetch, services.clock(), claim.memo, fetch.time_limit)
    future = asyncio.wrap_future(run_in_daemon_thread(work, f"look-{claim.name}"))
    async with asyncio.timeout(fetch.time_limit + GRACE):
        return await future
