"""Telling the owner: notices reach every connection of theirs, and disturb nobody."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import Session

from heartbeat.connections import webhook
from heartbeat.connections.service import split_urls
from heartbeat.notice import Notice
from heartbeat.settings import load_settings
from heartbeat.store import notices, outbox, threads
from heartbeat.store.views import BeatView
from heartbeat.vocabulary import DeliveryStatus, NoticeKind
from heartbeat_service import notifying
from heartbeat_service.deliverer import Deliverer
from heartbeat_service.lifespan import open_service
from heartbeat_service.notifying import Notifying, telling
from nodes.services import Services
from tests.integration.heartbeat.connections.test_webhook import SECRET, TOKEN
from tests.integration.heartbeat_service.test_timer import until
from tests.support.holds import SOON
from tests.support.ollama import Say, decision
from tests.support.sinks import HttpSink, http_sink
from tests.support.world import World


@pytest.fixture
def http() -> Iterator[HttpSink]:
    with http_sink() as sink:
        yield sink


def configured(world: World, **settings: str) -> World:
    world.settings = load_settings(
        home=world.settings.home,
        instructions=world.settings.instructions,
        ollama_url=world.ollama.url,
        **settings,
    )
    before = world.services
    world.services = Services.from_settings(
        world.settings, store=world.store, model=before.model, clock=before.clock, probe=before.probe
    )
    return world


def pause(world: World, thread_id: str = "demo") -> None:
    world.store.write(threads.ensure, thread_id, world.clock())
    world.store.write(threads.pause, thread_id, "too loud", world.clock())


def queued(world: World) -> list[tuple[str, str]]:
    return sorted((row.target, row.payload["title"]) for row in world.store.read(outbox.page))


@pytest.mark.one_question  # replies with a whole decision
async def test_an_approval_reaches_services_and_webhook(world: World, http: HttpSink) -> None:
    configured(
        world,
        notify=f"json://{http.address}/one, json://{http.address}/two",
        webhook_url=f"http://{http.address}/hook",
        webhook_secret=SECRET,
        public_url="https://hb.example.org",
    )
    world.thread(approval="always")
    world.ollama.says(decision(action="post", board="general", title="Hi @everyone", content="Words"))
    async with open_service(world.settings, enabled=False) as service:
        waiting = await service.runner.run_now("demo")
        assert isinstance(waiting, BeatView)
        await until(lambda: len(http.got) == 3)
    by_apprise = [got.json for got in http.got if got.path in ("/one", "/two")]
    assert len(by_apprise) == 2
    assert by_apprise[0]["title"] == "demo: approval needed"
    asked = by_apprise[0]["message"]
    assert "Until then the thread goes on, but does nothing else on forum." in asked
    assert asked.endswith(f"open its page.\nhttps://hb.example.org/beats/{waiting.id}")
    assert by_apprise[0]["message"].endswith(f"\nhttps://hb.example.org/beats/{waiting.id}")
    [hook] = [got.json for got in http.got if got.path == "/hook"]
    assert (hook["type"], hook["data"]["beat_id"]) == ("approval.requested", waiting.id)
    assert "@everyone" not in str([got.body for got in http.got])


async def test_a_connection_made_while_it_runs_is_told(world: World, http: HttpSink) -> None:
    """What happened before is not."""
    teller = Notifying(world.services)
    teller.start()
    pause(world, "before")
    await teller.look()
    file = world.settings.connections_path
    file.write_text(f'[phone]\nkind = "apprise"\nurl = "ntfy://{http.address}/alerts"\n')
    await teller.look()
    pause(world, "after")
    await teller.look()
    assert queued(world) == [("phone", "after: paused")]


@pytest.mark.one_question  # replies with a whole decision
async def test_what_waits_since_before_the_first_start_is_told(world: World, http: HttpSink) -> None:
    """Of all that happened before, only that."""
    pause(world, "before")
    world.thread(approval="always")
    world.post()
    world.ollama.says(decision(action="post", board="general", title="Hello", content="Words"))
    assert world.scheduled()["status"] == "awaiting_approval"
    world.clock.move(minutes=5)
    configured(world, notify=f"json://{http.address}/one")
    for _ in range(2):
        teller = Notifying(world.services)
        teller.start()
        await teller.look()
    assert [title for _, title in queued(world)] == ["demo: approval needed"]


async def test_nothing_is_queued_where_nobody_would_get_it(world: World) -> None:
    async with telling(world.services) as tell:
        tell(Notice(NoticeKind.DATABASE_BACK, world.clock()))
        pause(world)
        await Notifying(world.services).look()
    assert queued(world) == []
    assert world.store.read(notices.pending)


async def test_what_the_database_cannot_hold_is_told_at_once(
    world: World, http: HttpSink, caplog: pytest.LogCaptureFixture
) -> None:
    http.answers = [200, 500, 500]
    configured(world, notify=f"json://{http.address}/one, json://{http.address}/{TOKEN}")
    data = {"said": "The disk is full.", "remedy": "Make room."}
    async with telling(world.services) as tell:
        tell(Notice(NoticeKind.DATABASE_FAILING, world.clock(), data=data))
        await until(lambda: len(http.got) == 2 and bool(caplog.records))
    assert {got.json["title"] for got in http.got} == {"The database cannot be used"}
    assert http.got[0].json["message"] == "The disk is full.\nMake room."
    assert queued(world) == []
    [record] = caplog.records
    assert "was not told: " in record.getMessage()
    assert TOKEN not in record.getMessage()


async def test_the_connections_are_known_while_the_database_fails(
    world: World, http: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured(world, notify=f"json://{http.address}")
    teller = Notifying(world.services)
    teller.start()

    def failing(*_: Any, **__: Any) -> Any:
        raise RuntimeError("no database")

    monkeypatch.setattr(world.store, "read", failing)
    data = {"said": "The disk is full.", "remedy": "Make room."}
    teller.tell(Notice(NoticeKind.DATABASE_FAILING, world.clock(), data=data))
    await until(lambda: len(http.got) == 1)
    await teller.close(5)


@pytest.mark.one_question  # replies with a whole decision
async def test_one_who_hangs_holds_nobody(
    world: World, http: HttpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither beats, nor the other receiver, nor the end of the process."""
    monkeypatch.setattr(notifying, "FAREWELL", 0.1)
    monkeypatch.setattr(webhook, "TIMEOUT", 2 * SOON)
    with http_sink() as hanging:
        hanging.hang = threading.Event()
        configured(
            world,
            notify=f"json://{http.address}",
            webhook_url=f"http://{hanging.address}",
            webhook_secret=SECRET,
            drain_seconds="1",
        )
        world.ollama.default = Say(decision(action="none", reasoning="Quiet."))
        async with open_service(world.settings, enabled=False, services=world.services) as service:
            for number in range(3):
                pause(world, f"t{number}")
                beat = await service.runner.run_now(f"t{number}")
                assert isinstance(beat, BeatView)
                assert beat.status == "none"
            await until(lambda: len(http.got) == 3 and len(hanging.got) >= 1)
            began = time.monotonic()
        assert time.monotonic() - began < SOON


