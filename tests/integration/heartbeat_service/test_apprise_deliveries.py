"""What is delivered through Apprise, whose no may mean that it has arrived."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from heartbeat.outgoing import Outgoing
from heartbeat.store import outbox
from heartbeat.store.tables import Delivery
from heartbeat.vocabulary import ActionKind, DeliveryStatus
from heartbeat_service.deliverer import Deliverer
from tests.support.following import run_following
from tests.support.sinks import HttpSink, http_sink
from tests.support.world import World

MESSAGES = 5


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with http_sink() as made:
        yield made


def delivered(world: World, sink: HttpSink, repeat: str) -> list[Delivery]:
    """Queue some messages to a phone, and follow the clock until all have ended."""
    world.folder.joinpath("connections.toml").write_text(
        f'[phone]\nkind = "apprise"\nurl = "ntfy://{sink.address}/a"\nrepeat = {repeat}\n'
    )
    for number in range(MESSAGES):
        tell = Outgoing(kind=ActionKind.TELL, text=f"number {number}")
        world.store.write(outbox.queue, tell, target="phone", deliver_within=86_400, now=world.clock())
    deliverer = Deliverer(world.services, world.services.connections.targets, watch=0.01)

    async def follow() -> None:
        while True:
            await deliverer.tick()
            await deliverer.drain(60)
            look = world.store.read(outbox.look, world.clock(), MESSAGES)
            if not look.due:
                if look.wake_at is None:
                    return
                world.clock.now = look.wake_at

    run_following(world.clock, follow())
    return [world.store.read(outbox.get, number + 1) for number in range(MESSAGES)]


def test_what_may_have_arrived_is_sent_again_and_says_so(world: World, sink: HttpSink) -> None:
    sink.answers = [500] * MESSAGES
    rows = delivered(world, sink, "true")
    assert {row.status for row in rows} == {DeliveryStatus.SENT}
    texts = [got.json["message"] for got in sink.got]
    assert sorted(texts[:MESSAGES]) == [f"number {number}" for number in range(MESSAGES)]
    assert sorted(texts[MESSAGES:]) == [f"Again: number {number}" for number in range(MESSAGES)]


def test_without_repeat_nothing_arrives_twice(world: World, sink: HttpSink) -> None:
    sink.answers = [500, 200, 500, 200, 500]
    rows = delivered(world, sink, "false")
    assert sorted(row.status for row in rows) == ["sent"] * 2 + ["unknown"] * 3
    assert sorted(got.json["message"] for got in sink.got) == [f"number {each}" for each in range(MESSAGES)]
    [said] = {row.tries[-1]["said"] for row in rows if row.status == DeliveryStatus.UNKNOWN}
    assert sink.address not in said
    assert not said.startswith("TargetError")
