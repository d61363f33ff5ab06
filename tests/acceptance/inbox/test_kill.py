"""A process that dies at any step of a look: the next one looks once, after the lease, and nothing comes twice."""

from __future__ import annotations

import signal
from datetime import timedelta
from threading import Event

import pytest

from tests.acceptance.crash.child import COMMIT
from tests.acceptance.crash.scene import End
from tests.acceptance.inbox.child import LOOKED
from tests.acceptance.inbox.conftest import Child, Site
from tests.support.holds import until

BUSY = "It is being looked at already."
TWO = "Looked: 2 new, 0 changed, 0 gone."
LEASE = timedelta(seconds=60)
"""The time limit of a feed, and a margin."""
COMMITS = ["realign", "keep", "claim", "write"]


def killed(site: Site, *, at: str, nth: int = 1) -> Child:
    """A process that was killed at a point."""
    child = site.child(at=at, nth=nth)
    assert child.wait() == End(signal=signal.SIGKILL), child.lines()
    return child


def check_looked_at_once_more(site: Site, asked: int) -> None:
    """Nothing more is due, and the next look is one interval later."""
    assert site.titles() == ["First", "Second"]
    assert site.look() == BUSY
    assert site.asked == asked
    site.world.clock.move(minutes=10)
    assert site.look() == "Looked: 0 new, 0 changed, 0 gone."
    assert (site.asked, site.titles()) == (asked + 1, ["First", "Second"])


def check_held_for_its_time(site: Site) -> None:
    """The lease holds the others off until it is over, and no longer."""
    asked, until_ = site.asked, site.row().lease_until
    assert until_ is not None
    assert until_ <= site.world.clock() + LEASE
    assert site.look() == BUSY
    site.world.clock.now = until_ - timedelta(seconds=1)
    site.world.clock.move()
    assert site.look() == BUSY
    assert (site.asked, site.titles()) == (asked, [])
    site.world.clock.move(seconds=1)
    assert site.look() == TWO
    assert site.asked == asked + 1


def test_every_commit_of_a_look_is_known(site: Site) -> None:
    child = site.child(at=COMMIT, nth=len(COMMITS) + 1)
    assert child.result() == TWO
    points = [line["point"] for line in child.lines() if "point" in line]
    assert points == [*[COMMIT] * len(COMMITS), LOOKED]


@pytest.mark.parametrize("nth", [1, 2, 3], ids=COMMITS[:3])
def test_killed_before_it_has_claimed(site: Site, nth: int) -> None:
    """Nobody has to wait for anything."""
    killed(site, at=COMMIT, nth=nth)
    assert site.asked == 0
    assert site.look() == TWO
    check_looked_at_once_more(site, asked=1)


async def test_killed_while_it_fetches(site: Site) -> None:
    site.held = Event()
    child = site.child()
    await until(lambda: site.asked == 1)
    child.kill()
    site.held.set()
    site.held = None
    check_held_for_its_time(site)
    check_looked_at_once_more(site, asked=2)


def test_killed_before_it_has_written(site: Site) -> None:
    killed(site, at=COMMIT, nth=4)
    assert site.asked == 1
    check_held_for_its_time(site)
    check_looked_at_once_more(site, asked=2)


def test_killed_after_it_has_written(site: Site) -> None:
    killed(site, at=LOOKED)
    check_looked_at_once_more(site, asked=1)


async def test_one_that_sleeps_through_its_lease_writes_nothing(site: Site) -> None:
    """Another has looked since, and saw more."""
    site.held = Event()
    sleeper = site.child()
    await until(lambda: site.asked == 1)
    sleeper.stop()
    site.held.set()
    site.held = None
    site.world.clock.move(seconds=61)
    site.entries = ["First", "Second", "Third"]
    assert site.look() == "Looked: 3 new, 0 changed, 0 gone."
    before = site.row()
    sleeper.send(signal.SIGCONT)
    assert sleeper.result() == BUSY
    assert site.row() == before
    assert site.titles() == ["First", "Second", "Third"]


def test_killed_at_each_step_in_turn(site: Site) -> None:
    """One look, and at each of its steps another process that dies."""
    for nth in (1, 2, 3):
        killed(site, at=COMMIT, nth=nth)
    # What is in use was kept by the second.
    for _ in range(2):
        killed(site, at=COMMIT, nth=3)
        site.world.clock.move(seconds=61)
    assert site.look() == TWO
    check_looked_at_once_more(site, asked=3)
