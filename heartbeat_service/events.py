"""Live events: the database's events of every process, and each finished node of this process's beats."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple

from sqlmodel import Session

from heartbeat.store import events
from heartbeat.store.tables import Event
from heartbeat.vocabulary import EventKind, Node
from heartbeat_service.runner import Step
from nodes.services import Services

WATCH = 0.2
"""Seconds between two checks for new commits while there are readers."""
PACE = 0.05
"""Minimum seconds between two checks; events in between are delivered together."""
PATIENCE = 10.0
"""Maximum seconds between two attempts while the database cannot be read."""
LATE = 0.3
"""Maximum seconds that a beat's end is held back for its last node, which is reported just after the commit."""
PAGE = 500
"""Events read from the database at once."""
ENDS = frozenset({EventKind.BEAT_FINISHED, EventKind.APPROVAL_REQUESTED})
"""Kinds after which no more nodes of a run follow."""

logger = logging.getLogger("heartbeat")


def _anybody() -> str:
    return ""


@dataclass(frozen=True)
class LiveEvent:
    """One event. ``id`` is its number in the database; None for ``beat.node``, which is not stored."""

    id: int | None
    kind: EventKind
    thread_id: str | None
    beat_id: int | None
    at: datetime
    data: dict[str, Any]

    @cached_property
    def json(self) -> str:
        """The event's data as JSON, computed once for all readers."""
        body = {"thread_id": self.thread_id, "beat_id": self.beat_id, "at": self.at.isoformat(), **self.data}
        text = json.dumps(body, ensure_ascii=False, default=str)
        # A lone surrogate cannot be encoded as UTF-8; its escape means the same to a JSON parser.
        return text.encode("utf-8", "backslashreplace").decode()

    @cached_property
    def wire(self) -> bytes:
        """The event as a Server-Sent Event, computed once for all readers."""
        number = "" if self.id is None else f"id: {self.id}\r\n"
        return f"{number}event: {self.kind}\r\ndata: {self.json}\r\n\r\n".encode()


class DroppedError(Exception):
    """The reader was too slow; it can reconnect with the id of the last event it received."""


@dataclass(eq=False)
class Reader:
    """One reader and its queue of at most ``capacity`` events."""

    thread_id: str | None
    capacity: int
    mark: str = ""
    """What it was let in with."""
    after: int = 0
    """Events up to this number are not queued: they are too old, or read from the database."""
    dropped: bool = False
    waiting: list[LiveEvent] = field(default_factory=list)
    woken: asyncio.Event = field(default_factory=asyncio.Event)

    def wants(self, event: LiveEvent) -> bool:
        """Return whether the reader follows the event's thread, or the event belongs to no thread."""
        return self.thread_id is None or event.thread_id in {None, self.thread_id}

    def give(self, event: LiveEvent) -> None:
        """Queue an event; drop the reader if its queue is full."""
        if self.dropped or not self.wants(event) or (event.id is not None and event.id <= self.after):
            return
        if len(self.waiting) >= self.capacity:
            self.drop()
            return
        self.waiting.append(event)
        self.woken.set()

    def drop(self) -> None:
        """Stop queueing events: a slow reader must not delay beats or use up memory."""
        self.dropped = True
        self.waiting.clear()
        self.woken.set()

    def take(self) -> list[LiveEvent]:
        """Return the queued events and empty the queue."""
        taken, self.waiting = self.waiting, []
        self.woken.clear()
        return taken


class _Page(NamedTuple):
    rows: Sequence[Event]
    oldest: int


