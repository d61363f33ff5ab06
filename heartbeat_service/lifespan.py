"""The parts of a serving process, opened and closed together: database, checkpoints, runner, timer, events."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

from langgraph.checkpoint.base import BaseCheckpointSaver

from checkpoints import GroupCommitSaver, open_saver
from graph.heartbeat import compile_graph
from heartbeat.connections import Connections
from heartbeat.errors import PromptError
from heartbeat.private import exposed
from heartbeat.settings import Settings
from heartbeat.store.views import BeatDetail, BeatView
from heartbeat.token_file import TokenFileError
from heartbeat.vocabulary import ConnectionState
from heartbeat_decision.prompts import templates_of
from heartbeat_service.access import Access
from heartbeat_service.approval_keeper import ApprovalKeeper
from heartbeat_service.delivered import log_delivery
from heartbeat_service.deliverer import AT_ONCE_OF_ALL, Deliverer, Tried, targets_outside
from heartbeat_service.events import EventStream
from heartbeat_service.fetcher import Fetcher
from heartbeat_service.forgetter import Forgetter
from heartbeat_service.health import Health
from heartbeat_service.local_runner import LocalRunner
from heartbeat_service.metrics import Metrics, OutboxGauges, ProcessGauges
from heartbeat_service.notifying import telling
from heartbeat_service.plan_reader import PlanReader
from heartbeat_service.pruner import Pruner
from heartbeat_service.row_pruner import RowPruner
from heartbeat_service.runner import Runner, ignore
from heartbeat_service.throttle import Throttle
from heartbeat_service.ticking import Ticking
from heartbeat_service.timer import Timer
from heartbeat_service.tracing import open_tracing
from nodes.services import Services

READERS = 6
"""Read-only calls handled at the same time. More would not be answered sooner, and would delay beats."""
TRIALS = 4
"""Connections tried at the same time by calls; each may take as long as its target's time limit."""

logger = logging.getLogger("heartbeat")


@dataclass(frozen=True)
class Service:
    """The running service of one workspace; ``enabled`` says whether its timer starts beats."""

    services: Services
    saver: BaseCheckpointSaver[str]
    runner: LocalRunner
    timer: Timer
    deliverer: Deliverer
    fetcher: Fetcher
    plan_reader: PlanReader
    approval_keeper: ApprovalKeeper
    events: EventStream
    metrics: Metrics
    health: Health
    access: Access
    enabled: bool
    ending: asyncio.Event
    """Set when the process is told to stop: calls should not wait for a beat any more."""
    reading: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(READERS))
    """Held by a read-only call while it is handled."""
    trying: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(TRIALS))
    """Held by a call that tries a connection."""
    throttle: Throttle = field(default_factory=Throttle)
    """Counts the wrong tokens of each caller."""
    secret: str = field(default_factory=lambda: secrets.token_hex(32), repr=False)
    """What the process shows that it knows, so that nothing else is taken for it."""


@asynccontextmanager
async def open_service(
    settings: Settings,
    *,
    enabled: bool = True,
    on_finished: Callable[[BeatView], None] = ignore,
    services: Services | None = None,
) -> AsyncIterator[Service]:
    """Run the loops while the context is open; on exit, stop beats and deliveries within the drain time.

    Without ``enabled`` only manual beats are run; what is queued is delivered all the same, and
    approvals are looked after. ``on_finished`` is called
    with every beat of this process that has ended. ``services`` replace those built from the settings, and are closed
    too.

    Raises:
        SchemaTooNewError: the database was written by a newer version.
    """
    if services is None:
        services = await asyncio.to_thread(Services.from_settings, settings)
    try:
        await asyncio.to_thread(_warn, services)
        async with (
            open_tracing() as tracing,
            (checkpoints := open_saver(settings.checkpoints_path)) as saver,
            telling(services) as tell,
            services.model.connected(),
        ):
            places = {"database": services.store.place, "checkpoints": checkpoints.place}
            health = Health(places, services.clock, tell, poll=settings.poll_seconds)
            access = Access(settings, lambda: services.has_private)
            await asyncio.to_thread(_make_token, access)
            events, metrics = EventStream(services, lambda: access.key().mark), Metrics()

            def finished(beat: BeatDetail) -> None:
                metrics.finished(beat)
                tracing.finished(beat)
                on_finished(beat)

            runner = LocalRunner(
                Runner(services, compile_graph(saver)),
                concurrency=settings.concurrency,
                deadline=settings.beat_timeout,
                on_step=events.node_finished,
                on_finished=finished,
                around=tracing.beat,
            )
            timer = Timer(services, runner, wake=runner.wake, poll=settings.poll_seconds)

            def tried(each: Tried) -> None:
                metrics.tried(each)
                log_delivery(each.delivery)

            deliverer = Deliverer(
                services, partial(targets_outside, services), tried, poll=settings.poll_seconds
            )
            keeper = ApprovalKeeper(services, runner, poll=settings.poll_seconds)
            metrics.watch(ProcessGauges(services, runner, timer, health, enabled=enabled))
            metrics.watch(OutboxGauges(services, deliverer))
            fetcher = Fetcher(services, poll=settings.poll_seconds)
            plan_reader = PlanReader(services, poll=settings.poll_seconds)
            tending = _tending(services, saver)
            loops = [deliverer, keeper, *tending, *([timer, fetcher, plan_reader] if enabled else [])]
            parts = (runner, timer, deliverer, fetcher, plan_reader, keeper, events, metrics, health, access)
            async with (
                _background(health.run()),
                _background(events.run(), events.close),
                _ticking(loops, (runner, deliverer, fetcher, plan_reader), settings.drain_seconds),
            ):
                ending = asyncio.Event()
                try:
                    yield Service(services, saver, *parts, enabled, ending)
                finally:
                    ending.set()
    finally:
        services.store.close()


