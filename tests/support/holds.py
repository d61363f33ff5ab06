"""Points at which a test holds a beat until it lets it go."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import Any

from tests.support.ollama import Say

PATIENCE = 90.0
"""Seconds after which what never comes is a failure; many, since a busy machine is slow."""
SOON = 30.0
"""Seconds within which something has ended that a limit of a few seconds ends, and nothing else for a minute."""


async def until(true: Callable[[], Any]) -> None:
    """Turn the loop until something is so; it is looked at the less often the longer it takes."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with asyncio.timeout(PATIENCE):
        while not true():
            await asyncio.sleep(min(0.1, max(0.005, (loop.time() - begun) / 10)))


@dataclass
class Hold:
    """Holds whoever comes to it; ``only`` says how many are held, those after them pass."""

    only: int = 1_000
    came: int = 0
    passed: int = 0
    _let_go: Event = field(default_factory=Event)

    async def reached(self, times: int = 1) -> None:
        """Wait until so many have come."""
        await until(lambda: self.came >= times)

    async def all_passed(self) -> None:
        """Wait until all who came have gone on."""
        await until(lambda: self.passed == self.came)

    def let_go(self) -> None:
        """Hold nobody any more."""
        self._let_go.set()

    def wait(self) -> None:
        """Come to the point, in a thread that may stand still."""
        self.came += 1
        if self.came <= self.only:
            assert self._let_go.wait(2 * PATIENCE), "a test has forgotten whom it holds"
        self.passed += 1

    def at(self, point: str) -> Callable[[str], None]:
        """Return a probe that holds at one of the points at which a step may stand still."""
        assert not point.endswith(":decide"), (
            "decide runs on the loop, which nothing may hold; hold its model"
        )

        def probe(here: str) -> None:
            if here == point:
                self.wait()

        return probe

    def model(self, reply: Callable[[], str]) -> Callable[[dict[str, Any]], Say]:
        """Return answers of a model that is silent while it is held."""

        def answer(_: dict[str, Any]) -> Say:
            said = reply()
            self.wait()
            return Say(said)

        return answer
