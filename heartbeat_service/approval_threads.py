"""LangGraph threads of beats that wait for approval: store the interrupt of each, and delete what is not needed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from langgraph.checkpoint.base import BaseCheckpointSaver

from graph.heartbeat import HeartbeatGraph, run_config
from heartbeat.errors import ConflictError, FenceLostError, NotFoundError
from heartbeat.store import approval_threads, approvals, beats
from heartbeat.store.approval_threads import Look, Place
from heartbeat.store.failure import failure_of
from nodes.context import Context
from nodes.services import Services

GRACE = timedelta(minutes=1)
"""How long after its beat has settled a LangGraph thread is left alone: the run that settled it may still be writing
its last checkpoint, where a client of LangGraph has resumed it."""
BATCH = 50
"""The most LangGraph threads of each kind that one call of `tend` takes on."""

logger = logging.getLogger("heartbeat")


@dataclass(frozen=True)
class ApprovalThreads:
    """Keeps the LangGraph threads of waiting beats as their rows say; does nothing without a checkpointer."""

    services: Services
    graph: HeartbeatGraph

    async def store(self, place: Place) -> None:
        """Store the interrupt of a waiting beat on the LangGraph thread of its own, from the beat's row."""
        if self._saver is None:
            return
        self.services.probe("before:interrupt")
        with suppress(ConflictError, FenceLostError, NotFoundError):  # it was answered or removed meanwhile
            await self.graph.ainvoke(
                {"beat_id": place.beat_id},
                run_config(place.thread_id, place.beat_id, place.langgraph_id),
                context=Context(services=self.services),
                durability=self.services.settings.durability,
            )
        self.services.probe("inside:interrupt")
        await asyncio.to_thread(self.services.store.write, approval_threads.note_stored, place.langgraph_id)
        self.services.probe("after:interrupt")
        await self.clear_if_settled(place)

    async def clear_if_settled(self, place: Place) -> None:
        """Delete the checkpoints of a LangGraph thread whose beat has settled or is gone.

        `tend` does it again after `GRACE`: a client that answers at the same moment may still leave some.
        """
        if self._saver is not None and await asyncio.to_thread(self._is_settled, place.beat_id):
            await self._delete(place.langgraph_id)

    async def clear_removed(self, thread_id: str) -> None:
        """Delete the checkpoints of a removed thread, and of its beats that waited."""
        for langgraph_id in await asyncio.to_thread(
            self.services.store.read, approval_threads.of_removed, thread_id
        ):
            await self._clear(langgraph_id)

    async def tend(self, now: datetime) -> Look:
        """Do what `approval_threads.look` finds, but for its answered beats, and return what it found.

        Expired approvals end, interrupts that are missing are stored, and what is left over of beats settled before
        `GRACE` is deleted. What fails for one beat is logged and does not keep the others; the next call tries again.
        """
        store = self.services.store
        look = await asyncio.to_thread(store.read, approval_threads.look, now, now - GRACE, BATCH)
        if look.expires_at is not None and look.expires_at <= now:
            await asyncio.to_thread(store.write, approvals.expire, now)
        for place in look.missing:
            await self._safely(self.store, place)
        for place in look.left_over:
            await self._safely(self._clear_left_over, place)
        return look

    async def _safely(self, work: Callable[[Place], Awaitable[None]], place: Place) -> None:
        try:
            await work(place)
        except Exception as error:
            if failure_of(error) is not None:
                raise  # the database would fail for the next one too
            logger.exception(
                "the LangGraph thread of beat %d is not as it should be: %s",
                place.beat_id,
                error,
                extra={"action": "approval_thread_failed"},
            )

    @property
    def _saver(self) -> BaseCheckpointSaver[str] | None:
        saver = self.graph.checkpointer
        return saver if isinstance(saver, BaseCheckpointSaver) else None

    async def _clear_left_over(self, place: Place) -> None:
        if await asyncio.to_thread(self._is_settled, place.beat_id):
            await self._clear(place.langgraph_id)

    async def _delete(self, langgraph_id: str) -> None:
        self.services.probe("before:clear")
        if self._saver is not None:
            await self._saver.adelete_thread(langgraph_id)
        self.services.probe("inside:clear")

    async def _clear(self, langgraph_id: str) -> None:
        await self._delete(langgraph_id)
        await asyncio.to_thread(self.services.store.write, approval_threads.note_cleared, langgraph_id)

    def _is_settled(self, beat_id: int) -> bool:
        try:
            row = self.services.store.read(beats.get, beat_id)
        except NotFoundError:
            return True
        return beats.is_settled(row)
