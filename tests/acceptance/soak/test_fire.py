"""A process that delivers is killed or frozen at each point between claim and receipt: nothing lost, nothing double.

`python -m tests.acceptance.soak` does the same to a thousand deliveries, while the forum misbehaves too.
"""

from __future__ import annotations

import signal
from itertools import cycle, product
from pathlib import Path

import pytest

from heartbeat.vocabulary import DeliveryStatus
from tests.acceptance.crash.scene import End, Nursery
from tests.acceptance.soak.child import POINTS
from tests.acceptance.soak.fire import SORTS, Field, Report, burn, count_up, field_of
from tests.support.outside import BREAKS_AFTER, DROPS, DROPS_AFTER, FOR_EVER, HANGS, HANGS_AFTER, late

DONE = End(exit=0)
SENT, UNKNOWN = DeliveryStatus.SENT, DeliveryStatus.UNKNOWN
BEFORE = ("before:deliver", "inside:deliver")
"""Points at which nothing has left yet."""


def check(ground: Field, windows: set[str] | None = None) -> tuple[DeliveryStatus, int]:
    """Look at the only delivery; return its status and how often it happened outside."""
    report = Report("", ground.plain, 1)
    count_up(ground, report, windows or set())
    assert report.wrong == []
    [row] = ground.rows()
    return row.status, ground.forum.counts(by=FOR_EVER)[row.key]


def finish(ground: Field) -> None:
    """Let another process deliver until nothing is left."""
    child = ground.child()
    assert child.wait() == DONE, child.said()


@pytest.mark.parametrize(("name", "point"), [*product(SORTS, POINTS)])
def test_killed_between_claim_and_receipt(tmp_path: Path, deliverers: Nursery, name: str, point: str) -> None:
    with field_of(tmp_path, deliverers, SORTS[name]) as ground:
        ground.queue()
        assert ground.child(at=point).wait() == End(signal=signal.SIGKILL)
        finish(ground)
        status, effects = check(ground)
    known = ground.sort.arrives or point == "after:finish"
    assert status == (SENT if known or name == "minute" else UNKNOWN)
    if name != "repeat":
        assert effects == (0 if status == UNKNOWN and point in BEFORE else 1)


@pytest.mark.parametrize(
    ("name", "point", "plain"),
    [*product(SORTS, POINTS, (False,)), *product(SORTS, ("inside:deliver",), (True,))],
)
def test_frozen_for_longer_than_its_lease(
    tmp_path: Path, deliverers: Nursery, name: str, point: str, plain: bool
) -> None:
    """Another process goes on meanwhile; what the frozen one does when it wakes changes nothing any more.

    But for one window: a plain target whose process is frozen after the last look at the clock and before the first
    byte may send what another has sent since, where the forum does not know the key (any more). An asynchronous one
    is cancelled as the process wakes, before it sends.
    """
    with field_of(tmp_path, deliverers, SORTS[name], plain=plain) as ground:
        ground.queue()
        sleeper = ground.child(at=point, do="stop")
        assert sleeper.wait() == End(stopped=signal.SIGSTOP)
        window = ground.before_first_byte(sleeper.errand.owner) if point == "inside:deliver" else set()
        assert bool(window) == (point == "inside:deliver")
        ground.outlast_leases()
        finish(ground)
        assert sleeper.wake() == DONE, sleeper.said()
        _, effects = check(ground, window)
    if name == "keys" or (not plain and (name != "repeat" or point in BEFORE)):
        assert effects <= 1


@pytest.mark.parametrize(("name", "point"), [*product(("keys", "neither"), POINTS)])
def test_frozen_for_a_moment(tmp_path: Path, deliverers: Nursery, name: str, point: str) -> None:
    with field_of(tmp_path, deliverers, SORTS[name]) as ground:
        ground.queue()
        sleeper = ground.child(at=point, do="stop")
        assert sleeper.wait() == End(stopped=signal.SIGSTOP)
        assert sleeper.wake() == DONE, sleeper.said()
        assert check(ground) == (SENT, 1)


LOST = {
    "before": DROPS,
    "after": DROPS_AFTER,
    "broken": BREAKS_AFTER,
    "never": HANGS,
    "during": HANGS_AFTER,
    "long after": late(20),
}


@pytest.mark.parametrize(("name", "way"), [*product(SORTS, LOST)])
def test_killed_while_an_answer_is_lost(tmp_path: Path, deliverers: Nursery, name: str, way: str) -> None:
    """The answer is lost, and then the process before it could write that down."""
    with field_of(tmp_path, deliverers, SORTS[name]) as ground:
        ground.queue()
        ground.forum.ways = [LOST[way]]
        assert ground.child(at="before:finish").wait() == End(signal=signal.SIGKILL)
        finish(ground)
        check(ground)


@pytest.mark.parametrize(("name", "plain"), [*zip(SORTS, cycle((False, True)), strict=False)])
def test_a_short_soak(tmp_path: Path, deliverers: Nursery, name: str, plain: bool) -> None:
    with field_of(tmp_path, deliverers, SORTS[name], plain=plain) as ground:
        report = burn(ground, name, 8, 3, lambda _: None)
    assert report.wrong == [], report.line()
