"""Notifications: who is told what and when, once, and that no notifier disturbs anybody."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import queue
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from sqlmodel import Session

from heartbeat.errors import InvalidValueError
from heartbeat.settings import load_settings
from heartbeat.store import Claim, Outcome, approvals, beats, events, notices, threads
from heartbeat.store.notices import Notice
from heartbeat.store.views import BeatView
from heartbeat.vocabulary import BeatStatus, Decider, EventKind, NoticeKind, Reason, Trigger
from heartbeat_service.lifespan import open_service
from heartbeat_service.notify import Notifying, notifying, telling
from heartbeat_service.notify.courier import Courier
from heartbeat_service.notify.message import message_of
from heartbeat_service.notify.notifier import NotSentError
from heartbeat_service.notify.services import AppriseNotifier, split_urls
from heartbeat_service.notify.webhook import ATTEMPTS, Webhook, sign
from tests.integration.heartbeat_service.test_timer import until
from tests.support.ollama import Say, decision
from tests.support.paths import ROOT
from tests.support.world import START, World

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
TOKEN = "xoxb-topsecret-token-1234"


@dataclass
class Receiver:
    """A real HTTP receiver; ``answers`` are its next statuses, then 200. ``hang`` holds its answers back."""

    url: str = ""
    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    hang: threading.Event | None = None

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(body) for _, body in self.got]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.got.append(({name.lower(): value for name, value in self.headers.items()}, body))
            if receiver.hang is not None:
                receiver.hang.wait(60)
            self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver.url = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        if receiver.hang is not None:
            receiver.hang.set()
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


@dataclass
class Teller:
    """What one world's process would tell, claimed at once."""

    world: World

    def take(self) -> list[Notice]:
        return self.world.store.write(notices.take, self.world.clock()).notices

    def kinds(self) -> list[str]:
        return [notice.kind for notice in self.take()]


@pytest.fixture
def teller(world: World) -> Teller:
    world.store.write(notices.begin)
    return Teller(world)


def pause(world: World, thread_id: str = "demo") -> None:
    world.store.write(threads.ensure, thread_id, world.clock())
    world.store.write(threads.pause, thread_id, "too loud", world.clock())


def ask(world: World, thread_id: str = "demo") -> int:
    """Let a beat of the thread wait for a person."""
    claim = world.store.open_beat(thread_id, Trigger.MANUAL, None, world.clock())
    assert isinstance(claim, Claim)
    world.store.write(
        approvals.ask,
        claim,
        {"action": "post"},
        world.clock(),
        expires_at=world.clock() + timedelta(days=1),
        summary="Wants to post on general: Hello",
    )
    return claim.beat_id


def tried(world: World, *, answered: bool, thread_id: str = "demo") -> None:
    """Let a beat end with a model that has answered, or has not."""
    claim = world.store.open_beat(thread_id, Trigger.MANUAL, None, world.clock())
    assert isinstance(claim, Claim), claim
    outcome = (
        Outcome(BeatStatus.NONE, "Quiet.")
        if answered
        else Outcome(BeatStatus.SKIPPED, "Gone.", Reason.MODEL_UNREACHABLE)
    )

    def end(session: Session) -> None:
        row = beats.held(session, claim)
        row.decided_by = Decider.MODEL if answered else None
        beats.close(session, row, outcome, world.clock())

    world.store.write(end)


def test_person_who_is_needed_is_told_once(world: World, teller: Teller) -> None:
    beat_id = ask(world)
    pause(world, "other")
    asked, paused = teller.take()
    assert message_of(asked) == (
        "demo: approval needed",
        "Wants to post on general: Hello\n"
        f"Until 2026-11-03 12:00 UTC: heartbeat approve {beat_id}, or heartbeat reject {beat_id}.",
    )
    assert message_of(paused) == ("other: paused", "too loud\nTo lift it: heartbeat threads resume other.")
    assert teller.take() == []


def test_what_happened_before_is_not_told(world: World) -> None:
    pause(world)
    world.store.write(notices.begin)
    assert Teller(world).take() == []


def test_nothing_stale(world: World, teller: Teller) -> None:
    """Lifted, removed, or a day old by the time somebody comes to tell."""
    pause(world, "lifted")
    world.store.write(threads.resume, "lifted", world.clock())
    pause(world, "old")
    world.clock.move(hours=23)
    pause(world, "young")
    ask(world)
    world.clock.move(hours=2)
    assert [notice.thread_id for notice in teller.take()] == ["young", "demo"]


def test_approval_that_was_answered_meanwhile_is_not_told(world: World, teller: Teller) -> None:
    beat_id = ask(world)
    given = approvals.Answer(answer="reject")
    world.store.write(approvals.answer, beat_id, given, lease=world.store.lease, now=world.clock())
    assert teller.take() == []


