"""An event loop whose time is virtual: it jumps to the next timer when there is nothing else to do."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Generator
from contextvars import ContextVar
from random import Random
from typing import Any, Protocol, TypeVarTuple, Unpack, cast

Ts = TypeVarTuple("Ts")
_TURNS = 20_000


class Stuck(BaseException):
    """The loop turns and turns while time stands still, or has nothing left to wait for."""


class Caller(Protocol):
    """The simulated process on whose behalf code runs."""

    frozen_until: float
    tasks: set[asyncio.Task[Any]]


CALLER: ContextVar[Caller | None] = ContextVar("CALLER", default=None)


class _Selector(selectors.SelectSelector):
    now, turns = 0.0, 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Stuck("nothing is left to wait for")
        self.turns = 0 if timeout > 0 else self.turns + 1
        if self.turns > _TURNS:
            raise Stuck(f"{_TURNS} turns of the loop while time stood still")
        self.now += max(0.0, timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs what is sent to threads itself, one piece after another, each after a seeded delay.

    The delay is what lets transactions of several processes come in any order. As with real threads, a piece
    is done even if whoever waited for it was cancelled. A frozen process gets nothing done until it thaws.
    """

    def __init__(self, random: Random) -> None:
        self._virtual = _Selector()
        self._random = random
        super().__init__(self._virtual)
        self.set_task_factory(_task)

    def time(self) -> float:
        return self._virtual.now

    def run_in_executor(
        self, executor: object, func: Callable[[Unpack[Ts]], Any], *args: *Ts
    ) -> asyncio.Future[Any]:
        future: asyncio.Future[Any] = self.create_future()
        caller = CALLER.get()

        def work() -> None:
            if caller is not None and caller.frozen_until > self.time():
                # It may be woken before its time.
                self.call_at(min(caller.frozen_until, self.time() + 1), work)
                return
            try:
                result = func(*args)
            except Exception as error:
                if not future.done():
                    future.set_exception(error)
                return
            if not future.done():
                future.set_result(result)

        dice = self._random.random()
        delay = 0.0 if dice < 0.8 else self._random.uniform(0.001, 0.05 if dice < 0.98 else 0.8)
        self.call_later(delay, work) if delay else self.call_soon(work)
        return future


def _task(
    loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, Any] | Generator[Any, None, Any], **more: Any
) -> asyncio.Future[Any]:
    task: asyncio.Task[Any] = asyncio.Task(cast("Coroutine[Any, Any, Any]", work), loop=loop, **more)
    caller = CALLER.get()
    if caller is not None:
        caller.tasks.add(task)
        task.add_done_callback(caller.tasks.discard)
    return task
