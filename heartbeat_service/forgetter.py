"""The loop that goes on with forgetting connections where that was not finished, in every serving process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar

from heartbeat.connections.forgetting import Forgotten, go_on_with_all
from heartbeat_service.ticking import Ticking
from nodes.services import Services


def _ignore(_: Forgotten) -> None:
    pass


@dataclass
class Forgetter(Ticking):
    """Forgets what was begun to be forgotten, until `stop`; ``on_tried`` is called with how far each connection is.

    Whoever begins it also does it; here goes on what was killed, had to wait for another program, or for a run.
    """

    NAME: ClassVar[str] = "forgetter"

    services: Services
    on_tried: Callable[[Forgotten], None] = _ignore
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    poll: float = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        # It needs nothing at once, so it looks for no commits.
        self.watch = self.poll

    async def tick(self) -> float:
        """Go on with each connection for which something can be done; return the seconds until the next tick."""
        services = self.services
        for each in await asyncio.to_thread(
            go_on_with_all, services.settings, services.store, services.clock
        ):
            self.on_tried(each)
        self._note_tick(services.clock())
        return self.poll
