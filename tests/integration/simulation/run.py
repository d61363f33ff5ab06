"""One simulation: a seed, a database, one to three processes, and everything that happens to them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, cast

from heartbeat.settings import Settings
from heartbeat.store import Lease
from tests.integration.simulation.beat import Fate, Run, StandIn
from tests.integration.simulation.file import Memo, SimulatedStore, locked, new_database
from tests.integration.simulation.invariants import LATE, Referee, Violation
from tests.integration.simulation.loop import Stuck, VirtualLoop
from tests.integration.simulation.mirror import Mirror
from tests.integration.simulation.oracle import Oracle
from tests.integration.simulation.process import POLL, Process
from tests.integration.simulation.scenario import Scenario

SLOTS = 200
LEASE = 30.0
_STARTS = (
    datetime(2026, 11, 2, 12, 0, tzinfo=UTC),
    datetime(2026, 3, 28, 23, 30, tzinfo=UTC),
    datetime(2026, 10, 25, 0, 10, tzinfo=UTC),
    datetime(2026, 12, 31, 23, 0, tzinfo=UTC),
)
_SETTLED = LATE + LEASE
_TAIL = 30


@dataclass(frozen=True)
class Report:
    """What a simulation came to."""

    seed: int
    slots: int
    beats: int
    told: int
    """How many beats a runner reported to have ended."""
    virtual: float
    cpu: float
    failure: str | None = None


class Simulation:
    """Everything that is not under test: time, fates, faults, and the record of what happened."""

    def __init__(
        self, seed: int, *, slots: int = SLOTS, verbose: bool = False, often: str | None = None
    ) -> None:
        self.seed, self.slots, self.verbose = seed, slots, verbose
        self.random = Random(seed)
        self.loop = VirtualLoop(Random(f"{seed} threads"))
        self._base = self.random.choice(_STARTS)
        self._offset = 0.0
        self._tail: deque[tuple[float, datetime, object]] = deque(maxlen=_TAIL)
        self._connection, sql = new_database()
        self.settings = Settings(lease_seconds=LEASE)
        self.concurrency = self.random.choice((1, 2, 4, 4))
        self.deadline = self.random.choice((90.0, 120.0, 180.0))
        self.patience = timedelta(seconds=self.random.choice((40, 120, 600)))
        self.locked_until = 0.0
        self.settled_at = 0.0
        self.switched_on = True
        self.calm = False
        self.outage: str | None = None
        self.broken: set[str] = set()
        self.pausing: set[str] = set()
        self.processes: list[Process] = []
        self.violation: str | None = None
        self._failed = self.loop.create_future()
        self._births = self._told = 0
        self.oracle = Oracle()
        self.referee = Referee(self, Mirror(sql), self.oracle)
        self._memo = Memo(sql)
        self.admin = SimulatedStore(
            self._connection,
            lease=Lease(LEASE, "admin"),
            refuse=self._refuse,
            committed=self._committed,
            memo=self._memo,
        )
        self.scenario = Scenario(self, often)

    @property
    def now(self) -> float:
        """Virtual seconds since the start; never stepped."""
        return self.loop.time()

    def clock(self) -> datetime:
        """Return what the wall clock shows."""
        return self._base + timedelta(seconds=self.now + self._offset)

    def note(self, what: object) -> None:
        """Keep what happened for the report."""
        self._tail.append((self.now, self.clock(), what))
        if self.verbose:
            print(_line(*self._tail[-1]))

    def step_clock(self, seconds: float) -> None:
        """Set the wall clock forwards or backwards."""
        self.referee.advance()
        self._offset += seconds
        if seconds < 0:
            self.oracle.set_back(self.clock())
            self.referee.set_back()
        self.settle_down(_SETTLED)

    def settle_down(self, seconds: float) -> None:
        """Expect nothing to be on time for so long."""
        self.settled_at = max(self.settled_at, self.now + seconds)

    def is_excused(self) -> bool:
        """Whether nothing can be on time now."""
        if self.now < self.settled_at or not self.switched_on:
            return True
        return not any(process.works and process.runner.free > 0 for process in self.processes)

    def is_locked(self) -> bool:
        return self.now < self.locked_until

    def _refuse(self, writing: bool) -> None:
        if writing and self.is_locked():
            raise locked()

    def _committed(self, call: tuple[Any, ...]) -> None:
        self.referee.committed(None, call)

    def start(self) -> Process:
        """Start one more process."""
        self._births += 1
        process = Process(
            f"process-{self._births}",
            self._connection,
            settings=self.settings,
            clock=self.clock,
            is_locked=self.is_locked,
            committed=self.referee.committed,
            runner=lambda process: StandIn(process.services, cast("Any", None), self, process),
            concurrency=self.concurrency,
            deadline=self.deadline,
            finished=self._finished,
            memo=self._memo,
        )
        self.processes.append(process)
        return process

    def _finished(self) -> None:
        self._told += 1
        self.referee.check()

    def fate(self, run: Run) -> Fate:
        """Tell how a beat goes; the same for the same claim, whatever else happened."""
        dice = Random(f"{self.seed} {run.claim}")
        if self.calm:
            return Fate("none", dice.uniform(0.2, 5))
        seconds = dice.uniform(0.2, 4) if dice.random() < 0.85 else dice.uniform(5, 70)
        if run.thread_id in self.broken:
            return Fate("failed/model_error", dice.uniform(0.2, 2))
        if self.outage:
            return Fate(self.outage, dice.uniform(0.2, 2))
        ends = {
            "acted": 30,
            "none": 40,
            "skipped/unchanged": 8,
            "skipped/model_unreachable": 6,
            "failed/model_timeout": 5,
            "failed/internal": 3,
            "raises": 3,
            "asks": 6,
            "hangs": 1,
            "stalls": 3,
        }
        end = dice.choices(list(ends), list(ends.values()))[0]
        if end == "hangs":
            return Fate("none", self.deadline * 2)
        return Fate(end, dice.uniform(LEASE, 2.8 * LEASE) if end == "stalls" else seconds)

    async def _play(self) -> None:
        for _ in range(self.random.choice((1, 1, 2, 2, 3))):
            self.start()
        await self.scenario.play()
        self.scenario.rest()
        self.calm = True
        end = self.now + self.deadline + 2 * LEASE + 3 * LATE
        while self.now < end:
            await asyncio.sleep(POLL)
            self.referee.check()
        await asyncio.gather(*(process.stop(60) for process in self.processes))
        for process in self.processes:
            if process.runner.in_flight or process.tasks or process.runner.free != self.concurrency:
                self.referee.fail(
                    f"{process.name} leaves behind: {process.runner.in_flight}, {process.tasks}"
                )
        self.referee.check_whole()

    async def _run(self) -> None:
        play = asyncio.create_task(self._play())
        await asyncio.wait((play, self._failed), return_when=asyncio.FIRST_COMPLETED)
        if play.done():
            await play
        play.cancel()

    def fail(self, what: str) -> None:
        """End with a failure; the first one counts."""
        if self.violation is None:
            self.violation = what
            if not self._failed.done():
                self._failed.set_result(None)

    def _unhandled(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not all(process.works for process in self.processes):
            return
        self.fail(f"unhandled: {context.get('message')} {context.get('exception')!r}")

    def run(self) -> Report:
        """Play it to the end."""
        began = time.process_time()
        self.loop.set_exception_handler(self._unhandled)
        try:
            self.loop.run_until_complete(self._run())
        except Violation as violation:
            self.fail(str(violation))
        except Stuck as stuck:
            self.fail(str(stuck))
        virtual = self.now
        self.close()
        failure = None
        if self.violation is not None:
            replay = f"make simulate SEED={self.seed}"
            failure = "\n".join(
                (
                    f"seed {self.seed}, virtual second {virtual:.2f}: {self.violation}",
                    *(_line(*each) for each in self._tail),
                    f"To replay it: {replay}",
                )
            )
        cpu = time.process_time() - began
        beats = len(self.referee.rows)
        return Report(self.seed, self.oracle.total, beats, self._told, virtual, cpu, failure)

    def close(self) -> None:
        """End everything that still runs."""
        for process in self.processes:
            process.kill()

        async def end() -> None:
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

        # Those that are cancelled may not touch the database any more; what they still say does not count.
        self.loop.set_exception_handler(lambda *_: None)
        self.loop.run_until_complete(end())
        self.loop.close()
        self._connection.close()


def _line(now: float, wall: datetime, what: object) -> str:
    return f"{now:10.2f} {wall:%d %H:%M:%S}  {what}"


@contextmanager
def quiet() -> Iterator[None]:
    logger = logging.getLogger("heartbeat")
    before, logger.disabled = logger.disabled, True
    try:
        yield
    finally:
        logger.disabled = before


def simulate(seed: int, *, slots: int = SLOTS, verbose: bool = False, often: str | None = None) -> Report:
    """Run one seed."""
    with quiet():
        return Simulation(seed, slots=slots, verbose=verbose, often=often).run()