@pytest.mark.parametrize(
    ("settings", "name", "said"),
    [
        (
            {"notify": f"json://localhost, nope://{TOKEN}"},
            "notify-2",
            "HEARTBEAT_NOTIFY: number 2 (nope) is no address that Apprise understands; "
            "allowed: Apprise URLs, separated by commas or spaces",
        ),
        ({"notify": f"tgram://{TOKEN}"}, "notify-1", "HEARTBEAT_NOTIFY: number 1 (tgram) is no address"),
        ({"notify": TOKEN}, "notify-1", "HEARTBEAT_NOTIFY: number 1 (no scheme) is no address"),
        (
            {"webhook_url": "http://localhost/x", "webhook_secret": TOKEN},
            "webhook",
            "HEARTBEAT_WEBHOOK_SECRET: HEARTBEAT_WEBHOOK_URL demands it",
        ),
    ],
)
async def test_what_cannot_be_used_is_said_at_the_start_and_the_rest_is_used(
    world: World, caplog: pytest.LogCaptureFixture, settings: dict[str, str], name: str, said: str
) -> None:
    configured(world, **settings)
    async with open_service(world.settings, enabled=False, services=world.services):
        pass
    [line] = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"connection {name} is not used: {said}")
    assert "\n" not in line
    assert TOKEN not in line
    assert world.services.connections.owner_targets() == (["notify-1"] if name == "notify-2" else [])


def test_addresses_may_hold_commas() -> None:
    assert split_urls(" json://a/?x=1,2 ,mailto://b, \n tgram://c/d,") == [
        "json://a/?x=1,2",
        "mailto://b",
        "tgram://c/d",
    ]


async def test_failure_to_look_is_survived(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    configured(world, notify="json://localhost:9")
    teller = Notifying(world.services, watch=0.01)
    teller.start()
    failures = [RuntimeError("a bug"), RuntimeError("a bug")]
    take = notices.take

    def failing(session: Session, now: datetime, **more: Any) -> Any:
        if failures:
            raise failures.pop()
        return take(session, now, **more)

    monkeypatch.setattr(notices, "take", failing)
    pause(world)
    task = asyncio.create_task(teller.run())
    await until(lambda: len(queued(world)) == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert caplog.text.count("notices cannot be queued: a bug") == 1


async def test_a_phone_that_was_off_is_told_when_it_is_back(world: World, http: HttpSink) -> None:
    """Its own notice is the probe, tried hourly and never given up; what it missed is not sent late."""
    http.answers = [503] * 3
    configured(world, notify=f"ntfy://{http.address}/alerts")
    teller, deliverer = (
        Notifying(world.services),
        Deliverer(world.services, world.services.connections.targets),
    )
    teller.start()
    pause(world, "other")
    await teller.look()
    [first] = [row.id or 0 for row in world.store.read(outbox.page)]
    for _ in range(3):
        await deliverer.deliver_now([first])
        world.clock.move(minutes=16)
    await teller.look()
    [probe] = [row for row in world.store.read(outbox.page) if "was not reached" in row.payload["title"]]
    world.clock.move(hours=30)
    await deliverer.deliver_now([first, probe.id or 0])
    rows = {row.id: row.status for row in world.store.read(outbox.page)}
    assert rows == {first: DeliveryStatus.FAILED, probe.id: DeliveryStatus.SENT}
    assert http.got[-1].json["title"] == "notify-1 was not reached"
