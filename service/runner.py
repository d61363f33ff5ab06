"""Runs beats: through the door, then through the graph, and picks up what a dead process left."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graph.heartbeat import HeartbeatGraph, run_config
from heartbeat.errors import ConflictError, FenceLostError
from heartbeat.store import Refusal, beats, views
from heartbeat.store.door import Trigger
from heartbeat.store.views import BeatView
from nodes.context import Context
from nodes.services import Services


@dataclass(frozen=True)
class Step:
    """A node that has finished, and what it found, in one sentence."""

    node: str
    found: str


OnStep = Callable[[Step], None]


def ignore(_: Step) -> None:
    """Show nothing."""


@dataclass(frozen=True)
class Runner:
    """Runs beats of this process on one graph, with a checkpointer or without."""

    services: Services
    graph: HeartbeatGraph

    async def beat(
        self,
        thread_id: str,
        trigger: Trigger = "manual",
        slot: datetime | None = None,
        *,
        dry_run: bool = False,
        on_step: OnStep = ignore,
    ) -> BeatView | Refusal:
        """Run one beat, or say which gate kept the door shut.

        A beat of the thread that a dead process left is finished first. For a person that is the beat they
        asked for: a second one at once could say the same in other words.
        """
        store = self.services.store
        for left in store.read(beats.left_behind, self.services.clock(), thread_id=thread_id):
            # Another process may be as quick to pick it up; then the door says that the thread is busy.
            with suppress(ConflictError, FenceLostError):
                finished = await self.go_on(left, on_step=on_step)
                if trigger == "manual":
                    return finished
        opened = store.open_beat(
            thread_id, trigger, slot, self.services.clock(), dry_run=dry_run, supervised=True
        )
        if isinstance(opened, Refusal):
            return opened
        return await self.go_on(opened.beat_id, on_step=on_step)

    async def go_on(self, beat_id: int, *, on_step: OnStep = ignore) -> BeatView:
        """Run a beat from what its row holds: a new one, one left behind, or one that was approved.

        Raises:
            NotFoundError: no such beat.
            ConflictError: another process holds it, or a person has to answer first.
            FenceLostError: another process took it over meanwhile.
        """
        thread_id = self.services.store.read(beats.get, beat_id).thread_id
        updates = self.graph.astream(
            {"beat_id": beat_id},
            run_config(thread_id, beat_id),
            context=Context(services=self.services),
            stream_mode="updates",
            durability=self.services.settings.durability if self.graph.checkpointer else None,
        )
        async for update in updates:
            for node, change in update.items():
                if isinstance(change, dict):
                    on_step(Step(node, _found(change)))
        return self.services.store.read(views.beat_view, beat_id)


def _found(change: dict[str, Any]) -> str:
    return str(change.get("found") or "")