def test_much_has_happened(world: World, teller: Teller) -> None:
    """More events than are looked at in one piece."""

    def much(session: Session) -> None:
        for _ in range(1_100):
            events.add(session, EventKind.TIMER_STARTED, world.clock())

    world.store.write(much)
    pause(world)
    told: list[Notice] = []
    rounds = 0
    while world.store.read(notices.pending):
        taken = world.store.write(notices.take, world.clock())
        told, rounds = told + taken.notices, rounds + 1
    assert [notice.kind for notice in told] == ["thread.paused"]
    assert rounds == 3


def test_one_of_a_kind_per_thread_in_ten_minutes(world: World, teller: Teller) -> None:
    pause(world)
    assert teller.kinds() == ["thread.paused"]
    for _ in range(3):
        world.clock.move(minutes=2)
        pause(world)
        assert teller.take() == []
    pause(world, "other")
    assert [notice.thread_id for notice in teller.take()] == ["other"]
    world.clock.move(minutes=4)
    [held] = teller.take()
    assert held.more == 2
    assert "And 2 more like this" in message_of(held).body


def test_twenty_an_hour_and_the_last_stands_for_all_others(world: World, teller: Teller) -> None:
    for number in range(60):
        pause(world, f"t{number}")
    told = teller.take()
    assert [notice.kind for notice in told] == ["thread.paused"] * 19 + ["summary"]
    said = message_of(told[-1])
    assert said.title == "41 things at once"
    assert said.body.startswith("41 x thread paused.\nThreads: t19, t20, ")
    ask(world)
    assert teller.take() == []
    world.clock.move(minutes=61)
    assert teller.kinds() == ["approval.requested"]


def test_clock_that_was_set_back_silences_nobody(world: World, teller: Teller) -> None:
    pause(world)
    assert teller.kinds() == ["thread.paused"]
    world.clock.move(days=-2)
    pause(world)
    assert teller.kinds() == ["thread.paused"]


def test_model_unreachable_for_an_hour_and_back(world: World, teller: Teller) -> None:
    tried(world, answered=False)
    for _ in range(5):
        world.clock.move(minutes=11)
        tried(world, answered=False)
        assert teller.take() == []
    world.clock.move(minutes=5)
    assert world.store.read(notices.pending), "time alone makes it so"
    [gone] = teller.take()
    assert message_of(gone).body.startswith(
        "No model has answered since 2026-11-02 12:00 UTC; last tried 2026-11-02 12:55 UTC."
    )
    world.clock.move(hours=5)
    tried(world, answered=False)
    assert teller.take() == []
    tried(world, answered=True)
    [back] = teller.take()
    assert message_of(back) == (
        "The model is back",
        "It answers again since 2026-11-02 18:00 UTC; it had not since 2026-11-02 12:00 UTC.",
    )
    assert not world.store.read(notices.pending)


def test_model_that_answers_in_between_is_no_news(world: World, teller: Teller) -> None:
    for _ in range(20):
        tried(world, answered=False)
        world.clock.move(minutes=20)
        tried(world, answered=True)
        world.clock.move(minutes=20)
        assert teller.take() == []


def test_one_vain_try_is_no_news(world: World, teller: Teller) -> None:
    tried(world, answered=False)
    world.clock.move(hours=9)
    assert teller.take() == []
    tried(world, answered=True)
    assert teller.take() == []


def test_beats_by_the_rules_do_not_hide_that_the_model_is_gone(world: World, teller: Teller) -> None:
    world.thread(fallback="rules", recheck_after=0)
    world.ollama.models = []
    for number in range(3):
        world.post(f"New {number}")
        world.beat()
        assert teller.take() == []
        world.clock.move(minutes=21)
    assert teller.kinds() == ["model.unreachable"]
    world.ollama.models = ["llama3.2:latest"]
    world.post("Newest")
    world.beat()
    assert teller.kinds() == ["model.back"]


def test_two_processes_claim_each_notice_once(world: World, teller: Teller) -> None:
    others = [world.elsewhere(f"process-{number}") for number in range(4)]
    for number in range(15):
        pause(world, f"t{number}")
    claimed: queue.SimpleQueue[Notice] = queue.SimpleQueue()
    start = threading.Barrier(len(others))

    def claim(other: World) -> None:
        start.wait()
        for _ in range(5):
            for notice in Teller(other).take():
                claimed.put(notice)

    workers = [threading.Thread(target=claim, args=(other,)) for other in others]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert claimed.qsize() == 15
    for other in others:
        other.close()


def test_claimed_and_not_sent_is_lost(world: World, teller: Teller) -> None:
    """A process that dies between the two: at most once."""
    pause(world)
    assert teller.take() != []
    other = world.elsewhere()
    assert Teller(other).take() == []
    other.close()


