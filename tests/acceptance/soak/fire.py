"""Deliver under fire, and count what became of each delivery: at the forum outside and in the database."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Literal

from sqlmodel import Session, select

from heartbeat.outgoing import Outgoing
from heartbeat.store import Lease, Store, outbox
from heartbeat.store.tables import Delivery
from heartbeat.vocabulary import DeliveryStatus
from tests.acceptance.crash.scene import End, Nursery
from tests.acceptance.soak.child import POINTS, SETTLES, TARGET, Errand, SharedClock
from tests.support.database import lay
from tests.support.outside import (
    BREAKS,
    BREAKS_AFTER,
    DROPS,
    DROPS_AFTER,
    FINE,
    FOR_EVER,
    HANGS,
    HANGS_AFTER,
    OutsideForum,
    OutsideServer,
    Way,
    late,
    serving_outside,
    too_many,
)
from tests.support.world import START

AFTER_LEASE = 60
"""Seconds of the clock after which every lease of a delivery has run out."""
_YEAR = 31_536_000


@dataclass(frozen=True)
class Sort:
    """A sort of forum outside, and what must hold there whatever happens.

    ``arrives``: everything arrives. ``once``: nothing arrives twice.
    """

    remembers: float = 0.0
    searched: bool = False
    able: Mapping[str, Any] = field(default_factory=dict)
    arrives: bool = False
    once: bool = True


SORTS: Mapping[str, Sort] = {
    "keys": Sort(FOR_EVER, able={"remembers_keys": _YEAR}, arrives=True),
    "minute": Sort(60, able={"remembers_keys": 60}),
    "minute+search": Sort(60, searched=True, able={"remembers_keys": 60}, arrives=True),
    "search": Sort(searched=True, arrives=True),
    "neither": Sort(),
    "repeat": Sort(able={"repeat": True}, arrives=True, once=False),
}
WAYS: Sequence[tuple[int, Way]] = (
    (60, FINE),
    (4, BREAKS),
    (4, BREAKS_AFTER),
    (4, DROPS),
    (4, DROPS_AFTER),
    (4, HANGS),
    (4, HANGS_AFTER),
    (4, late(SETTLES - 10)),
    (4, late(SETTLES - 10, "drop")),
    (4, too_many(7)),
    (4, Way(503, effect=False)),
)
"""How a post is treated, each with its weight."""


@dataclass
class Report:
    """What became of the deliveries to one sort of forum.

    ``lost`` never arrived and are not shown as open; ``doubled`` arrived twice. ``in_window`` counts the deliveries
    whose process was frozen for longer than its lease between its last look at the clock and its first byte, and
    ``doubled_in_window`` those of them that arrived twice.
    """

    sort: str
    plain: bool
    deliveries: int
    statuses: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    in_window: int = 0
    doubled_in_window: int = 0
    kills: int = 0
    freezes: int = 0
    posts: int = 0
    seconds: float = 0.0
    wrong: list[str] = field(default_factory=list)

    def line(self) -> str:
        """Return the figures on one line."""
        shown = ", ".join(f"{number} {status}" for status, number in sorted(self.statuses.items()))
        return (
            f"{self.sort:14} {'plain' if self.plain else 'async':6} {self.deliveries:5} deliveries: {shown}; "
            f"{self.lost} lost, {self.doubled} double, and {self.doubled_in_window} of {self.in_window} frozen "
            f"before the first byte; {self.posts} posts, {self.kills} kills, {self.freezes} freezes, "
            f"{self.seconds:.0f} s"
        )


@dataclass
class Field:
    """A workspace in which children deliver to a forum outside."""

    folder: Path
    nursery: Nursery
    sort: Sort
    forum: OutsideForum
    server: OutsideServer
    store: Store
    clock: SharedClock
    plain: bool = False
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def queue(self, number: int = 1) -> None:
        """Queue deliveries that are never given up."""

        def work(session: Session) -> None:
            for each in range(number):
                outgoing = Outgoing(kind="post", content=f"Number {each}.")
                outbox.queue(session, outgoing, target=TARGET, deliver_within=None, now=self.clock())

        self.store.write_durably(work)

    def child(self, at: str = "", nth: int = 1, do: Literal["kill", "stop"] = "kill") -> Deliverers:
        """Start a process that delivers."""
        number = next(self._numbers)
        errand = Errand(
            folder=str(self.folder),
            url=self.forum.url,
            log=str(self.folder / f"child-{number}.log"),
            owner=f"child-{number}",
            able=dict(self.sort.able),
            searched=self.sort.searched,
            plain=self.plain,
            at=at,
            nth=nth,
            do=do,
        )
        return Deliverers(self.nursery, self.nursery.ask(start=asdict(errand))["pid"], errand)

    def rows(self) -> list[Delivery]:
        """Return all deliveries."""
        return list(self.store.read(lambda session: session.exec(select(Delivery)).all()))

    def before_first_byte(self, owner: str) -> set[str]:
        """Return the keys of what a process is trying that has had no effect yet."""
        there = self.forum.counts(by=FOR_EVER)
        trying = (row for row in self.rows() if row.status == DeliveryStatus.SENDING)
        return {row.key for row in trying if row.lease_owner == owner and not there[row.key]}

    def outlast_leases(self) -> None:
        """Move the clock past every lease, when all that was sent has had its effect."""
        self.server.settle()
        self.clock.move(seconds=AFTER_LEASE)


@dataclass
class Deliverers:
    """One child, and how it ends."""

    nursery: Nursery
    pid: int
    errand: Errand

    def wait(self) -> End:
        return self.nursery.wait(self.pid, self.errand.log)

    def wake(self) -> End:
        """Let a frozen one go on, and wait for its end."""
        self.nursery.ask(signal=[self.pid, signal.SIGCONT])
        return self.wait()

    def said(self) -> str:
        return Path(self.errand.log).read_text()


@contextmanager
def field_of(folder: Path, nursery: Nursery, sort: Sort, *, plain: bool = False) -> Iterator[Field]:
    """Lay a workspace in an empty folder, and serve a forum outside, while the context is open."""
    clock = SharedClock(folder / "clock")
    clock.path.write_text(START.isoformat())
    (folder / "HEARTBEAT.md").write_text("- Look\n")
    store = Store(lay(folder / "home" / "heartbeat.db"), lease=Lease(30, "test"))
    forum = OutsideForum(clock=clock.seconds, remembers=sort.remembers, searchable=sort.searched)
    try:
        with serving_outside(forum) as server:
            yield Field(folder, nursery, sort, forum, server, store, clock, plain)
    finally:
        store.close()


def behave(forum: OutsideForum, random: Random) -> None:
    """Let a forum treat each post in a way of its own, and fail at some searches."""
    weights, ways = zip(*WAYS, strict=True)
    forum.way = lambda _: random.choices(ways, weights)[0]
    forum.finding = lambda _: random.choice((BREAKS, DROPS)) if random.random() < 0.1 else None


def burn(ground: Field, name: str, deliveries: int, seed: int, tell: Callable[[str], None]) -> Report:
    """Deliver while processes are killed and frozen, until every delivery has ended; return what became of them."""
    random = Random(seed)
    report = Report(name, ground.plain, deliveries)
    behave(ground.forum, Random(seed + 1))
    ground.queue(deliveries)
    began, told = time.monotonic(), 0.0
    windows: set[str] = set()
    frozen: list[Deliverers] = []
    while True:
        do: Literal["kill", "stop"] = random.choice(("kill", "stop"))
        child = ground.child(random.choice(POINTS), random.randint(1, 20), do)
        end = child.wait()
        for sleeper in frozen:
            _check(report, sleeper, sleeper.wake())
        frozen.clear()
        if end.stopped is not None:
            report.freezes += 1
            if random.random() < 0.2:
                _check(report, child, child.wake())  # before its lease runs out
            else:
                ground.server.settle()
                windows |= ground.before_first_byte(child.errand.owner)
                ground.outlast_leases()
                frozen.append(child)
        elif end.signal is not None:
            report.kills += 1
            ground.server.settle()
        else:
            _check(report, child, end)
            if all(row.finished_at is not None for row in ground.rows()):
                break
        if time.monotonic() - told > 10:
            told = time.monotonic()
            ended = sum(row.finished_at is not None for row in ground.rows())
            tell(f"{name}: {ended} of {deliveries}")
    report.seconds = time.monotonic() - began
    count_up(ground, report, windows)
    return report


def _check(report: Report, child: Deliverers, end: End) -> None:
    if end != End(exit=0):
        report.wrong.append(f"{child.errand.owner} ended with {end}: {child.said()[-2_000:]}")


def count_up(ground: Field, report: Report, windows: set[str] = frozenset()) -> None:  # type: ignore[assignment]
    """Compare what the database says of each delivery with what happened at the forum."""
    ground.server.settle()
    there = ground.forum.counts(by=FOR_EVER)
    report.posts = len(ground.forum.posts)
    report.in_window = len(windows)
    for row in ground.rows():
        effects = there[row.key]
        report.statuses[row.status] += 1
        is_shown = row.status == DeliveryStatus.UNKNOWN and not ground.sort.arrives
        if effects == 0 and not is_shown:
            report.lost += 1
        if effects > 1 and row.key in windows:
            report.doubled_in_window += 1
        elif effects > 1:
            report.doubled += 1
        if row.status == DeliveryStatus.UNKNOWN and ground.sort.arrives:
            report.wrong.append(f"delivery {row.id} is unknown where it can be known: {row.tries}")
        if row.status not in (DeliveryStatus.SENT, DeliveryStatus.UNKNOWN):
            report.wrong.append(f"delivery {row.id} is {row.status}/{row.reason}: {row.tries}")
    if report.lost:
        report.wrong.append(f"{report.lost} lost")
    if report.doubled and ground.sort.once:
        report.wrong.append(f"{report.doubled} arrived twice")
