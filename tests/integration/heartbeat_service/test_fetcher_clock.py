"""The clock is set back or forward while connections are looked at: nothing stands still, and nothing is repeated."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from heartbeat.fetching import FetchedItem
from heartbeat.store import Lease, inbox, threads
from heartbeat.store.inbox_tables import ConnectionLook
from heartbeat.vocabulary import FeedKind
from heartbeat_service.fetcher import Fetcher
from tests.support.aligning import align
from tests.support.bringing import bring
from tests.support.web import Answer, WebServer, web_server
from tests.support.world import World

FEED = b'<rss version="2.0"><channel><item><guid>1</guid><title>First</title></item></channel></rss>'


class Serving:
    """A process that looks at one feed, every ten minutes; its loop is turned by the test."""

    def __init__(self, world: World, server: WebServer) -> None:
        self.world, self.server = world, server
        self.fetcher = Fetcher(world.services, jitter=lambda: 0.0)

    async def turns(self, times: int = 5) -> int:
        """Turn the loop, each time until its looks have ended; return how often the feed was asked for."""
        before = len(self.server.asked)
        for _ in range(times):
            await self.fetcher.tick()
            await self.fetcher.drain(30)
        return len(self.server.asked) - before

    def row(self) -> ConnectionLook:
        return self.world.store.read(inbox.all_looks)["news"]

    def next_in(self) -> timedelta:
        """How long it is until the next look."""
        at = self.row().next_look
        assert at is not None
        return at - self.world.clock()


@pytest.fixture
def serving(world: World) -> Iterator[Serving]:
    with web_server() as server:
        server.answer = lambda _: Answer(body=FEED)
        world.settings.connections_path.write_text(
            f'[news]\nkind = "feed"\nurl = "{server.url}/feed"\nlan = true\nevery = "10m"\nsince = "all"\n'
        )
        yield Serving(world, server)


@pytest.mark.parametrize("step", [{"hours": -1}, {"days": -400}, {"days": 1}, {"days": 400}], ids=str)
async def test_a_step_of_the_clock_causes_one_look_and_the_interval_goes_on(
    serving: Serving, step: dict[str, float]
) -> None:
    assert await serving.turns() == 1
    serving.world.clock.move(**step)
    assert await serving.turns() == 1
    assert serving.next_in() == timedelta(minutes=10)
    serving.world.clock.move(minutes=10)
    assert await serving.turns() == 1
    assert len(serving.world.store.read(inbox.page)) == 1


async def test_a_day_forward_and_back_again(serving: Serving) -> None:
    await serving.turns()
    serving.world.clock.move(days=1)
    assert await serving.turns() == 1
    serving.world.clock.move(days=-1)
    assert await serving.turns() == 1
    assert serving.next_in() == timedelta(minutes=10)


async def test_a_step_back_while_no_process_ran_is_found_at_the_start(serving: Serving) -> None:
    await serving.turns()
    serving.world.clock.move(hours=-1)
    serving.fetcher = Fetcher(serving.world.services, jitter=lambda: 0.0)
    assert await serving.turns() == 1
    assert serving.next_in() == timedelta(minutes=10)


async def test_two_services_that_see_the_step_look_once(serving: Serving) -> None:
    other = serving.world.elsewhere()
    second = Serving(other, serving.server)
    assert await serving.turns() + await second.turns() == 1
    serving.world.clock.move(hours=-1)
    assert await serving.turns() + await second.turns() == 1
    other.close()


async def test_back_off_goes_on_after_a_step(serving: Serving) -> None:
    serving.server.answer = lambda _: Answer(500)
    assert await serving.turns() == 1
    serving.world.clock.move(hours=-2)
    assert await serving.turns() == 1
    assert (serving.row().misses, serving.next_in()) == (2, timedelta(seconds=60))
    assert serving.row().failing_since == serving.world.clock()
    serving.world.clock.move(days=1)
    assert await serving.turns() == 1
    assert (serving.row().misses, serving.next_in()) == (3, timedelta(minutes=5))


async def test_what_a_server_asked_for_is_kept_over_a_restart(serving: Serving) -> None:
    serving.server.answer = lambda _: Answer(429, headers={"Retry-After": "80000"})
    assert await serving.turns() == 1
    serving.fetcher = Fetcher(serving.world.services, jitter=lambda: 0.0)
    assert await serving.turns() == 0
    assert serving.next_in() == timedelta(seconds=80_000)


async def test_a_lease_from_the_future_holds_no_longer_than_a_look_may_take(serving: Serving) -> None:
    await serving.turns()
    world = serving.world
    world.clock.move(minutes=10)
    addresses = world.services.connections.look_addresses()
    world.store.write(inbox.claim, "news", addresses["news"], Lease(30, "dead"), world.clock(), seconds=60)
    world.clock.move(hours=-1)
    assert await serving.turns() == 0
    world.clock.move(seconds=61)
    assert await serving.turns() == 1


async def test_a_snooze_ends_at_its_instant_by_the_clock(serving: Serving) -> None:
    await serving.turns()
    store, clock = serving.world.store, serving.world.clock
    [number] = [row.id or 0 for row in store.read(inbox.page)]
    store.write(inbox.snooze, number, clock() + timedelta(hours=2), clock())
    clock.move(hours=-1)
    await serving.turns()
    assert store.read(inbox.get, number).snoozed_until == clock() + timedelta(hours=3)
    clock.move(days=1)
    await serving.turns()
    assert (store.read(inbox.get, number).snoozed_until, store.read(inbox.get, number).seq) == (None, 2)
    clock.move(days=-1)
    await serving.turns()
    assert store.read(inbox.get, number).seq == 2


def test_an_item_that_seems_to_come_from_the_future_wakes_no_thread_again_and_again(world: World) -> None:
    world.thread(every=86_400)
    due_at = world.clock() + timedelta(minutes=30)
    bring(world, [FetchedItem("1", FeedKind.EVENT, world.clock(), title="Dentist", due_at=due_at)], "days")
    world.beat()
    world.clock.move(hours=-1)

    def woken_at() -> datetime | None:
        return world.store.read(threads.get, "demo").woken_at

    world.store.write(inbox.realign_items, world.clock())
    align(world.store, world.clock())
    assert woken_at() is None
    world.beat()
    assert woken_at() is None
