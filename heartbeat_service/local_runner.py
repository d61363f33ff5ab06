"""A runner that runs beats as asyncio tasks of this process, a limited number at once, each with a deadline."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from datetime import datetime

from langgraph.errors import GraphDrained
from langgraph.runtime import RunControl

from heartbeat.errors import ConflictError, FenceLostError, NotFoundError
from heartbeat.instructions import mask_secrets
from heartbeat.log_context import bind_log_context
from heartbeat.secrecy import is_private, noting_private, told
from heartbeat.store import Claim, Outcome, Refusal, approval_threads, beats, claims, due, views
from heartbeat.store.approvals import Answer
from heartbeat.store.failure import failure_of
from heartbeat.store.outset import Outset
from heartbeat.store.views import BeatDetail, BeatView
from heartbeat.vocabulary import AnswerOrigin, BeatStatus, Node, Reason
from heartbeat_service.approval import accept
from heartbeat_service.runner import OnStep, Runner, Step, ignore

TAKEOVERS = 3
"""How often a beat is taken over before it fails: the beat itself may be what crashes its process."""
RELEASE = 5.0
"""Maximum seconds for releasing leases when a process stops."""

logger = logging.getLogger("heartbeat")


def _alone(thread_id: str, beat_id: int) -> AbstractContextManager[None]:
    return nullcontext()


@dataclass(eq=False)
class RunningBeat:
    """A beat that this process runs, and the claim under which it writes."""

    thread_id: str
    claim: Claim
    begun: Outset | None = None
    """What its claim has read already."""
    control: RunControl = field(default_factory=RunControl)
    path: tuple[Node, ...] = ()
    """The finished nodes of its run, in order."""
    instructions_sha256: str | None = None
    """The hash of the instructions that its run has read."""

    @property
    def beat_id(self) -> int:
        """The number of the beat."""
        return self.claim.beat_id


@dataclass
class LocalRunner:
    """Runs beats in this process.

    Scheduled beats and wakes share ``concurrency`` places; manual beats need none. ``deadline`` is the total number
    of seconds a beat may take. ``wake`` is set when a place becomes free. ``on_step`` is called with each node of a
    beat as it finishes, ``on_finished`` with each beat that has ended or awaits approval. A beat runs inside the
    context manager that ``around`` returns for its thread and its number.
    """

    runner: Runner
    concurrency: int = 4
    deadline: float = 600.0
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    on_step: OnStep = ignore
    on_finished: Callable[[BeatDetail], None] = ignore
    around: Callable[[str, int], AbstractContextManager[None]] = _alone

    def __post_init__(self) -> None:
        self._places = self.concurrency
        self._beats: dict[int, asyncio.Task[None]] = {}
        self._running: dict[int, RunningBeat] = {}

    @property
    def free(self) -> int:
        """Number of free places."""
        return self._places

    @property
    def in_flight(self) -> frozenset[int]:
        """Numbers of the beats that it runs."""
        return frozenset(self._beats)

    async def submit(self, thread_id: str, slot: datetime | None) -> None:
        """Claim a due slot, or for None a wake, and start its beat; without a free place nothing is claimed."""
        if self._places < 1:
            return
        services = self.runner.services
        with self._reserved():
            begun = await asyncio.to_thread(
                services.store.write, due.begin, thread_id, slot, services.clock(), lease=services.store.lease
            )
            if isinstance(begun, Outset):
                self._start(RunningBeat(thread_id, begun.claim, begun))
        if isinstance(begun, Refusal) and begun.beat_id is not None:
            await self._tell(begun.beat_id)

    async def recover(self, beat_id: int) -> None:
        """Take over a beat that a dead process left behind; without a free place nothing is done."""
        if beat_id in self._beats or self._places < 1:
            return
        # Another process may take it over first.
        with self._reserved(), suppress(NotFoundError, ConflictError):
            await self._recover(beat_id)

    async def start_now(self, thread_id: str, *, dry_run: bool = False, known: bool = False) -> int | Refusal:
        """Start a manual beat at once and return its number; it needs no free place.

        Raises:
            NotFoundError: the thread does not exist, and ``known`` is true; otherwise it is created.
        """
        services = self.runner.services
        for left in await asyncio.to_thread(
            services.store.read, approval_threads.left_behind, services.clock(), thread_id=thread_id
        ):
            await self.recover(left)
        opened = await asyncio.to_thread(
            self.runner.open, thread_id, dry_run=dry_run, known=known, running=self.in_flight
        )
        if not isinstance(opened, Refusal):
            self._start(RunningBeat(thread_id, opened), places=0)
            return opened.beat_id
        if opened.beat_id is not None:
            await self._tell(opened.beat_id)
        return opened

    async def run_now(self, thread_id: str, *, dry_run: bool = False) -> BeatView | Refusal:
        """Run a manual beat at once and return it when it has ended; cancelling the call does not stop the beat."""
        opened = await self.start_now(thread_id, dry_run=dry_run)
        return opened if isinstance(opened, Refusal) else await self.result_of(opened)

    async def start_answered(
        self, beat_id: int, given: Answer, *, by: AnswerOrigin = AnswerOrigin.API
    ) -> None:
        """Store the answer to an action that awaits approval, and resume its beat.

        A call that is cancelled does so all the same: an answer that is stored is carried out.

        Raises:
            NotFoundError: no such beat.
            ConflictError: the beat does not await approval (any more).
            InvalidValueError: the edited action is not allowed; the beat still awaits approval.
        """
        await asyncio.shield(self._accept_and_start(beat_id, given, by))

    async def _accept_and_start(self, beat_id: int, given: Answer, by: AnswerOrigin) -> None:
        thread_id, claim = await asyncio.to_thread(accept, self.runner.services, beat_id, given, by)
        self._start(RunningBeat(thread_id, claim), places=0)

    async def answer(self, beat_id: int, given: Answer, *, by: AnswerOrigin = AnswerOrigin.API) -> BeatView:
        """Call `start_answered`, and return the beat when it has ended."""
        await self.start_answered(beat_id, given, by=by)
        return await self.result_of(beat_id)

    async def result_of(self, beat_id: int) -> BeatView:
        """Wait until a beat does not run in this process (any more), and return it."""
        await self.wait_for(beat_id)
        return await asyncio.to_thread(self.runner.services.store.read, views.beat_view, beat_id)

    async def cancel(self, beat_ids: Iterable[int | None]) -> None:
        """Cancel beats whose rows were removed, and wait until they have stopped."""
        tasks = [self._beats[beat_id] for beat_id in beat_ids if beat_id in self._beats]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def wait_for(self, beat_id: int) -> None:
        """Wait until a beat does not run in this process (any more)."""
        task = self._beats.get(beat_id)
        if task is not None:
            await asyncio.wait([task])

    async def drain(self, seconds: float) -> None:
        """Stop beats between two nodes; after ``seconds`` cancel the rest and leave them to other processes."""
        for running in self._running.values():
            running.control.request_drain("the process was told to stop")
        tasks = list(self._beats.values())
        if tasks:
            await asyncio.wait(tasks, timeout=seconds)
        cut = [self._running[beat_id] for beat_id, task in self._beats.items() if not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if cut:
            # If the database is locked, the leases expire by themselves.
            await asyncio.wait([asyncio.create_task(self._leave(each)) for each in cut], timeout=RELEASE)

    async def _leave(self, running: RunningBeat) -> None:
        try:
            await self._release(running)
        except NotFoundError:
            await self.runner.forget(running.thread_id, running.beat_id)

    async def _recover(self, beat_id: int) -> None:
        services, store = self.runner.services, self.runner.services.store
        row = await asyncio.to_thread(store.read, beats.get, beat_id)
        now = services.clock()
        claim = await asyncio.to_thread(store.write, claims.take_over, beat_id, store.lease, now)
        running = RunningBeat(row.thread_id, claim)
        with bind_log_context(row.thread_id, beat_id):
            if row.takeovers >= TAKEOVERS:
                said = f"The beat was taken over {row.takeovers} times and never finished."
                await self._give_up(running, Outcome(BeatStatus.FAILED, said, Reason.INTERNAL))
                return
            said = "finishing beat %d, which %s left behind"
            logger.info(said, beat_id, row.lease_owner, extra={"action": "recover"})
            self._start(running)

    @contextmanager
    def _reserved(self) -> Iterator[None]:
        # Held during a claim, so that two concurrent claims do not use the same place.
        self._places -= 1
        try:
            yield
        finally:
            self._places += 1

    def _start(self, running: RunningBeat, *, places: int = 1) -> None:
        beat_id = running.beat_id
        before = self._beats.get(beat_id)
        self._places -= places
        task = asyncio.create_task(self._follow(before, running))
        self._beats[beat_id], self._running[beat_id] = task, running

        def release_place(_: asyncio.Task[None]) -> None:
            self._places += places
            if self._beats.get(beat_id) is task:
                del self._beats[beat_id], self._running[beat_id]
            self.wake.set()

        task.add_done_callback(release_place)

    async def _follow(self, before: asyncio.Task[None] | None, running: RunningBeat) -> None:
        if before is not None:
            # The previous run of the beat may still be ending when its slot is tried again, or its action answered.
            services = self.runner.services
            with services.keeper.keep(services.store, services.clock, running.claim, services.clock()):
                await asyncio.wait([before])
        await self._supervise(running)

    async def _supervise(self, running: RunningBeat) -> None:
        thread_id, beat_id = running.thread_id, running.beat_id
        with bind_log_context(thread_id, beat_id), noting_private(), self.around(thread_id, beat_id):
            logger.info("beat started", extra={"action": "beat_started"})
            try:
                await self._run(running)
            except NotFoundError as error:
                logger.warning("beat %d was removed: %s", beat_id, error, extra={"action": "beat_removed"})
                # The run may have written a checkpoint after the thread's checkpoints were removed.
                await self.runner.forget(thread_id, beat_id)

    async def _run(self, running: RunningBeat) -> None:
        def stepped(step: Step) -> None:
            running.path = step.path
            running.instructions_sha256 = step.instructions_sha256 or running.instructions_sha256
            self.on_step(step)

        try:
            async with asyncio.timeout(self.deadline) as limit:
                beat = await self.runner.go_on(
                    running.thread_id,
                    running.claim,
                    on_step=stepped,
                    control=running.control,
                    begun=running.begun,
                )
            if isinstance(beat, BeatDetail):
                self._report(beat)
            else:
                await self._tell_own(running)
        except GraphDrained:
            await self._release(running)
        except (FenceLostError, ConflictError) as error:
            _log_loss(running, error)
        except NotFoundError:
            raise
        except Exception as error:  # noqa: BLE001 - every error must be recorded in the beat's row
            await self._give_up(running, self._outcome(error, expired=limit.expired()))

    def _outcome(self, error: Exception, *, expired: bool) -> Outcome:
        text = mask_secrets(f"{type(error).__name__}: {error}")
        if expired:
            return Outcome(
                BeatStatus.FAILED, f"The beat took longer than {self.deadline:g} s.", Reason.DEADLINE, text
            )
        failure = failure_of(error)
        if failure is not None:
            said = mask_secrets(str(failure))
            # A beat that has settled keeps its outcome, so a later failure appears only in the log.
            logger.error("database failed: %s", said, extra={"action": "beat_failed"})
            return Outcome(BeatStatus.FAILED, said, Reason.DATABASE, text)
        said, traceback = mask_secrets(told(error)), None if is_private() else error
        logger.error("a run failed: %s", said, exc_info=traceback, extra={"action": "beat_failed"})
        return Outcome(BeatStatus.FAILED, "An unexpected error ended the beat.", Reason.INTERNAL, text)

    async def _give_up(self, running: RunningBeat, outcome: Outcome) -> None:
        services, claim = self.runner.services, running.claim
        try:
            now = services.clock()
            await asyncio.to_thread(
                services.store.write,
                beats.give_up,
                claim,
                outcome,
                now,
                path=running.path,
                instructions_sha256=running.instructions_sha256,
            )
            await self._tell_own(running)
        except FenceLostError as error:
            _log_loss(running, error)
        except NotFoundError:
            raise
        except Exception as error:  # noqa: BLE001 - the lease expires, and the beat is taken over
            said = "beat %d could not be settled: %s"
            logger.error(said, running.beat_id, told(error), extra={"action": "beat_failed"})

    async def _release(self, running: RunningBeat) -> None:
        services, claim = self.runner.services, running.claim
        try:
            has_ended = await asyncio.to_thread(services.store.write, claims.release, claim, services.clock())
            if has_ended:
                await self._tell_own(running)  # its run was stopped after its action
            else:
                logger.info("beat left to another process", extra={"action": "beat_left"})
        except FenceLostError as error:
            _log_loss(running, error)
        except NotFoundError:
            raise
        except Exception as error:  # noqa: BLE001 - the lease expires by itself
            said = "lease of beat %d not ended: %s"
            logger.warning(said, running.beat_id, error, extra={"action": "release"})

    async def _tell_own(self, running: RunningBeat) -> None:
        # An answered approval raises the fence too, which is no loss; its own run reports the end.
        beat = await asyncio.to_thread(self.runner.services.store.read, views.end_of, running.claim)
        if beat is not None:
            self._report(beat)

    async def _tell(self, beat_id: int) -> None:
        self._report(await asyncio.to_thread(self.runner.services.store.read, views.beat_detail, beat_id))

    def _report(self, beat: BeatDetail) -> None:
        if beat.status == BeatStatus.RUNNING:
            return  # another process has taken it over meanwhile
        with bind_log_context(beat.thread_id, beat.id):
            _log_end(beat)
            try:
                self.on_finished(beat)
            except Exception as error:
                # The beat is settled, even if it cannot be reported.
                logger.exception("the end of a beat was not told: %s", error, extra={"action": "tell_failed"})


def _log_loss(running: RunningBeat, why: object) -> None:
    logger.warning("beat %d was lost: %s", running.beat_id, why, extra={"action": "fence_lost"})


def _log_end(beat: BeatDetail) -> None:
    waits = beat.status == BeatStatus.AWAITING_APPROVAL
    logger.info(
        "beat waits for a person%s" if waits else "beat finished%s",
        # A summary quotes what was made.
        "" if beat.private else f": {beat.summary}",
        extra={
            "action": "approval_requested" if waits else "beat_finished",
            "trigger": beat.trigger,
            "status": beat.status,
            "reason": beat.reason,
            "duration_seconds": beat.duration_seconds,
        },
    )
