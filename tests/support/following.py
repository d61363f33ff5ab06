"""An event loop whose monotonic clock follows the clock of a test, so that an hour takes no hour."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, TypeVar

T = TypeVar("T")


class FollowingLoop(asyncio.SelectorEventLoop):
    """Adds to its monotonic clock whatever the given wall clock has moved on since it was made."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._wall = clock
        self._began = clock()
        super().__init__()

    def time(self) -> float:
        return super().time() + (self._wall() - self._began).total_seconds()


def run_following(clock: Callable[[], datetime], work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in a `FollowingLoop`."""
    with asyncio.Runner(loop_factory=lambda: FollowingLoop(clock)) as runner:
        return runner.run(work)
