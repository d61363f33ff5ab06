"""What the suite asks of whoever makes runners."""

from __future__ import annotations

from typing import Protocol

from heartbeat.store import Refusal
from heartbeat.store.views import BeatView
from heartbeat_service.port import BeatRunner
from tests.support.world import World


class AnyRunner(BeatRunner, Protocol):
    """A runner that also runs a beat a person asks for."""

    async def run_now(self, thread_id: str, *, dry_run: bool = False) -> BeatView | Refusal:
        """Run it at once; who stops waiting for it does not stop it."""


class Workers(Protocol):
    """Makes runners, and ends them as an operating system would."""

    async def make(self, world: World, *, places: int = 4, deadline: float = 600.0) -> AnyRunner:
        """Return a runner of this world: of its database, its clock, its model, under its name."""

    async def kill(self, runner: AnyRunner) -> None:
        """End what it runs as SIGKILL does: no lease is ended, nothing is settled."""
