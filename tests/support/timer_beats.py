"""Beats as a timer starts them: a slot is claimed, the graph runs with this project's saver, the end is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from checkpoints import open_saver
from graph.heartbeat import compile_graph
from heartbeat.store import due
from heartbeat.store.due import Due
from heartbeat_service.local_runner import LocalRunner
from heartbeat_service.runner import Runner
from tests.support.world import World


@dataclass
class TimerBeats:
    """Runs the beats of one thread, a minute apart."""

    world: World
    runner: LocalRunner

    def next_slot(self) -> Due:
        """Let a minute pass, and return the slot that is due then."""
        self.world.clock.move(minutes=1)
        (found,) = self.world.store.read(due.look, self.world.clock(), 10).due
        return found

    async def run(self, slot: Due | None = None) -> None:
        """Run a beat until its end is told."""
        slot = slot or self.next_slot()
        before = self.runner.in_flight
        await self.runner.submit(slot.thread_id, slot.slot)
        for beat_id in self.runner.in_flight - before:
            await self.runner.wait_for(beat_id)


@asynccontextmanager
async def timer_beats(world: World) -> AsyncIterator[TimerBeats]:
    """Yield how the beats of a workspace run; connections are looked at by somebody else."""
    async with open_saver(world.folder / "checkpoints.db") as saver:
        yield TimerBeats(world, LocalRunner(Runner(world.services, compile_graph(saver), look=False)))
