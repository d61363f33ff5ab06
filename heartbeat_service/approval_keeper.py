"""The loop that looks after beats that wait for approval, in every serving process."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import ClassVar

from heartbeat_service.approval_threads import ApprovalThreads
from heartbeat_service.local_runner import LocalRunner
from heartbeat_service.ticking import Ticking
from nodes.services import Services


@dataclass
class ApprovalKeeper(Ticking):
    """Ends expired approvals and keeps their LangGraph threads as their rows say, until `stop`.

    It also takes over the beats whose process died before it had carried out an answer: a person gave it, so that it
    does not wait for the timer to be switched on. It needs nothing at once, and so it looks for no commits.
    """

    NAME: ClassVar[str] = "approval_keeper"

    services: Services
    runner: LocalRunner
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    poll: float = 5.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self.watch = self.poll
        self._no_recovery_before = 0.0

    async def tick(self) -> float:
        """Do what is due; return the seconds until the next tick is needed."""
        now, loop = self.services.clock(), asyncio.get_running_loop()
        if self._clock_step(now):
            # Leases may look expired now; living processes get the time of one lease to renew them.
            self._no_recovery_before = loop.time() + self.services.store.lease.seconds
        # After the machine was suspended, leases look expired, even those of runs that are active in this process.
        if self.services.keeper.is_behind:
            await asyncio.to_thread(self.services.keeper.catch_up)
        look = await ApprovalThreads(self.services, self.runner.runner.graph).tend(now)
        if loop.time() >= self._no_recovery_before:
            for beat_id in look.answered:
                await self.runner.recover(beat_id)
        self._note_tick(now)
        if look.expires_at is None:
            return self.poll
        return min(self.poll, max(0.0, (look.expires_at - self.services.clock()).total_seconds()))
