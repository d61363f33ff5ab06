"""The deliverer: a loop that gives what is queued to targets outside, each try under a lease of its own."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Concatenate, ParamSpec, TypeVar

from sqlmodel import Session

from heartbeat.capabilities import Capabilities
from heartbeat.errors import FenceLostError
from heartbeat.log_context import bind_log_context
from heartbeat.outflow import OutflowPolicy
from heartbeat.outgoing import TryResult
from heartbeat.secrecy import is_private, mark_private, noting_private, told
from heartbeat.store import Lease, outbox, outflow
from heartbeat.store.failure import failure_of
from heartbeat.store.outbox import DeliveryClaim, DueDelivery
from heartbeat.store.tables import Delivery
from heartbeat.targets import Target, is_internal, is_searchable, public_kinds
from heartbeat.vocabulary import DeliveryStatus, TryEnd
from heartbeat_service.attempt import Attempt, capabilities_of, said
from heartbeat_service.ticking import Ticking
from nodes.services import Services

P = ParamSpec("P")
T = TypeVar("T")

AT_ONCE, AT_ONCE_OF_ALL = 2, 16
"""Tries at the same time in one process: at one target, and at all."""
MARGIN = 30.0
"""Seconds by which the lease of a delivery is longer than one try may take."""
PAUSE = 1.0
"""Seconds until a delivery is claimed again, or its end recorded again, where that led to nothing."""
RELEASE = 5.0
"""Maximum seconds for recording the tries that are cut off when a process stops."""
CUT_OFF = TryResult(TryEnd.PERHAPS, "the process was told to stop before the target had answered")

logger = logging.getLogger("heartbeat")


@dataclass(frozen=True)
class Tried:
    """What a try has made of a delivery: its row afterwards, the end of the try, and the seconds that it took.

    ``end`` and ``seconds`` are None where nothing was tried, since the time of the delivery was over.
    """

    delivery: Delivery
    end: TryEnd | None = None
    said: str = ""
    seconds: float | None = None


def ignore(_: Tried) -> None:
    """Do nothing."""


def targets_outside(services: Services) -> Mapping[str, Target]:
    """Return the targets outside by their names."""
    # A connection may be removed in between.
    found = {name: services.targets.get(name) for name in services.targets}
    return {name: target for name, target in found.items() if target is not None and not is_internal(target)}


@dataclass(frozen=True)
class _Claimed:
    """A delivery that is tried now; ``until`` is when its lease ends, by the event loop's clock."""

    claim: DeliveryClaim
    target: Target
    capabilities: Capabilities
    until: float

    @property
    def latest(self) -> float:
        """The latest instant at which a try can begin and end within the lease."""
        return self.until - self.capabilities.time_limit


