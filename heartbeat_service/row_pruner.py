"""The loop that keeps the domain database bounded, in every serving process."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import ClassVar

from heartbeat.store import timer
from heartbeat.store.retention import Bite, Kept, bites
from heartbeat_service.ticking import Ticking
from nodes.services import Services

logger = logging.getLogger("heartbeat")


@dataclass
class RowPruner(Ticking):
    """Deletes old beats, deliveries, events, verdicts, and texts and items of the inbox, until `stop`.

    The first pass begins ``BEGIN`` seconds after the process. In a pass it rests for ``pause`` seconds after each
    bite, so that beats write theirs; between two passes for ``REST``. It rests as long after the clock went by
    ``STEP`` or more, and after a start when nothing has happened in the workspace for longer than that, since the
    clock may be wrong.
    """

    NAME: ClassVar[str] = "row pruner"
    BEGIN: ClassVar[float] = 60.0
    REST: ClassVar[float] = 3_600.0
    STEP: ClassVar[timedelta] = timer.SILENCE
    """A machine that sleeps makes smaller ones."""

    services: Services
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    poll: float = 5.0
    pause: float = 0.02

    def __post_init__(self) -> None:
        super().__post_init__()
        self.watch = self.REST
        self._began = self.services.clock()
        self._has_begun = False
        self._pass: Iterator[Bite] | None = None
        self._deleted = Counter[str]()
        self.longest = 0.0
        """For how many seconds a bite held the write lock at most."""

    async def tick(self) -> float:
        """Take the next bite; return the seconds until the next tick is needed."""
        services = self.services
        now = services.clock()
        self._note_tick(now)
        if abs(self._clock_step(now)) >= self.STEP.total_seconds():
            # What a wrong clock calls old is not deleted before somebody had the time to set it right.
            self._pass = None
            return self.REST
        if not self._has_begun:
            silent = await asyncio.to_thread(services.store.read, timer.silent_since, self._began)
            self._has_begun = True
            return self.BEGIN if silent is None else self.REST
        if self._pass is None:
            self._pass = bites(services.store, Kept.of(services.settings), services.clock, time.perf_counter)
        try:
            bite = await asyncio.to_thread(next, self._pass, None)
        except Exception:
            self._pass = None  # a generator that has raised goes on with nothing
            raise
        if bite is not None:
            self._deleted[bite.rows.value] += bite.number
            self.longest = max(self.longest, bite.seconds)
            return self.pause
        self._pass, deleted, self._deleted = None, +self._deleted, Counter()
        if deleted:
            said = ", ".join(f"{number} {rows}" for rows, number in deleted.items())
            logger.info("deleted what is not kept: %s", said, extra={"action": "rows_pruned"})
        return self.REST

    async def _begin_to_watch(self) -> float:
        return 0.0  # it needs nothing at once, so it looks for no commits
