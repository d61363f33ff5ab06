"""One simulated process: a store, a runner and a timer of its own, which can be killed, stopped and frozen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from heartbeat.errors import HeartbeatError
from heartbeat.settings import Settings
from heartbeat.store import Lease, approvals
from heartbeat.store.approvals import Answer
from heartbeat.vocabulary import AnswerOrigin
from heartbeat_service.local_runner import LocalRunner, RunningBeat
from heartbeat_service.runner import Runner
from heartbeat_service.timer import Timer
from nodes.services import Services
from tests.integration.simulation.file import Memo, ProcessDied, SimulatedStore, locked
from tests.integration.simulation.loop import CALLER

POLL = 20.0
"""Seconds a timer rests at most; longer than in life, because every look costs real time."""


class Process:
    """A process of the one virtual machine."""

    def __init__(
        self,
        name: str,
        connection: Connection,
        *,
        settings: Settings,
        clock: Callable[[], datetime],
        is_locked: Callable[[], bool],
        committed: Callable[[Process, tuple[Any, ...]], None],
        runner: Callable[[Process], Runner],
        concurrency: int,
        deadline: float,
        finished: Callable[[], None],
        memo: Memo,
    ) -> None:
        self.name, self.frozen_until = name, 0.0
        self.tasks: set[asyncio.Task[Any]] = set()
        self.dead = self.stopping = False
        self._is_locked = is_locked
        self.store = SimulatedStore(
            connection,
            lease=Lease(settings.lease_seconds, name),
            refuse=self._refuse,
            committed=lambda call: committed(self, call),
            memo=memo,
        )
        self.services = Services(
            settings,
            self.store,
            model=cast("Any", None),
            targets={},
            sources=(),
            connections=cast("Any", None),
            clock=clock,
        )
        wake = asyncio.Event()
        self.runner = LocalRunner(
            runner(self),
            concurrency=concurrency,
            deadline=deadline,
            wake=wake,
            on_finished=lambda _: finished(),
        )
        self.timer = Timer(self.services, self.runner, wake=wake, poll=POLL, watch=POLL)
        self._run = self._spawn(self.timer.run)

    def _refuse(self, writing: bool) -> None:
        if self.dead:
            raise ProcessDied(self.name)
        if writing and self._is_locked():
            raise locked()

    def _spawn(self, work: Callable[[], Any]) -> asyncio.Task[Any]:
        context = copy_context()
        context.run(CALLER.set, self)
        return context.run(lambda: asyncio.get_running_loop().create_task(work(), context=context))

    @property
    def works(self) -> bool:
        """Whether it may be expected to look what is due."""
        now = asyncio.get_running_loop().time()
        return not (self.dead or self.stopping or self.frozen_until > now)

    def beat(self, thread_id: str) -> None:
        """Start a beat that a person asks for."""

        async def asked() -> None:
            # What admission or another process says to a person is no fault; the rows are what is checked.
            with suppress(HeartbeatError, ProcessDied, RuntimeError, TimeoutError, Exception):
                await self.runner.run_now(thread_id)

        self._spawn(asked)

    def answer(self, thread_id: str, beat_id: int, given: Answer) -> None:
        """Store a person's answer and carry it out, as `LocalRunner.start_answered` does."""

        async def answered() -> None:
            store, now = self.services.store, self.services.clock()
            with suppress(HeartbeatError, ProcessDied, DBAPIError):
                claim = await asyncio.to_thread(
                    store.write,
                    approvals.answer,
                    beat_id,
                    given,
                    by=AnswerOrigin.API,
                    lease=store.lease,
                    now=now,
                )
                await self.runner.wait_for(beat_id)
                self.runner._start(RunningBeat(thread_id, claim), places=0)

        self._spawn(answered)

    def freeze(self, seconds: float) -> None:
        """Stop it in its tracks, as SIGSTOP does; its clocks go on."""
        self.frozen_until = asyncio.get_running_loop().time() + seconds

    def kill(self) -> None:
        """End it as SIGKILL does: nothing of it reaches the database any more."""
        self.dead = True
        for task in list(self.tasks):
            task.cancel()

    def stop(self, seconds: float) -> asyncio.Task[None]:
        """End it as SIGTERM does: its beats come to rest between two steps."""
        self.stopping = True

        async def stop() -> None:
            self.timer.stop()
            await self._run
            await self.runner.drain(seconds)
            self.dead = True

        return self._spawn(stop)