@dataclass
class Deliverer(Ticking):
    """Delivers what is due to ``targets``, those outside by their names, until `stop`.

    Every process on a database may do it: a delivery is tried by whoever claims it. At most `AT_ONCE` tries at one
    target and `AT_ONCE_OF_ALL` in all go on at the same time. ``on_tried`` is called with what each has come to.
    """

    NAME: ClassVar[str] = "deliverer"

    services: Services
    targets: Callable[[], Mapping[str, Target]]
    on_tried: Callable[[Tried], None] = ignore
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    poll: float = 5.0
    watch: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._places: Counter[str] = Counter()
        self._faulty: dict[str, str] = {}
        self._stepped_at: float | None = None

    @property
    def in_flight(self) -> frozenset[int]:
        """Ids of the deliveries that this process tries now."""
        return frozenset(self._tasks)

    async def tick(self) -> float:
        """Start what is due; return the seconds until the next tick is needed."""
        now = self.services.clock()
        if self._clock_step(now):
            self._stepped_at = asyncio.get_running_loop().time()
        full = [target for target, taken in self._places.items() if taken >= AT_ONCE]
        follow = self.services.connections.follow
        await asyncio.to_thread(follow)
        look = await self._read(outbox.look, now, AT_ONCE_OF_ALL, each=AT_ONCE, without=full)
        targets = await asyncio.to_thread(self.targets) if look.due else {}
        if targets:
            # One of them may lead elsewhere since, and what is due was queued for where it led.
            await asyncio.to_thread(follow)
        for due in look.due:
            self._start(due, targets.get(due.target))
        self._note_tick(now)
        if look.wake_at is None:
            return self.poll
        return min(self.poll, max(0.0, (look.wake_at - self.services.clock()).total_seconds()))

    async def deliver_now(self, delivery_ids: Iterable[int]) -> Sequence[Delivery]:
        """Try these deliveries once, as far as they are due, and return them as they are then.

        Raises:
            NotFoundError: one of them does not exist.
        """
        rows = [await self._read(outbox.get, each) for each in delivery_ids]
        targets = await asyncio.to_thread(self.targets)
        await asyncio.to_thread(self.services.connections.follow, [row.target for row in rows])
        tries = (self._try(DueDelivery(row.id or 0, row.target), targets.get(row.target)) for row in rows)
        await asyncio.gather(*tries)
        return [await self._read(outbox.get, row.id or 0) for row in rows]

    async def drain(self, seconds: float) -> None:
        """Wait for the tries that go on; after ``seconds`` cut off the rest, which ends them as `perhaps`."""
        tasks = list(self._tasks.values())
        if not tasks:
            return
        _, cut = await asyncio.wait(tasks, timeout=seconds)
        for task in cut:
            task.cancel()
        if cut:
            # If the database is locked, the leases expire by themselves.
            await asyncio.wait(cut, timeout=RELEASE)

    def _start(self, due: DueDelivery, target: Target | None) -> None:
        is_full = len(self._tasks) >= AT_ONCE_OF_ALL or self._places[due.target] >= AT_ONCE
        if self._stopping or is_full or due.id in self._tasks:
            return
        task = asyncio.create_task(self._try(due, target))
        self._places[due.target] += 1
        self._tasks[due.id] = task

        def release_place(_: asyncio.Task[None]) -> None:
            del self._tasks[due.id]
            self._places[due.target] -= 1
            self.wake.set()

        task.add_done_callback(release_place)

    async def _try(self, due: DueDelivery, target: Target | None) -> None:
        """Claim a delivery, try it once and record the end; what fails is logged."""
        with noting_private():
            await self._try_noted(due, target)

    async def _try_noted(self, due: DueDelivery, target: Target | None) -> None:
        try:
            claimed = await self._claim(due, target)
            if claimed is not None:
                outgoing = claimed.claim.outgoing
                with bind_log_context(outgoing.thread_id, outgoing.beat_id):
                    await self._deliver(claimed)
        except FenceLostError as error:
            logger.warning("delivery %d was lost: %s", due.id, error, extra={"action": "fence_lost"})
        except Exception as error:
            failure = failure_of(error)
            logger.error(
                "delivery %d to %s could not be tried, or its end not recorded: %s",
                due.id,
                due.target,
                failure or told(error),
                exc_info=None if failure or is_private() else error,
                extra={"action": "delivery_failed"},
            )
            await asyncio.sleep(PAUSE)

    async def _claim(self, due: DueDelivery, target: Target | None) -> _Claimed | None:
        """Claim a delivery; None where there is nothing to try, which may be the end of the delivery."""
        loop, store = asyncio.get_running_loop(), self.services.store
        before = await self._read(outbox.get, due.id)
        if before.private:
            mark_private()
        capabilities = None if target is None else await self._capabilities(due.target, target)
        seconds = MARGIN + (capabilities.time_limit if capabilities else 0)
        if before.status == DeliveryStatus.SENDING and self._has_just_stepped(seconds):
            await asyncio.sleep(PAUSE)
            return None
        until = loop.time() + seconds
        claim, found, left = await asyncio.to_thread(
            store.write_durably,
            _claim_with_rows,
            due.id,
            store.lease,
            self.services.clock(),
            policy=await asyncio.to_thread(self._policy, due.target, capabilities),
            lease_seconds=seconds,
            capabilities=capabilities,
            searchable=target is not None and is_searchable(target),
        )
        if claim is None or target is None or capabilities is None:
            await self._tell_settled(found, left)
            return None
        return _Claimed(claim, target, capabilities, until)

    def _policy(self, name: str, capabilities: Capabilities | None) -> OutflowPolicy | None:
        """Return what is private while a target makes something public; None while it does not."""
        kinds = public_kinds(capabilities) if capabilities else ()
        if not kinds:
            return None
        return OutflowPolicy(
            self.services.connections.private_names(), lambda each: kinds if each == name else ()
        )

    def _has_just_stepped(self, seconds: float) -> bool:
        """Return whether the clock was set in the last ``seconds``: a lease may look expired, and its try go on."""
        now = asyncio.get_running_loop().time()
        return self._stepped_at is not None and now - self._stepped_at < seconds

    async def _capabilities(self, name: str, target: Target) -> Capabilities | None:
        try:
            found = await capabilities_of(target)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a target may be a plug-in
            problem = said(error)
            if self._faulty.get(name) != problem:
                logger.error(
                    "target %s does not say what it can do: %s",
                    name,
                    problem,
                    extra={"action": "target_faulty", "target": name},
                )
            self._faulty[name] = problem
            return None
        self._faulty.pop(name, None)
        return found

    async def _deliver(self, claimed: _Claimed) -> None:
        probe, loop = self.services.probe, asyncio.get_running_loop()
        probe("before:deliver")
        begun = loop.time()
        attempt = Attempt(claimed.capabilities.time_limit, claimed.latest, loop.time, probe)
        try:
            result = await self._attempt(attempt, claimed)
        except asyncio.CancelledError:
            await self._finish(claimed, CUT_OFF, loop.time() - begun)
            raise
        probe("after:deliver")
        await self._finish(claimed, result, loop.time() - begun)

    async def _attempt(self, attempt: Attempt, claimed: _Claimed) -> TryResult:
        claim, target = claimed.claim, claimed.target
        if claim.searching and is_searchable(target):
            return await attempt.search(target, claim.key)
        return await attempt.deliver(target, claim.outgoing, claim.key)

    async def _finish(self, claimed: _Claimed, result: TryResult, seconds: float) -> None:
        self.services.probe("before:finish")
        row = await self._record(claimed, result)
        self.services.probe("after:finish")
        self._tell(Tried(row, result.end, result.said, seconds))

    async def _record(self, claimed: _Claimed, result: TryResult) -> Delivery:
        """Record how a try ended; while the database fails, again until the lease runs out.

        Raises:
            FenceLostError: another process has taken the try to be over.
            DATABASE_ERRORS: the database cannot be written.
        """
        store, loop = self.services.store, asyncio.get_running_loop()
        while True:
            try:
                return await asyncio.to_thread(
                    store.write,
                    outbox.finish,
                    claimed.claim,
                    result,
                    claimed.capabilities,
                    searchable=is_searchable(claimed.target),
                    now=self.services.clock(),
                )
            except Exception as error:
                if failure_of(error) is None or loop.time() + PAUSE > claimed.until:
                    raise
            await asyncio.sleep(PAUSE)

    async def _tell_settled(self, before: Delivery, row: Delivery) -> None:
        """Tell what a claim that led to no try has recorded: a lease that ran out, no target, or the time over."""
        if row.tries != before.tries and row.status != DeliveryStatus.SENDING:
            last = row.tries[-1]
            self._tell(Tried(row, TryEnd(last["ended"]), last["said"]))
        elif row.finished_at != before.finished_at:
            self._tell(Tried(row))
        elif row.model_dump() == before.model_dump():
            # It may be due for another tick; without a rest the loop would not stop.
            await asyncio.sleep(PAUSE)

    def _tell(self, tried: Tried) -> None:
        try:
            self.on_tried(tried)
        except Exception as error:
            # The try is recorded, even if it cannot be reported.
            logger.exception("a try was not told: %s", error, extra={"action": "tell_failed"})

    async def _read(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.to_thread(lambda: self.services.store.read(work, *args, **kwargs))


def _claim_with_rows(
    session: Session,
    delivery_id: int,
    lease: Lease,
    now: datetime,
    *,
    policy: OutflowPolicy | None,
    lease_seconds: float,
    capabilities: Capabilities | None,
    searchable: bool,
) -> tuple[DeliveryClaim | None, Delivery, Delivery]:
    """Claim a delivery; return its row before and after too, so that what another process did is not told here.

    One that would make public what is private is cancelled instead.
    """
    before = Delivery(**outbox.get(session, delivery_id).model_dump())
    if policy is not None and outflow.forbid(session, delivery_id, policy, now):
        return None, before, outbox.get(session, delivery_id)
    claim = outbox.claim(
        session,
        delivery_id,
        lease,
        now,
        lease_seconds=lease_seconds,
        capabilities=capabilities,
        searchable=searchable,
    )
    return claim, before, outbox.get(session, delivery_id)
