"""Whatever happens in whatever order, a delivery ends, and is not sent again where it may have arrived."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from heartbeat.errors import ConflictError, FenceLostError
from heartbeat.outgoing import TryResult
from heartbeat.store import Lease, Store, actions, outbox, threads
from heartbeat.store.outbox import DeliveryClaim
from heartbeat.store.tables import Action, Delivery
from heartbeat.vocabulary import ActionStatus, DeliveryReason, DeliveryStatus, TryEnd
from tests.integration.heartbeat.store.outbox.box import Box
from tests.integration.heartbeat.store.outbox.counterpart import SORTS, Counterpart, Sort
from tests.support.ollama import FakeOllama
from tests.support.world import World

pytestmark = pytest.mark.one_question

LEASE = 40.0
"""Seconds: the time limit of every counterpart and 30 more."""
WITHIN = 3600
_NAMES = count()

EFFECTS = ("none", "at once", "late")
ENDS = ("sent", "not_sent", "refused", "perhaps", "vanish")
seconds = st.sampled_from([0.0, 1.0, 9.0, 29.0, 31.0, 45.0, 70.0, 301.0, 901.0, 3601.0])
steps = st.one_of(
    st.tuples(st.just("wait"), seconds),
    st.tuples(st.just("try"), st.sampled_from([0, 1]), st.sampled_from(ENDS), st.sampled_from(EFFECTS)),
    st.tuples(st.just("begin"), st.sampled_from([0, 1])),
    st.tuples(st.just("end"), st.sampled_from(ENDS), st.sampled_from(EFFECTS)),
    st.tuples(st.just("person"), st.sampled_from(["cancel", "retry", "arrived", "lost"])),
    st.tuples(st.just("thread"), st.sampled_from(["pause", "resume"])),
)


@dataclass
class Doubt:
    """Whether one delivery may have arrived, kept beside the outbox and by other rules."""

    perhaps: bool = False
    first: datetime | None = None
    """When the first try began that may have arrived."""


@dataclass
class Scene:
    """One action of a beat with two deliveries to one counterpart, and all that happens to them."""

    box: Box
    sort: Sort
    target: str = field(default_factory=lambda: f"club{next(_NAMES)}")
    held: list[tuple[DeliveryClaim, datetime]] = field(default_factory=list)
    doubts: dict[int, Doubt] = field(default_factory=dict)
    told_lost: set[int] = field(default_factory=set)
    processes: ClassVar[tuple[Lease, Lease]] = (Lease(30, "one"), Lease(30, "two"))

    def __post_init__(self) -> None:
        self.box.can, self.box.searchable = self.sort.can, self.sort.searchable
        self.counterpart = Counterpart(self.sort)
        self.thread = self.box.world.thread(self.target)
        self.action: Action = self.box.act(self.target, f"{self.target}-b", thread=self.thread)
        self.ids = [row.id or 0 for row in self.rows()]
        self.doubts = {number: Doubt() for number in self.ids}

    @property
    def store(self) -> Store:
        return self.box.world.store

    @property
    def now(self) -> datetime:
        return self.box.now

    def rows(self) -> list[Delivery]:
        return self.store.read(outbox.of_actions, [self.action.id or 0])[self.action.id or 0]

    def step(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("wait", seconds):
                self.box.world.clock.move(seconds=seconds)
            case ("try", which, end, effect):
                self.begin(self.ids[which])
                self.end(end, effect)
            case ("begin", which):
                self.begin(self.ids[which])
            case ("end", end, effect):
                self.end(end, effect)
            case ("person", answer):
                for number in self.ids:
                    self.answer(number, answer)
            case ("thread", "pause"):
                self.store.write(threads.pause, self.thread, "holiday", self.now)
            case ("thread", "resume"):
                self.store.write(threads.resume, self.thread, self.now)
        self.check()

    def begin(self, number: int) -> None:
        """Let a process claim a delivery, and check that it may."""
        for row in self.rows():
            if row.status == DeliveryStatus.SENDING and row.lease_until and row.lease_until <= self.now:
                self.doubt(row.id or 0, row.tries[-1])
        claim = self.store.write(
            outbox.claim,
            number,
            self.processes[number % 2],
            self.now,
            lease_seconds=LEASE,
            capabilities=self.sort.can,
            searchable=self.sort.searchable,
        )
        if claim is None:
            return
        for other, until in self.held:
            assert other.delivery_id != number or until <= self.now, "two processes have one delivery"
        self.held.append((claim, self.now + timedelta(seconds=LEASE)))
        doubt = self.doubts[number]
        if claim.searching:
            return
        if doubt.perhaps and not self.sort.can.repeat:
            memory = self.sort.can.remembers_keys - self.sort.can.time_limit
            assert doubt.first is not None
            assert self.now <= doubt.first + timedelta(seconds=memory), (
                "sent again, though it may have arrived"
            )
        assert claim.outgoing.again is doubt.perhaps
        if not doubt.perhaps:
            doubt.first = self.now

    def doubt(self, number: int, entry: dict[str, Any]) -> None:
        """Note that a try may have arrived."""
        if not entry.get("search"):
            self.doubts[number].perhaps = True

    def end(self, end: str, effect: str) -> None:
        """Let the process that began first say, or not say, how its try ended; what is impossible is not done."""
        if not self.held:
            return
        claim, until = self.held.pop(0)
        if until <= self.now:
            # It comes back late, and is heard only where nobody has looked at the delivery since.
            if self._write(claim, TryEnd.PERHAPS) and not claim.searching:
                self.doubts[claim.delivery_id].perhaps = True
            return
        if claim.searching:
            self._end_search(claim, end)
            return
        if end in ("not_sent", "refused"):
            self._write(claim, TryEnd(end))
            return
        late = self.sort.settles if effect == "late" else timedelta()
        if effect != "none" or end == "sent":
            self.counterpart.take(claim.key, self.now, late=late if end != "sent" else timedelta())
        self.doubts[claim.delivery_id].perhaps = self.doubts[claim.delivery_id].perhaps or end == "perhaps"
        if end == "vanish":
            self.store.write(self._expire_lease, claim.delivery_id)
        else:
            self._write(claim, TryEnd(end))

    def _expire_lease(self, session: Any, number: int) -> None:
        """Let the lease of a process that died run out now, which makes its late effects as late as can be."""
        row = outbox.get(session, number)
        row.lease_until = self.now
        session.add(row)

    def _end_search(self, claim: DeliveryClaim, end: str) -> None:
        if end in ("perhaps", "refused"):
            self._write(claim, TryEnd(end))
        elif end == "vanish":
            self.store.write(self._expire_lease, claim.delivery_id)
        elif self.counterpart.has(claim.key, self.now):
            self._write(claim, TryEnd.SENT)
        elif self._write(claim, TryEnd.NOT_SENT):
            self.doubts[claim.delivery_id] = Doubt()

    def _write(self, claim: DeliveryClaim, end: TryEnd) -> bool:
        try:
            row = self.store.write(
                outbox.finish,
                claim,
                TryResult(end, "as the test says"),
                self.sort.can,
                searchable=self.sort.searchable,
                now=self.now,
            )
        except FenceLostError:
            return False
        if end == TryEnd.NOT_SENT and not claim.searching and not self.doubts[claim.delivery_id].perhaps:
            self.doubts[claim.delivery_id].first = None
        return row.fence == claim.fence

    def answer(self, number: int, answer: str) -> None:
        row = self.box.get(number)
        with suppress(ConflictError):
            match answer:
                case "cancel":
                    self.store.write(outbox.cancel, number, self.now)
                case "arrived":
                    self.store.write(outbox.settle, number, True, self.now)
                case "lost":
                    self.store.write(outbox.settle, number, False, self.now)
                    self._believe(number)
                case _:
                    self.store.write(outbox.retry, number, self.now)
                    if row.status in (DeliveryStatus.UNKNOWN, DeliveryStatus.FAILED):
                        self._believe(number)

    def _believe(self, number: int) -> None:
        self.doubts[number] = Doubt()
        self.told_lost.add(number)

    def check(self) -> None:
        """Check what holds at every instant."""
        rows = self.rows()
        [action] = self.store.read(actions.of_beat, self.action.beat_id)
        assert (action.status, action.reason) == expected(rows)
        for row in rows:
            is_open = row.status in outbox_open()
            assert is_open is (row.finished_at is None), row
            assert (row.status == DeliveryStatus.SENDING) is (row.lease_until is not None), row
            assert (row.status == DeliveryStatus.FAILED) is (row.reason is not None), row
            if row.status == DeliveryStatus.PENDING:
                assert row.next_try is not None
            if row.id not in self.told_lost:
                self.check_truth(row)

    def check_truth(self, row: Delivery) -> None:
        arrived = self.counterpart.count(row.key)
        if not self.sort.can.repeat:
            assert arrived <= 1, f"it arrived {arrived} times"
            if row.status == DeliveryStatus.FAILED:
                assert arrived == 0, "what failed, and may be done anew, has arrived"
        if row.status == DeliveryStatus.SENT and not row.by_person:
            assert arrived >= 1

    def drain(self) -> None:
        """Let time pass until nothing is open, at a target that never answers."""
        self.store.write(threads.resume, self.thread, self.now)
        for _ in range(400):
            look = self.store.read(outbox.look, self.now, 100)
            for due in look.due:
                self.begin(due.id)
                self.end("perhaps" if self.box.get(due.id).searching else "not_sent", "none")
                self.check()
            if not any(row.status in outbox_open() for row in self.rows()):
                return
            wakes = self.store.read(outbox.look, self.now, 100).wake_at
            assert wakes is not None or look.due, "an open delivery that nobody wakes for"
            if wakes is not None:
                self.box.world.clock.now = max(wakes, self.now)
        pytest.fail(f"these never end: {self.rows()}")


def outbox_open() -> frozenset[DeliveryStatus]:
    return frozenset({DeliveryStatus.PENDING, DeliveryStatus.SENDING, DeliveryStatus.HELD})


def expected(rows: list[Delivery]) -> tuple[ActionStatus, DeliveryReason | None]:
    """Return status and reason of the action of these deliveries, by other means than the product."""
    statuses = [row.status for row in rows]
    for status in (DeliveryStatus.SENT, DeliveryStatus.SENDING, DeliveryStatus.PENDING, DeliveryStatus.HELD):
        if status in statuses:
            return ActionStatus(status), None
    if DeliveryStatus.UNKNOWN in statuses:
        return ActionStatus.UNKNOWN, None
    order = {DeliveryReason.REFUSED: 0, DeliveryReason.EXPIRED: 1, DeliveryReason.CANCELLED: 2}
    return ActionStatus.FAILED, min((row.reason for row in rows if row.reason), key=order.__getitem__)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Box]:
    """Return one outbox for all examples, each of which has targets of its own."""
    folder: Path = tmp_path_factory.mktemp("outbox")
    ollama = FakeOllama()
    world = World(folder, ollama)
    yield Box(world)
    world.store.close()


@pytest.mark.parametrize("sort", SORTS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)
@given(script=st.lists(steps, max_size=15))
@example(script=[("try", 0, "vanish", "late"), ("wait", 31.0), ("try", 0, "perhaps", "at once")])
@example(script=[("try", 0, "perhaps", "at once"), ("wait", 70.0), ("try", 0, "sent", "none")])
@example(script=[("try", 0, "perhaps", "late"), ("wait", 31.0), ("try", 0, "sent", "none")])
@example(script=[("try", 0, "perhaps", "at once"), ("wait", 31.0), ("try", 0, "refused", "none")])
@example(script=[("begin", 0), ("wait", 45.0), ("try", 0, "sent", "none"), ("end", "sent", "none")])
def test_whatever_happens(shared: Box, sort: str, script: list[tuple[Any, ...]]) -> None:
    scene = Scene(shared, SORTS[sort])
    for step in script:
        scene.step(step)
    scene.drain()
