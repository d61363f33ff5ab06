"""A thousand threads and three services on one database: one fetch an interval, also after one of them is killed."""

from __future__ import annotations

import signal
from threading import Event

from sqlmodel import Session

from heartbeat.store import threads
from tests.acceptance.inbox.child import LOOKED
from tests.acceptance.inbox.conftest import Child, Site
from tests.support.holds import until
from tests.support.ollama import Say, decision
from tests.support.world import World

THREADS = 1_000


def many_threads(world: World) -> None:
    def create(session: Session) -> None:
        for number in range(THREADS):
            threads.create(session, f"t{number}", world.clock())

    world.store.write(create)


async def looked_now(site: Site, services: list[Child]) -> None:
    """Wait until the connection was looked at by the clock of now, and all services have ticked since."""
    await until(lambda: site.row().last_look == site.world.clock())
    await site.all_tick(*services)


async def test_one_fetch_an_interval_also_after_a_kill(site: Site) -> None:
    many_threads(site.world)
    services = [site.child("serve") for _ in range(3)]
    await until(lambda: all(each.ticks() for each in services))
    for number in range(1, 4):
        await looked_now(site, services)
        assert site.asked == number
        site.entries = [*site.entries, f"Entry {number}"]
        if number < 3:
            site.world.clock.move(minutes=10)

    site.held = Event()
    site.world.clock.move(minutes=10)
    await until(lambda: site.asked == 4)
    [fetching] = [each for each in services if each.job.owner == site.row().lease_owner]
    fetching.kill()
    site.held.set()
    site.held = None
    left = [each for each in services if each is not fetching]
    await site.all_tick(*left)
    assert site.asked == 4, "its lease holds the others off"
    site.world.clock.move(seconds=59)
    await site.all_tick(*left)
    assert site.asked == 4
    site.world.clock.move(seconds=1)
    await looked_now(site, left)
    assert site.asked == 5
    assert site.titles() == ["First", "Second", "Entry 1", "Entry 2", "Entry 3"]

    for each in left:
        each.send(signal.SIGTERM)
        assert each.result() == "served"
    looks = [line for each in services for line in each.lines() if line.get("point") == LOOKED]
    assert len(looks) == 4, "each look was written by one of them"
    site.world.ollama.answer = lambda _: Say(decision(action="none"))
    for name in ("t0", f"t{THREADS - 1}"):
        site.world.beat(thread=name)
        assert [title in site.world.ollama.prompts[-1] for title in site.titles()] == [True] * 5
    assert site.asked == 5