def configured(world: World, **settings: str) -> World:
    world.settings = load_settings(
        home=world.settings.home,
        instructions=world.settings.instructions,
        ollama_url=world.ollama.url,
        **settings,
    )
    world.services = replace(world.services, settings=world.settings)
    return world


@pytest.mark.one_question  # replies with a whole decision
async def test_reaches_services_and_webhook(world: World, receiver: Receiver) -> None:
    configured(
        world,
        notify=f"json://{receiver.url}/one, json://{receiver.url}/two",
        webhook_url=f"http://{receiver.url}/hook",
        webhook_secret=SECRET,
    )
    world.thread(approval="always")
    world.ollama.says(decision(action="post", board="general", title="Hi @everyone", content="Words"))
    async with open_service(world.settings, enabled=False) as service:
        waiting = await service.runner.run_now("demo")
        assert isinstance(waiting, BeatView)
        await until(lambda: len(receiver.got) == 3)
    by_apprise = [body for body in receiver.bodies if "version" in body]
    assert len(by_apprise) == 2
    assert by_apprise[0]["title"] == "demo: approval needed"
    assert f"heartbeat approve {waiting.id}" in by_apprise[0]["message"]
    [(headers, raw)] = [each for each in receiver.got if "webhook-id" in each[0]]
    body = json.loads(raw)
    assert (body["type"], body["data"]["beat_id"]) == ("approval.requested", waiting.id)
    assert "@everyone" not in raw.decode()
    assert is_genuine()(SECRET, headers, raw)
    assert not is_genuine()(SECRET, headers, raw + b" ")
    assert not is_genuine()(SECRET, {**headers, "webhook-timestamp": "1"}, raw)


def is_genuine() -> Any:
    """The check that docs/notifications.md shows."""
    page = ROOT / "docs" / "notifications.md"
    [shown] = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(shown, names)
    return names["is_genuine"]


