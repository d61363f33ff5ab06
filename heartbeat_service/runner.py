"""Run beats: admit or take over a beat, then run the graph."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.runtime import RunControl

from graph.heartbeat import HeartbeatGraph, run_config
from graph.routes import next_node
from heartbeat.errors import ConflictError, FenceLostError, NotFoundError
from heartbeat.secrecy import noting_private
from heartbeat.store import Claim, Refusal, approval_threads, beats, claims, outset, unsettled, views
from heartbeat.store.approval_threads import Place
from heartbeat.store.outset import Outset
from heartbeat.store.views import BeatView
from heartbeat.threads import approval_langgraph_id, langgraph_thread_id
from heartbeat.vocabulary import BeatStatus, Node, Trigger
from heartbeat_service.approval_threads import ApprovalThreads
from heartbeat_service.spans import hidden_from_langsmith
from nodes.context import Context
from nodes.hand import Hand
from nodes.lease import CancelledOnLoss
from nodes.outflow import may_see_private
from nodes.services import Services

logger = logging.getLogger("heartbeat")


@dataclass(frozen=True)
class Step:
    """A finished node of a beat: what it found, in one sentence, and which node comes next.

    ``path`` lists the finished nodes of this run in order, this one included.
    """

    thread_id: str
    beat_id: int
    node: Node
    found: str
    next: Node | None = None
    path: tuple[Node, ...] = ()
    instructions_sha256: str | None = None
    """The hash of the instructions, if the node has read them."""


OnStep = Callable[[Step], None]


def ignore(*_: Any) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Runner:
    """Runs beats on one compiled graph, with or without a checkpointer."""

    services: Services
    graph: HeartbeatGraph
    look: bool = field(default=True, kw_only=True)
    """Whether a beat looks first at connections that are due, where no process does that."""

    @property
    def approval_threads(self) -> ApprovalThreads:
        """The LangGraph threads of the beats that wait for approval."""
        return ApprovalThreads(self.services, self.graph)

    async def beat(
        self,
        thread_id: str,
        *,
        dry_run: bool = False,
        on_step: OnStep = ignore,
        control: RunControl | None = None,
    ) -> BeatView | Refusal:
        """Run a manual beat, or return the refusal of the gate that was closed.

        Answers of the thread that a dead process has not carried out are carried out first.
        """
        await self.finish_answered(thread_id)
        opened = await asyncio.to_thread(self.open, thread_id, dry_run=dry_run)
        if isinstance(opened, Refusal):
            return opened
        return await self.go_on(thread_id, opened, on_step=on_step, control=control)

    def open(
        self, thread_id: str, *, dry_run: bool = False, known: bool = False, running: Collection[int] = ()
    ) -> Claim | Refusal:
        """Admit a manual beat, or take over the thread's unfinished one, and return the claim.

        A beat of the thread that a dead process left behind is taken over instead of starting a second one, which
        could act twice; but not one whose answer is still to be carried out: it runs beside others (see
        `finish_answered`). A dry run never takes over a beat that may act: it is refused, as is any beat while this
        process runs one of the thread. ``running`` holds the numbers of the beats that this process runs.

        Raises:
            NotFoundError: the thread does not exist, and ``known`` is true; otherwise it is created.
        """
        store = self.services.store
        self.services.keeper.catch_up()
        now = self.services.clock()
        answered = store.read(approval_threads.left_behind, now, thread_id=thread_id)
        for left in store.read(unsettled.left_behind, now, thread_id=thread_id):
            if left in answered or left in running or (dry_run and not store.read(beats.get, left).dry_run):
                continue
            # If another process takes it over first, admission refuses with busy.
            with suppress(ConflictError, FenceLostError):
                return store.write(claims.take_over, left, store.lease, now)
        return store.open_beat(
            thread_id, Trigger.MANUAL, None, now, dry_run=dry_run, supervised=True, known=known
        )

    async def finish_answered(self, thread_id: str) -> None:
        """Carry out the answers of a thread that a dead process left behind."""
        store = self.services.store
        now = self.services.clock()
        for left in await asyncio.to_thread(
            store.read, approval_threads.left_behind, now, thread_id=thread_id
        ):
            # Another process may take it over first.
            with suppress(ConflictError, FenceLostError):
                claim = await asyncio.to_thread(store.write, claims.take_over, left, store.lease, now)
                logger.info("carrying out the answer to beat %d", left, extra={"action": "recover"})
                await self.go_on(thread_id, claim)

    async def go_on(
        self,
        thread_id: str,
        claim: Claim,
        *,
        on_step: OnStep = ignore,
        control: RunControl | None = None,
        begun: Outset | None = None,
    ) -> BeatView:
        """Run a claimed beat from the state in its row: a new one, one left behind, or an answered one.

        ``control`` can stop it between two nodes. ``begun`` is what the claim has read already. The beat is returned
        in full if this run has settled it.

        Raises:
            NotFoundError: no such beat, or its thread was removed meanwhile; its checkpoints are removed then too.
            FenceLostError: another process took it over meanwhile.
            GraphDrained: it was stopped between two nodes and is not finished.
        """
        store = self.services.store
        # A new beat has not waited yet.
        own = await asyncio.to_thread(self._own_place, claim) if claim.fence > 1 else None
        try:
            now = self.services.clock()
            if begun is None:
                begun = await asyncio.to_thread(store.read, outset.of_beat, claim, now)
            hand = Hand(begun)
            await self._run(thread_id, claim, own, on_step, control, hand)
            beat: BeatView | None = hand.closed.detail if hand.closed is not None else None
            if beat is not None:
                # Its thread may have been removed since, and the run has written a checkpoint after that.
                await asyncio.to_thread(store.read, beats.check, claim.beat_id)
            else:
                beat = await asyncio.to_thread(store.read, views.beat_view, claim.beat_id)
            if own is not None:
                await self.approval_threads.clear_if_settled(own)
            elif beat.status == BeatStatus.AWAITING_APPROVAL:
                waits = await asyncio.to_thread(self._own_place, claim)
                if waits is not None:
                    await self.approval_threads.store(waits)
            return beat
        except NotFoundError:
            await self.forget(thread_id, claim.beat_id)
            raise

    async def forget(self, thread_id: str, beat_id: int | None = None) -> None:
        """Remove the checkpoints of a removed thread; a run of ``beat_id`` that ended later may have written one."""
        if isinstance(self.graph.checkpointer, BaseCheckpointSaver):
            await self.graph.checkpointer.adelete_thread(langgraph_thread_id(thread_id))
            if beat_id is not None:
                await self.graph.checkpointer.adelete_thread(approval_langgraph_id(thread_id, beat_id))
        await self.approval_threads.clear_removed(thread_id)

    def _own_place(self, claim: Claim) -> Place | None:
        return self.services.store.read(approval_threads.of_beat, claim.beat_id)

    async def _run(
        self,
        thread_id: str,
        claim: Claim,
        own: Place | None,
        on_step: OnStep,
        control: RunControl | None,
        hand: Hand,
    ) -> None:
        services = self.services
        with services.store.at(hand.outset.revisions):
            private = may_see_private(services, hand.outset)
        with (
            noting_private(private=private),
            hidden_from_langsmith() if private else nullcontext(),
            CancelledOnLoss() as lost,
            services.keeper.keep(services.store, services.clock, claim, services.clock(), lost.lose),
            services.store.at(hand.outset.revisions),
        ):
            updates = self.graph.astream(
                {"beat_id": claim.beat_id},
                run_config(thread_id, claim.beat_id, own.langgraph_id if own else None),
                context=Context(services=services, claim=claim, look=self.look, hand=hand),
                stream_mode="updates",
                durability=services.settings.durability if self.graph.checkpointer else None,
                control=control,
            )
            async for update in updates:
                for name, change in update.items():
                    if isinstance(change, dict):
                        on_step(_step(thread_id, claim.beat_id, Node(name), change))


def _step(thread_id: str, beat_id: int, node: Node, change: dict[str, Any]) -> Step:
    found, path = str(change.get("found") or ""), tuple(Node(name) for name in change.get("path") or ())
    sha256 = (change.get("instructions") or {}).get("sha256")
    return Step(thread_id, beat_id, node, found, next_node(node, change), path, sha256)
