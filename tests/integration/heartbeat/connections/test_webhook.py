"""The webhook as a target: what is posted and signed, and what an answer means."""

from __future__ import annotations

import base64
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from heartbeat.connections import Connections
from heartbeat.connections.spec import Site
from heartbeat.connections.webhook import WebhookSpec, WebhookTarget, sign
from heartbeat.errors import NotSentError, RefusedError, TargetError
from heartbeat.notice import Notice, outgoing_of
from heartbeat.outgoing import Outgoing
from heartbeat.settings import load_settings
from heartbeat.vocabulary import ActionKind, ConnectionState, NoticeKind
from tests.support.paths import ROOT
from tests.support.sinks import HttpSink, http_sink
from tests.support.world import START, World

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
TOKEN = "xoxb-topsecret-token-1234"
TELL = Outgoing(kind=ActionKind.TELL, thread_id="garden", beat_id=7, text="Frost tonight.")


@pytest.fixture
def http() -> Iterator[HttpSink]:
    with http_sink() as sink:
        yield sink


@pytest.fixture
def site(world: World) -> Site:
    return Site.from_settings(world.settings, world.clock)


def webhook(site: Site, address: str) -> WebhookTarget:
    url = address if "://" in address else f"http://{address}/{TOKEN}"
    return WebhookSpec.parse({"url": url, "secret": SECRET}).target("webhook", site)


def is_genuine() -> Any:
    """The check that docs/notifications.md shows."""
    page = ROOT / "docs" / "notifications.md"
    [shown] = re.findall(r"```python\n(.*?)```", page.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(shown, names)
    return names["is_genuine"]


def test_a_notice_is_posted_and_signed_under_the_key_of_its_delivery(site: Site, http: HttpSink) -> None:
    data = {"summary": "Wants to post: Hi @everyone", "expires_at": None}
    notice = Notice(NoticeKind.APPROVAL_REQUESTED, START, "garden", 7, data)
    outgoing = outgoing_of(notice, "https://hb.example.org")
    assert webhook(site, http.address).deliver(outgoing, "a-key", 30) == {"status": 200}
    [got] = http.got
    assert got.headers["webhook-id"] == "a-key"
    assert got.json == {
        "type": "approval.requested",
        "timestamp": "2026-11-02T12:00:00Z",
        "data": {
            "thread_id": "garden",
            "beat_id": 7,
            "title": "garden: approval needed",
            "text": "Wants to post: Hi @\u200beveryone\nTo approve or reject it, open its page.",
            "more": 0,
            "url": "https://hb.example.org/beats/7",
        },
    }
    now = str(int(time.time()))
    fresh = {
        **got.headers,
        "webhook-timestamp": now,
        "webhook-signature": sign(b"k" * 32, "a-key", now, got.body),
    }
    assert is_genuine()(SECRET, fresh, got.body)
    assert not is_genuine()(SECRET, fresh, got.body + b" ")
    assert not is_genuine()(SECRET, got.headers, got.body), "old"


def test_a_tell_is_posted_too_without_the_secrets_of_others(site: Site, http: HttpSink) -> None:
    tell = TELL.model_copy(update={"text": "The password: hunter22 is in the mail"})
    webhook(site, http.address).deliver(tell, "k", 30)
    [got] = http.got
    assert (got.json["type"], got.json["data"]["title"]) == ("tell", "garden")
    assert "hunter22" not in got.body.decode()


def test_signature_is_that_of_the_specification() -> None:
    """The example of the Standard Webhooks libraries."""
    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signature = sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (408, NotSentError),
        (425, NotSentError),
        (429, NotSentError),
        (500, TargetError),
        (503, TargetError),
        (302, RefusedError),
        (401, RefusedError),
        (404, RefusedError),
    ],
)
def test_what_an_answer_means(site: Site, http: HttpSink, status: int, error: type[Exception]) -> None:
    """Later, perhaps it arrived, or final; a redirect is not followed."""
    http.answers = [status]
    with pytest.raises(error, match=f"^it answered {status}$"):
        webhook(site, http.address).deliver(TELL, "k", 30)
    assert len(http.got) == 1


def test_an_answer_that_never_comes_may_hide_that_it_arrived(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heartbeat.connections.webhook.TIMEOUT", 0.2)
    with http_sink() as hanging:
        hanging.hang = threading.Event()
        with pytest.raises(TargetError, match=r"^no answer came \(ReadTimeout\)$") as caught:
            webhook(site, hanging.address).deliver(TELL, "k", 30)
    assert TOKEN not in str(caught.value)


def test_proxies_of_the_environment(site: Site, http: HttpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "socks5://ann:hunter2@127.0.0.1:1080")
    monkeypatch.setenv("https_proxy", "")
    monkeypatch.setenv("HTTPS_PROXY", "")
    webhook(site, http.address).deliver(TELL, "k", 30)
    assert len(http.got) == 1, "what is near is reached directly"
    with pytest.raises(NotSentError, match=r"^ALL_PROXY names a SOCKS proxy") as caught:
        webhook(site, f"https://hooks.example.com/{TOKEN}").deliver(TELL, "k", 30)
    assert TOKEN not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_nobody_listens_there(site: Site) -> None:
    nobody = webhook(site, f"http://127.0.0.1:9/{TOKEN}")
    with pytest.raises(NotSentError, match=r"^it was not reached \(ConnectError\)$"):
        nobody.deliver(TELL, "k", 30)
    assert TOKEN not in repr(nobody)


def test_what_it_offers(site: Site) -> None:
    offered = webhook(site, "127.0.0.1:9").capabilities()
    assert (offered.kinds, offered.reach, offered.repeat) == (("tell",), "owner", True)
    assert (offered.remembers_keys, offered.deliver_within) == (0, 3_600)


@pytest.mark.parametrize("secret", ["", TOKEN, "whsec_c2hvcnQ="])
def test_without_a_secret_that_signs_it_is_faulty(world: World, secret: str) -> None:
    settings = load_settings(
        home=world.settings.home, webhook_url="http://localhost/x", webhook_secret=secret or None
    )
    connections = Connections.load(settings, world.store)
    [one] = connections.all
    assert (one.name, one.state) == ("webhook", ConnectionState.FAULTY)
    assert one.problem is not None
    assert one.problem.startswith(
        "HEARTBEAT_WEBHOOK_SECRET: HEARTBEAT_WEBHOOK_URL demands it; allowed: whsec_"
    )
    assert TOKEN not in one.problem
    assert connections.owner_targets() == []