def test_signature_is_that_of_the_specification() -> None:
    """The example of the Standard Webhooks libraries."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signature = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def webhook(receiver: Receiver, waits: list[float]) -> Webhook:
    return Webhook(f"http://{receiver.url}/{TOKEN}", b"k" * 32, lambda: START, sleep=waits.append)


def test_webhook_tries_again_under_the_same_number(receiver: Receiver) -> None:
    waits: list[float] = []
    receiver.answers = [500, 429, 503]
    webhook(receiver, waits).send(Notice(NoticeKind.THREAD_PAUSED, START, "demo"))
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    assert len(receiver.got) == 4
    assert len(waits) == 3
    assert waits == sorted(waits)


@pytest.mark.parametrize(
    ("answers", "tries", "said"),
    [
        ([500] * 9, ATTEMPTS, "it answered 500, 5 times"),
        ([302], 1, "it answered 302"),
        ([404], 1, "it answered 404"),
    ],
)
def test_webhook_gives_up(receiver: Receiver, answers: list[int], tries: int, said: str) -> None:
    receiver.answers = answers
    with pytest.raises(NotSentError, match=said):
        webhook(receiver, []).send(Notice(NoticeKind.THREAD_PAUSED, START, "demo"))
    assert len(receiver.got) == tries


def test_webhook_and_the_proxies_of_the_environment(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://ann:hunter2@127.0.0.1:1080")
    monkeypatch.setenv("https_proxy", "")
    monkeypatch.setenv("HTTPS_PROXY", "")
    webhook(receiver, []).send(Notice(NoticeKind.THREAD_PAUSED, START, "demo"))
    assert len(receiver.got) == 1, "what is near is reached directly"
    far = Webhook(f"https://hooks.example.com/{TOKEN}", b"k" * 32, lambda: START, sleep=lambda _: None)
    with pytest.raises(NotSentError, match=r"^ALL_PROXY names a SOCKS proxy") as caught:
        far.send(Notice(NoticeKind.THREAD_PAUSED, START, "demo"))
    assert TOKEN not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_webhook_that_nobody_listens_at() -> None:
    nobody = Webhook(f"http://127.0.0.1:9/{TOKEN}", b"k" * 32, lambda: START, sleep=lambda _: None)
    with pytest.raises(NotSentError, match=r"^it was not reached \(ConnectError\), 5 times$"):
        nobody.send(Notice(NoticeKind.THREAD_PAUSED, START, "demo"))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"notify": f"json://localhost, nope://{TOKEN}"}, "HEARTBEAT_NOTIFY: number 2 (nope) is no address"),
        ({"notify": f"tgram://{TOKEN}"}, "HEARTBEAT_NOTIFY: number 1 (tgram) is no address"),
        ({"notify": TOKEN}, "HEARTBEAT_NOTIFY: number 1 (no scheme) is no address"),
        ({"webhook_url": "http://localhost/x"}, "HEARTBEAT_WEBHOOK_SECRET: HEARTBEAT_WEBHOOK_URL demands it"),
        (
            {"webhook_url": "http://localhost/x", "webhook_secret": TOKEN},
            "HEARTBEAT_WEBHOOK_SECRET: HEARTBEAT_WEBHOOK_URL demands it",
        ),
        ({"webhook_url": f"ftp://{TOKEN}@localhost"}, "HEARTBEAT_WEBHOOK_URL: (hidden) is not allowed"),
    ],
)
async def test_what_cannot_be_used_is_refused_at_the_start(
    world: World, caplog: pytest.LogCaptureFixture, settings: dict[str, str], said: str
) -> None:
    with pytest.raises(InvalidValueError) as caught:
        async with telling(configured(world, **settings).services):
            pass
    assert str(caught.value).startswith(said)
    assert "\n" not in str(caught.value)
    assert TOKEN not in str(caught.value) + caplog.text


def test_addresses_may_hold_commas() -> None:
    assert split_urls(" json://a/?x=1,2 ,mailto://b, \n tgram://c/d,") == [
        "json://a/?x=1,2",
        "mailto://b",
        "tgram://c/d",
    ]


def test_no_secret_in_what_a_service_complains_of(
    receiver: Receiver, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.answers = [403]
    notifier = AppriseNotifier.from_url(f"json://user:{TOKEN}@{receiver.url}/{TOKEN}", 1)
    with pytest.raises(NotSentError) as caught:
        notifier.send(Notice(NoticeKind.THREAD_PAUSED, START, "demo"))
    assert "403" in str(caught.value)
    assert TOKEN not in f"{caught.value} {notifier} {notifier.name} {caplog.text} {capsys.readouterr()}"
    assert caplog.text == ""
    logging.getLogger("apprise").warning("what others send is heard")
    assert "is heard" in caplog.text


def test_failure_is_logged_once_until_it_works(receiver: Receiver, caplog: pytest.LogCaptureFixture) -> None:
    receiver.answers = [403] * 3
    courier = Courier(AppriseNotifier.from_url(f"json://{receiver.url}/{TOKEN}", 1))
    for _ in range(5):
        courier.carry(Notice(NoticeKind.THREAD_PAUSED, START, "demo"))
    courier.close(20)
    assert len(receiver.got) == 5
    [failed, works] = [record.getMessage() for record in caplog.records]
    assert failed.startswith("HEARTBEAT_NOTIFY number 1 (json) fails: ")
    assert works == "HEARTBEAT_NOTIFY number 1 (json) works again"
    assert TOKEN not in caplog.text


@pytest.mark.one_question  # replies with a whole decision
async def test_one_who_hangs_holds_nobody(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither beats, nor the other receiver, nor the end of the process."""
    monkeypatch.setattr(notifying, "FAREWELL", 0.1)
    with receiving() as hanging:
        hanging.hang = threading.Event()
        configured(
            world,
            notify=f"json://{receiver.url}",
            webhook_url=f"http://{hanging.url}",
            webhook_secret=SECRET,
        )
        world.ollama.default = Say(decision(action="none", reasoning="Quiet."))
        async with open_service(world.settings, enabled=False, services=world.services) as service:
            for number in range(3):
                pause(world, f"t{number}")
                beat = await service.runner.run_now(f"t{number}")
                assert isinstance(beat, BeatView)
                assert beat.status == "none"
            await until(lambda: len(receiver.got) == 3 and len(hanging.got) == 1)
            began = time.monotonic()
        assert time.monotonic() - began < 10


async def test_without_settings_nothing_runs(world: World) -> None:
    before = {thread for thread in threading.enumerate() if thread.name == "heartbeat-notify"}
    async with telling(world.services):
        assert {thread for thread in threading.enumerate() if thread.name == "heartbeat-notify"} <= before
    assert world.store.read(notices.pending)


class Deaf:
    """A notifier that keeps what it gets."""

    name = "deaf"

    def __init__(self) -> None:
        self.got: list[Notice] = []

    def send(self, notice: Notice) -> None:
        self.got.append(notice)

    def stop(self) -> None:
        pass


async def test_failure_to_look_is_survived(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    deaf = Deaf()
    telling_them = Notifying(world.services, [deaf], watch=0.01)
    telling_them.start()
    failures = [RuntimeError("a bug"), RuntimeError("a bug")]
    take = notices.take

    def failing(session: Session, now: datetime) -> Any:
        if failures:
            raise failures.pop()
        return take(session, now)

    monkeypatch.setattr(notices, "take", failing)
    pause(world)
    task = asyncio.create_task(telling_them.run())
    await until(lambda: len(deaf.got) == 1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    telling_them.close()
    assert caplog.text.count("notices cannot be read: a bug") == 1
