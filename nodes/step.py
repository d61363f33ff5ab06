"""Wrap nodes: keep the lease, record the path, turn exceptions into outcomes."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import copy_context
from typing import Any, Protocol

from langchain_core.runnables import Runnable, RunnableConfig
from langgraph.errors import GraphBubbleUp
from langgraph.runtime import Runtime, get_runtime

from heartbeat.errors import ConflictError, FenceLostError, HeartbeatError
from heartbeat.instructions import mask_secrets
from heartbeat.log_context import bind_log_context
from heartbeat.secrecy import is_private, noting_private, told
from heartbeat.store.failure import failure_of
from heartbeat.text import sentence
from heartbeat.vocabulary import BeatStatus, Reason
from nodes.context import Context, services_of
from nodes.lease import CancelledOnLoss, KeptLease, OnLoss, ignore_loss
from nodes.services import Services
from nodes.state import BeatState, Update, ending, path_with
from nodes.view import StateView

logger = logging.getLogger("heartbeat")


class SyncNode(Protocol):
    """A node that works on disk and database."""

    __name__: str

    def __call__(self, state: BeatState, runtime: Runtime[Context]) -> Update:
        """Run the node and return its update."""
        ...


class AsyncNode(Protocol):
    """A node that waits for the network."""

    __name__: str

    def __call__(self, state: BeatState, runtime: Runtime[Context]) -> Awaitable[Update]:
        """Run the node and return its update."""
        ...


@contextmanager
def _log_context(state: BeatState) -> Iterator[None]:
    if state.get("claim") is None:
        yield
        return
    beat = StateView(state)
    private = bool((state.get("feed") or {}).get("private"))
    with bind_log_context(beat.thread_id, beat.claim.beat_id), noting_private(private=private):
        yield


def node(work: SyncNode) -> SyncNode:
    """Wrap a synchronous function as a node; under ``ainvoke`` LangGraph runs it in an executor thread."""

    @functools.wraps(work)
    def run(state: BeatState, runtime: Runtime[Context]) -> Update:
        services = services_of(runtime)
        name = work.__name__
        services.probe(f"before:{name}")
        with _log_context(state), keeping_lease(state, services) as lease, services.store.at():
            update = guarded(functools.partial(_run, work, state, runtime, lease))
            services.probe(f"after:{name}")
        return {**update, "path": path_with(state, name)}

    return run


class WaitingNode(Runnable[BeatState, Update]):
    """A coroutine function as a node that runs under ``invoke`` as well as ``ainvoke``.

    LangGraph traces it as a node; a function wrapped by LangChain would be traced once more within.
    """

    def __init__(self, work: AsyncNode) -> None:
        self._work = work
        self.name = work.__name__

    def invoke(self, input: BeatState, config: RunnableConfig | None = None, **kwargs: Any) -> Update:  # noqa: A002
        """Run the node in an event loop of its own."""
        # asyncio.run needs a thread without a running loop; the caller may be inside one (a notebook).
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(copy_context().run, asyncio.run, self.ainvoke(input)).result()

    async def ainvoke(self, input: BeatState, config: RunnableConfig | None = None, **kwargs: Any) -> Update:  # noqa: A002
        """Run the node."""
        state, runtime = input, get_runtime(Context)
        services, name = services_of(runtime), self._work.__name__
        services.probe(f"before:{name}")
        with _log_context(state), services.store.at():
            try:
                with CancelledOnLoss() as lost, keeping_lease(state, services, lost.lose) as lease:
                    if lease is not None and lease.is_due():
                        await asyncio.to_thread(lease.catch_up)
                    update = await self._work(state, runtime)
                    update = {**_renewed(state, lease), **update}
            except Exception as error:  # noqa: BLE001 - every failure is recorded on the beat
                update = failure(error)
        services.probe(f"after:{name}")
        return {**update, "path": path_with(state, name)}


def guarded(work: Callable[[], Update]) -> Update:
    """Run a node; an exception becomes an outcome as in `failure`."""
    try:
        return work()
    except Exception as error:  # noqa: BLE001 - every failure is recorded on the beat
        return failure(error)


def keeping_lease(
    state: BeatState, services: Services, on_loss: OnLoss = ignore_loss
) -> AbstractContextManager[KeptLease | None]:
    """Keep the lease of the run's beat until the context is left; yield None if the run has no beat.

    A runner also keeps it for the whole run. A run from outside (Studio, ``invoke``) has only its nodes to do so,
    which is why each of them first renews the lease if that is due.
    """
    if state.get("claim") is None:
        return nullcontext()
    beat = StateView(state)
    return services.keeper.keep(services.store, services.clock, beat.claim, beat.renewed_at, on_loss)


def _run(work: SyncNode, state: BeatState, runtime: Runtime[Context], lease: KeptLease | None) -> Update:
    if lease is not None:
        lease.catch_up()
    update = work(state, runtime)
    return {**_renewed(state, lease), **update}


def _renewed(state: BeatState, lease: KeptLease | None) -> Update:
    claim = state.get("claim")
    if claim is None or lease is None or lease.renewed_at.isoformat() == claim["renewed_at"]:
        return {}
    return {"claim": {**claim, "renewed_at": lease.renewed_at.isoformat()}}


def failure(error: Exception) -> Update:
    """Return how an error ends the beat, or raise it if it ends only the run."""
    if isinstance(error, GraphBubbleUp):
        raise error  # an interrupt is not a failure
    if isinstance(error, FenceLostError | ConflictError):
        raise error  # another process has the beat, so this run must not write any more
    text = mask_secrets(f"{type(error).__name__}: {error}")
    if isinstance(error, HeartbeatError):
        summary = f"{sentence(str(error))} {error.remedy}" if error.remedy else str(error)
        return ending(BeatStatus.FAILED, mask_secrets(summary), reason=error.reason, error=text)
    failure = failure_of(error)
    if failure is not None:
        message = mask_secrets(str(failure))
        logger.error("database failed: %s", message, extra={"action": "beat_failed"})
        return ending(BeatStatus.FAILED, message, reason=Reason.DATABASE, error=text)
    said = mask_secrets(told(error))
    traceback = None if is_private() else error
    logger.error("a node failed: %s", said, exc_info=traceback, extra={"action": "beat_failed"})
    return ending(
        BeatStatus.FAILED, "An unexpected error ended the beat.", reason=Reason.INTERNAL, error=text
    )
