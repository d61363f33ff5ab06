"""Live events: what the database tells of every process, and each node of this process's beats as it finishes."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

from heartbeat.store import Store, events
from heartbeat.store.tables import Event
from nodes.services import Services
from service.runner import Step

WATCH = 0.2
"""Seconds between two looks whether anybody has committed, while somebody listens."""
PAGE = 500

logger = logging.getLogger("heartbeat")


@dataclass(frozen=True)
class LiveEvent:
    """One event. ``id`` is its number in the database; None for what is not kept (``beat.node``, ``reset``)."""

    id: int | None
    kind: str
    thread_id: str | None
    beat_id: int | None
    at: datetime
    data: dict[str, Any]

    @cached_property
    def json(self) -> str:
        """The event as the API sends it, worked out once for all readers."""
        body = {"thread_id": self.thread_id, "beat_id": self.beat_id, "at": self.at.isoformat(), **self.data}
        return json.dumps(body, ensure_ascii=False, default=str)


class DroppedError(Exception):
    """The reader was too slow; it can come back with the id of the last event it has."""


@dataclass(eq=False)
class _Reader:
    thread_id: str | None
    queue: asyncio.Queue[LiveEvent | None]
    dropped: bool = False

    def give(self, event: LiveEvent) -> None:
        if self.thread_id is not None and event.thread_id not in {None, self.thread_id}:
            return
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            # A reader that does not read must not hold a beat, nor fill the memory.
            self.dropped = True


@dataclass
class EventStream:
    """Gives events to any number of readers. ``buffer`` is how many a reader may be behind."""

    services: Services
    buffer: int = 1_000
    watch: float = WATCH
    _readers: set[_Reader] = field(default_factory=set, init=False)
    _last: int = field(default=0, init=False)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event, init=False)
    _closed: bool = field(default=False, init=False)
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    async def run(self) -> None:
        """Give what is committed to the readers, until cancelled; nothing is read while nobody listens."""
        changed: Callable[[], bool] = await asyncio.to_thread(self.services.store.changes)
        await asyncio.to_thread(changed)
        while True:
            await self._wanted.wait()
            try:
                if await asyncio.to_thread(changed):
                    async with self._reading:
                        await self._pass_on()
            except Exception as error:
                logger.exception("events could not be read: %s", error, extra={"action": "events_failed"})
            await asyncio.sleep(self.watch)

    def node_finished(self, step: Step) -> None:
        """Tell the readers of this process that a node has finished."""
        data = {"node": step.node, "found": step.found}
        event = LiveEvent(None, "beat.node", step.thread_id, step.beat_id, self.services.clock(), data)
        for reader in list(self._readers):
            reader.give(event)

    async def subscribe(
        self, *, thread_id: str | None = None, after: int | None = None
    ) -> AsyncIterator[LiveEvent]:
        """Yield events as they come; with ``after``, first all kept ones behind that number, in order, each once.

        Where some of those are not kept any more, ``reset`` comes first: look at everything anew.

        Raises:
            DroppedError: the reader was too slow.
        """
        reader = _Reader(thread_id, asyncio.Queue(self.buffer))
        live_after = await self._join(reader)
        try:
            if after is not None:
                async for event in self._kept(thread_id, after, live_after):
                    yield event
            while not (self._closed and reader.queue.empty()):
                if reader.dropped:
                    raise DroppedError
                live = await reader.queue.get()
                if live is None:
                    return
                if live.id is None or live.id > live_after:
                    yield live
        finally:
            self._readers.discard(reader)
            if not self._readers:
                self._wanted.clear()

    def close(self) -> None:
        """End every subscription."""
        self._closed = True
        for reader in list(self._readers):
            if reader.queue.full():
                reader.dropped = True
                reader.queue.get_nowait()
            reader.queue.put_nowait(None)

    async def _join(self, reader: _Reader) -> int:
        store = self.services.store
        async with self._reading:
            if not self._readers:
                self._last = await asyncio.to_thread(store.read, events.newest)
            self._readers.add(reader)
            self._wanted.set()
            return self._last

    async def _kept(self, thread_id: str | None, after: int, until: int) -> AsyncIterator[LiveEvent]:
        store = self.services.store
        oldest = await asyncio.to_thread(store.read, events.oldest)
        if after > until or after < oldest - 1:
            yield LiveEvent(None, "reset", None, None, self.services.clock(), {})
            after = min(after, until)
        while after < until:
            some = await asyncio.to_thread(store.read, events.since, after, PAGE, thread_id=thread_id)
            for row in some:
                if row.id is not None and row.id <= until:
                    yield _live(row)
            if len(some) < PAGE:
                return
            after = some[-1].id or until

    async def _pass_on(self) -> None:
        store: Store = self.services.store
        while some := await asyncio.to_thread(store.read, events.since, self._last, PAGE):
            for row in some:
                event = _live(row)
                for reader in list(self._readers):
                    reader.give(event)
            self._last = some[-1].id or self._last


def _live(row: Event) -> LiveEvent:
    return LiveEvent(row.id, row.kind, row.thread_id, row.beat_id, row.at, dict(row.data))
