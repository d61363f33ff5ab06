"""Look at connections: claim one, fetch it and write what it shows; a failure is recorded and raises nothing."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from weakref import WeakKeyDictionary

from sqlmodel import Session

from heartbeat.connections import Connection
from heartbeat.daemon import run_in_daemon_thread
from heartbeat.errors import FenceLostError, HeartbeatError
from heartbeat.fetching import Fetch, FetchError, FetchResult
from heartbeat.instructions import masked_line
from heartbeat.store import Store, inbox, timer
from heartbeat.store.failure import failure_of
from heartbeat.store.inbox import LookClaim, Written
from heartbeat.text import sentence, truncate
from nodes.services import Services

AT_ONCE = 4
"""Connections that one process looks at at the same time."""
MARGIN = 30.0
"""Seconds by which the lease of a look is longer than its fetch may take."""
GRACE = 1.0
"""Seconds that a fetch gets to end by itself after its time is over."""
_SAID_LIMIT = 300

_RUNNING: WeakKeyDictionary[Store, dict[str, Future[FetchResult]]] = WeakKeyDictionary()
"""The last fetch of each connection in this process, by the database to which it belongs."""

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


def ignore(_: Looked) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Looker:
    """Looks at connections when it is told to; any number of them may work on a database.

    ``on_looked`` is called with what each look came to. ``jitter`` returns a number from 0 to 1.
    """

    services: Services
    on_looked: Callable[[Looked], None] = ignore
    jitter: Callable[[], float] = random.random

    def keep(self, looked_at: Mapping[str, Connection]) -> None:
        """Record which connections are looked at, and let items be new whose snooze is over."""
        store, now = self.services.store, self.services.clock()
        private = {name: each.private for name, each in looked_at.items()}
        if not store.read(inbox.are_kept, private):
            store.write(inbox.keep, private, now)
        if store.read(inbox.snoozes_over, now):
            store.write(inbox.end_snoozes, now)

    async def look_all(self, chosen: Iterable[tuple[Connection, str]]) -> list[Looked]:
        """Look at connections, each with the hash of its address, at most `AT_ONCE` at the same time."""
        places = asyncio.Semaphore(AT_ONCE)

        async def one(connection: Connection, address: str) -> Looked:
            async with places:
                return await self.look(connection, address)

        return list(await asyncio.gather(*(one(*each) for each in chosen)))

    async def look(self, connection: Connection, address: str) -> Looked:
        """Claim a connection, fetch it and write what it shows; what fails is logged and recorded."""
        store, name, fetch = self.services.store, connection.name, connection.fetch
        claim: LookClaim | None = None
        try:
            if fetch is None:
                return Looked(name)
            seconds = lease_of(fetch)
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
            # An error that nobody expected may quote what was fetched.
            quiet = type(error).__name__ if connection.private else error
            logger.error(
                said,
                name,
                failure or quiet,
                exc_info=None if failure or connection.private else error,
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
            if isinstance(error, HeartbeatError):
                return await self._failed(claim, str(error), None)
            kind = type(error).__name__
            logged = kind if connection.private else None
            return await self._failed(claim, f"{kind}: {error}", None, logged=logged)
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
        problems = (*written.problems, *result.problems)
        return Looked(name, written, problems=tuple(map(masked_line, problems)))

    async def _failed(
        self, claim: LookClaim, said: str, wait: float | None, *, logged: str | None = None
    ) -> Looked:
        """Record that a look failed; ``logged`` is what the log says of it, where that is not ``said``."""
        told = truncate(masked_line(said), _SAID_LIMIT)
        store, now = self.services.store, self.services.clock()
        await asyncio.to_thread(
            store.write, inbox.failed, claim, sentence(told), now, wait=wait, jitter=self.jitter()
        )
        logger.warning(
            "connection %s could not be looked at: %s",
            claim.name,
            logged or told,
            extra={"action": "look_failed"},
        )
        return Looked(claim.name, failed=sentence(told))


def lease_of(fetch: Fetch) -> float:
    """Return the seconds for which a look holds its connection."""
    return fetch.time_limit + MARGIN


async def _called(fetch: Fetch, services: Services, claim: LookClaim) -> FetchResult:
    """Call a fetch in a daemon thread, which is given up when its time is over.

    A thread cannot be stopped: while one that was given up still runs, its connection is not fetched again.

    Raises:
        FetchError: the fetch before it still runs.
        TimeoutError: it takes too long.
    """
    running = _RUNNING.setdefault(services.store, {})
    if claim.name in running and not running[claim.name].done():
        raise FetchError("The look before took too long, and has not ended yet.")
    work = partial(fetch.fetch, services.clock(), claim.memo, fetch.time_limit)
    running[claim.name] = run_in_daemon_thread(work, f"look-{claim.name}")
    future = asyncio.wrap_future(running[claim.name])
    async with asyncio.timeout(fetch.time_limit + GRACE):
        return await future


def look_first(services: Services, sources: Sequence[str] | None) -> list[Looked]:
    """Look at what is due of a thread with these ``sources``, if no process on the database does that.

    Nothing is raised: a beat goes on with what the inbox holds.
    """
    store = services.store
    try:
        if store.read(timer.is_ticking, services.clock()):
            return []
        looked_at = services.connections.looked_at()
        if not looked_at:
            return []
        looker, addresses = Looker(services), services.connections.look_addresses()
        looker.keep(looked_at)
        names = store.read(_due, addresses, services, sources)
        chosen = [(looked_at[name], addresses[name]) for name in names if name in looked_at]
        # asyncio.run needs a thread without a running loop; the caller may be inside one (a notebook).
        return run_in_daemon_thread(lambda: asyncio.run(looker.look_all(chosen)), "look-first").result()
    except Exception as error:
        failure = failure_of(error)
        said = "connections were not looked at before a beat: %s"
        logger.error(
            said, failure or error, exc_info=None if failure else error, extra={"action": "look_failed"}
        )
        return []


def _due(
    session: Session, addresses: Mapping[str, str], services: Services, sources: Sequence[str] | None
) -> list[str]:
    seen = inbox.visible(session, sources)
    due = inbox.due(session, {name: addresses[name] for name in seen if name in addresses}, services.clock())
    return due.names