@dataclass
class EventStream:
    """Delivers events to any number of readers. ``buffer`` is the number of events a reader may be behind.

    ``admits`` returns the mark that readers need now; one that was let in with another is dropped, and is checked
    when it comes back. It may read the database.
    """

    services: Services
    admits: Callable[[], str] = _anybody
    buffer: int = 1_000
    watch: float = WATCH
    _readers: set[Reader] = field(default_factory=set, init=False)
    _steps: list[LiveEvent] = field(default_factory=list, init=False)
    _under_way: set[int] = field(default_factory=set, init=False)
    _last: int = field(default=0, init=False)
    _unread: bool = field(default=False, init=False)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _stepped: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _closed: bool = field(default=False, init=False)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def run(self) -> None:
        """Deliver committed events to the readers until cancelled; without readers the database is not read."""
        changed: Callable[[], bool] | None = None
        failures = 0
        while True:
            await self._wanted.wait()
            try:
                if changed is None:
                    changed = await asyncio.to_thread(self.services.store.changes)
                    self._unread = True
                # Events that a failed read left behind are read even without a new commit.
                is_new, mark = await asyncio.to_thread(self._look, changed)
                self._unread = is_new or self._unread
                for reader in [each for each in self._readers if each.mark != mark]:
                    reader.drop()
                async with self._reading:
                    await self._pass_on()
                failures = 0
            except Exception as error:
                failures += 1
                if failures == 1:
                    logger.exception("events cannot be read: %s", error, extra={"action": "events_failed"})
            await self._rest(failures)

    def node_finished(self, step: Step) -> None:
        """Queue a ``beat.node`` event for the readers of this process."""
        if not self._readers:
            return
        data = {"node": step.node, "found": step.found, "next": step.next, "path": list(step.path)}
        self._steps.append(
            LiveEvent(None, EventKind.BEAT_NODE, step.thread_id, step.beat_id, self.services.clock(), data)
        )
        if step.node == Node.SETTLE:
            self._under_way.discard(step.beat_id)
        else:
            self._under_way.add(step.beat_id)
        self._stepped.set()

    async def subscribe(
        self, *, thread_id: str | None = None, after: int | None = None
    ) -> AsyncIterator[LiveEvent]:
        """Yield events as they happen; with ``after``, first all stored events after that number, in order.

        If some of those were pruned, a ``reset`` event comes first: the reader should reload everything.

        Raises:
            DroppedError: the reader was too slow.
        """
        async with self.joined(thread_id=thread_id, after=after) as reading:
            async for some in reading.batches():
                for event in some:
                    yield event

    @asynccontextmanager
    async def joined(
        self, *, thread_id: str | None = None, after: int | None = None, mark: str = ""
    ) -> AsyncIterator[Subscription]:
        """Open a subscription that misses no event inside the context, even if it is read late.

        ``mark`` is what the reader was let in with.
        """
        reader = Reader(thread_id, self.buffer, mark)
        newest = await self._join(reader)
        try:
            yield Subscription(self, reader, newest, newest if after is None else after)
        finally:
            self._readers.discard(reader)
            if not self._readers:
                self._wanted.clear()
                self._steps.clear()
                self._under_way.clear()

    def close(self) -> None:
        """End every subscription."""
        self._closed = True
        for reader in list(self._readers):
            reader.woken.set()

    @property
    def readers(self) -> Collection[Reader]:
        """The current readers."""
        return self._readers

    @property
    def is_closed(self) -> bool:
        """Whether all subscriptions have been ended."""
        return self._closed

    async def page(self, after: int, thread_id: str | None = None) -> _Page:
        """Return stored events after a number, and the number of the oldest stored event at that moment."""
        return await asyncio.to_thread(self.services.store.read, _page, after, thread_id)

    def _look(self, changed: Callable[[], bool]) -> tuple[bool, str]:
        is_new = changed()
        # Asked last, so that nothing is passed on that is newer than the answer.
        return is_new, self.admits()

    async def _join(self, reader: Reader) -> int:
        store = self.services.store
        async with self._reading:
            newest = await asyncio.to_thread(store.read, events.newest)
            if not self._readers:
                self._last = newest
            # Events up to the newest number precede this reader, even if they have not been delivered yet.
            reader.after = newest
            self._readers.add(reader)
            self._wanted.set()
            return newest

    async def _pass_on(self) -> None:
        until = asyncio.get_running_loop().time() + LATE
        while self._unread:
            rows, oldest = await self.page(self._last)
            if oldest > self._last + 1:
                # Events were pruned before this process read them; readers that reconnect get a reset.
                for reader in list(self._readers):
                    reader.drop()
            for row in rows:
                event = live(row)
                if event.kind in ENDS:
                    if event.kind == EventKind.BEAT_FINISHED:
                        await self._nodes_told(event.beat_id, until)
                    self._give_steps(event.beat_id)
                self._give(event)
                self._last = row.id or self._last
            self._unread = len(rows) == PAGE
        self._give_steps()

    async def _nodes_told(self, beat_id: int | None, until: float) -> None:
        # A beat that failed or was cancelled has no last node, so the wait has a limit.
        loop = asyncio.get_running_loop()
        while beat_id in self._under_way and (left := until - loop.time()) > 0:
            self._stepped.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._stepped.wait()
        self._under_way.discard(beat_id or 0)

    def _give_steps(self, beat_id: int | None = None) -> None:
        # A beat's start is committed before its first node, so it was delivered already; its end follows the nodes.
        given = [each for each in self._steps if beat_id in {None, each.beat_id}]
        self._steps = [each for each in self._steps if beat_id not in {None, each.beat_id}]
        for each in given:
            self._give(each)

    def _give(self, event: LiveEvent) -> None:
        for reader in list(self._readers):
            reader.give(event)

    async def _rest(self, failures: int) -> None:
        if failures:
            await asyncio.sleep(min(PATIENCE, self.watch * 2 ** min(failures, 10)))
            return
        await asyncio.sleep(min(PACE, self.watch))
        with suppress(TimeoutError):
            async with asyncio.timeout(self.watch):
                await self._stepped.wait()
        self._stepped.clear()


@dataclass(frozen=True)
class Subscription:
    """One reader's position in the stream; it begins after the event with number ``after``."""

    stream: EventStream
    reader: Reader
    newest: int
    after: int

    @property
    def position(self) -> int:
        """The number to reconnect with before any event was read."""
        return min(self.after, self.newest)

    async def batches(self) -> AsyncIterator[list[LiveEvent]]:
        """Yield lists of all events available at a time.

        Raises:
            DroppedError: the reader was too slow.
        """
        if self.after > self.newest:
            # The number belongs to another database, or to the time before a backup was restored.
            yield [self._reset(self.newest)]
        async for some in self._kept():
            yield some
        reader = self.reader
        while True:
            if reader.dropped:
                raise DroppedError
            if some := reader.take():
                yield some
            elif self.stream.is_closed:
                return
            else:
                await reader.woken.wait()

    async def _kept(self) -> AsyncIterator[list[LiveEvent]]:
        after = self.after
        while after < self.newest and not self.stream.is_closed and not self.reader.dropped:
            rows, oldest = await self.stream.page(after, self.reader.thread_id)
            if oldest > after + 1:
                yield [self._reset(oldest - 1)]
            if some := [live(row) for row in rows if (row.id or 0) <= self.newest]:
                yield some
            after = rows[-1].id or self.newest if len(rows) == PAGE else self.newest

    def _reset(self, number: int) -> LiveEvent:
        return LiveEvent(number, EventKind.RESET, None, None, self.stream.services.clock(), {})


def live(row: Event) -> LiveEvent:
    """Return a row of the events table as a live event."""
    return LiveEvent(row.id, row.kind, row.thread_id, row.beat_id, row.at, dict(row.data))


def _page(session: Session, after: int, thread_id: str | None) -> _Page:
    return _Page(events.since(session, after, PAGE, thread_id=thread_id), events.oldest(session))