@asynccontextmanager
async def _background(
    work: Coroutine[None, None, None], close: Callable[[], None] = ignore
) -> AsyncIterator[None]:
    """Run work while the context is open; on exit, call ``close`` and cancel it."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        close()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def _ticking(
    loops: Sequence[Ticking],
    started: Iterable[LocalRunner | Deliverer | Fetcher | PlanReader],
    seconds: float,
) -> AsyncIterator[None]:
    """Run loops while the context is open; on exit, stop them and what they have started within ``seconds`` each."""
    ticking = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield
    finally:
        for loop in loops:
            loop.stop()
        # A tick may wait for a locked database; what it claims then has a lease.
        await asyncio.wait(ticking, timeout=seconds)
        for each in ticking:
            each.cancel()
        await asyncio.gather(*(each.drain(seconds) for each in started))


def _tending(services: Services, saver: GroupCommitSaver) -> tuple[Ticking, ...]:
    """Return the loops that delete what is not kept."""
    poll = services.settings.poll_seconds
    return (
        Forgetter(services, poll=poll),
        Pruner(services, saver, poll=poll),
        RowPruner(services, poll=poll),
    )


def _make_token(access: Access) -> None:
    """Make the token if it is demanded from the start; a file that cannot be used concerns callers alone."""
    try:
        access.key()
    except (TokenFileError, OSError) as error:
        said = "nobody can call the HTTP API: %s"
        logger.warning(said, error, extra={"action": "token_failed"})


def _warn(services: Services) -> None:
    """Log what would fail beats later or can be read by others; it can be fixed while the process runs."""
    try:
        unused = templates_of(services.settings).warning
    except PromptError as error:
        logger.warning("no beat can ask a model: %s", error, extra={"action": "invalid_prompt"})
    else:
        if unused is not None:
            logger.warning("%s", unused, extra={"action": "unused_prompt"})
    if (older := services.settings.older) is not None:
        logger.warning("%s To mend it: %s", *older, extra={"action": "older_setting"})
    shown = exposed(services.settings)
    if shown is not None:
        said = "%s can be read by other accounts of this machine, and this one may not change it"
        logger.warning(said, shown, extra={"action": "exposed"})
    _warn_of_connections(services.connections)
    for fault in services.plugins.faults:
        logger.warning("plug-in left out: %s", fault.said, extra={"action": "plugin_failed"})


def _warn_of_connections(connections: Connections) -> None:
    problem = connections.problem
    if problem is not None:
        said = "no connection of the file is used: %s"
        logger.warning(said, problem, extra={"action": "connection_faulty"})
    if (exposure := connections.exposure) is not None:
        logger.warning("%s", exposure, extra={"action": "exposed"})
    for each in connections.all:
        # What is wrong with the file as a whole is said once.
        if each.state == ConnectionState.FAULTY and not each.hidden and each.problem != problem:
            said = "connection %s is not used: %s"
            logger.warning(said, each.name, each.problem, extra={"action": "connection_faulty"})


@contextmanager
def worker_threads(concurrency: int) -> Iterator[None]:
    """Give the running loop enough threads: each beat, each delivery and the loops need one to read or write.

    On exit, work that hangs in one of the threads is not waited for.
    """
    loop = asyncio.get_running_loop()
    workers = ThreadPoolExecutor(2 * concurrency + 8 + AT_ONCE_OF_ALL, thread_name_prefix="heartbeat")
    loop.set_default_executor(workers)
    try:
        yield
    finally:
        workers.shutdown(wait=False, cancel_futures=True)
        # A closing loop waits for its default executor, and work may hang in this one for ever.
        loop.set_default_executor(ThreadPoolExecutor(1))
