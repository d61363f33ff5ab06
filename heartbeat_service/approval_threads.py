"""LangGraph threads of beats that wait for approval: store the interrupt of each, and delete what is not needed."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from langgraph.checkpoint.base import BaseCheckpointSaver

from graph.heartbeat import HeartbeatGraph, run_config
from heartbeat.errors import ConflictError, FenceLostError, NotFoundError
from heartbeat.store import approval_threads, beats
from heartbeat.store.approval_threads import Place
from heartbeat.vocabulary import ApprovalThreadState
from nodes.context import Context
from nodes.services import Services

GRACE = timedelta(minutes=1)
"""How long after its beat has settled a LangGraph thread is left alone: the run that settled it may still be writing
its last checkpoint, where a client of LangGraph has resumed it."""
BATCH = 50


@dataclass(frozen=True)
class ApprovalThreads:
    """Keeps the LangGraph threads of waiting beats as their rows say; does nothing without a checkpointer."""

    services: Services
    graph: HeartbeatGraph

    async def store(self, place: Place) -> None:
        """Store the interrupt of a waiting beat on the LangGraph thread of its own, from the beat's row."""
        if self._saver is None:
            return
        with suppress(ConflictError, FenceLostError, NotFoundError):  # it was answered or removed meanwhile
            await self.graph.ainvoke(
                {"beat_id": place.beat_id},
                run_config(place.thread_id, place.beat_id, place.langgraph_id),
                context=Context(services=self.services),
                durability=self.services.settings.durability,
            )
        await self._note(place, ApprovalThreadState.STORED)
        await self.clear_if_settled(place)

    async def clear_if_settled(self, place: Place) -> None:
        """Delete the checkpoints of a LangGraph thread whose beat has settled or is gone."""
        if self._saver is None or not await asyncio.to_thread(self._is_settled, place.beat_id):
            return
        await self._saver.adelete_thread(place.langgraph_id)
        await self._note(place, ApprovalThreadState.CLEARED)

    async def clear_all(self, thread_id: str) -> None:
        """Delete the checkpoints of all beats of a removed thread that waited."""
        if self._saver is None:
            return
        for langgraph_id in await asyncio.to_thread(
            self.services.store.read, approval_threads.of_thread, thread_id
        ):
            await self._saver.adelete_thread(langgraph_id)

    async def tend(self, now: datetime) -> None:
        """Store the interrupts that are missing, and delete what is left over of beats settled before `GRACE`."""
        if self._saver is None:
            return
        store = self.services.store
        for place in await asyncio.to_thread(store.read, approval_threads.missing, BATCH):
            await self.store(place)
        for place in await asyncio.to_thread(store.read, approval_threads.left_over, now - GRACE, BATCH):
            await self.clear_if_settled(place)

    @property
    def _saver(self) -> BaseCheckpointSaver[str] | None:
        saver = self.graph.checkpointer
        return saver if isinstance(saver, BaseCheckpointSaver) else None

    async def _note(self, place: Place, state: ApprovalThreadState) -> None:
        store = self.services.store
        await asyncio.to_thread(store.write, approval_threads.set_state, place.langgraph_id, state)

    def _is_settled(self, beat_id: int) -> bool:
        try:
            row = self.services.store.read(beats.get, beat_id)
        except NotFoundError:
            return True
        return beats.is_settled(row)
