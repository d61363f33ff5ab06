"""Apprise as a target: what services get, and what is said when they take nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from heartbeat.connections.apprise import AppriseSpec, AppriseTarget, Room, message_of
from heartbeat.connections.spec import Site
from heartbeat.errors import InvalidValueError, NotSentError, RefusedError, TargetError
from heartbeat.outgoing import Outgoing
from heartbeat.vocabulary import NOTICE, ActionKind, NoticeKind, Reach
from tests.support.holds import PATIENCE
from tests.support.sinks import HttpSink, SmtpSink, http_sink, smtp_sink
from tests.support.world import World

TOKEN = "tk_verysecret1234"
TELL = Outgoing(kind=ActionKind.TELL, thread_id="garden", text="Frost tonight.")


@pytest.fixture
def http() -> Iterator[HttpSink]:
    with http_sink() as sink:
        yield sink


@pytest.fixture
def smtp() -> Iterator[SmtpSink]:
    with smtp_sink() as sink:
        yield sink


@pytest.fixture
def site(world: World) -> Site:
    return Site.from_settings(world.settings, world.clock)


def target(site: Site, url: str, **more: Any) -> AppriseTarget:
    return AppriseSpec.parse({"url": url, **more}).target("phone", site)


def test_a_tell_reaches_a_phone(site: Site, http: HttpSink) -> None:
    receipt = target(site, f"ntfy://{TOKEN}@{http.address}/alerts").deliver(TELL, "k", 30)
    assert receipt == {"service": "ntfy"}
    [got] = http.got
    assert (got.json["title"], got.json["message"]) == ("garden", "Frost tonight.")


def test_a_tell_reaches_a_mailbox(site: Site, smtp: SmtpSink) -> None:
    url = f"mailto://{smtp.address}?from=hb@example.org&to=ann@example.org&format=text"
    target(site, url).deliver(TELL, "k", 30)
    [mail] = smtp.got
    assert smtp.recipients == ["ann@example.org"]
    assert mail["Subject"] == "garden"
    assert mail.get_content().strip() == "Frost tonight."


def test_a_mailbox_that_refuses_is_a_failure(site: Site, smtp: SmtpSink) -> None:
    smtp.refusal = "554 no"
    mail = target(site, f"mailto://{smtp.address}?from=hb@example.org&to=ann@example.org")
    with pytest.raises(TargetError) as caught:
        mail.deliver(TELL, "k", 30)
    assert not isinstance(caught.value, NotSentError | RefusedError)


@pytest.mark.parametrize("status", [302, 400, 401, 429, 500])
def test_a_no_may_have_arrived(
    site: Site, http: HttpSink, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Apprise tells these apart no more than a lost answer; and nothing that is said shows the address."""
    caplog.set_level(logging.DEBUG)
    http.answers = [status]
    phone = target(site, f"ntfy://{TOKEN}@{http.address}/alerts")
    with pytest.raises(TargetError) as caught:
        phone.deliver(TELL, "k", 30)
    assert not isinstance(caught.value, NotSentError | RefusedError)
    assert len(http.got) == 1, "redirects are not followed, and nothing is tried twice in one try"
    assert TOKEN not in f"{caught.value}{caplog.text}{phone}"
    assert "alerts" not in f"{caught.value}{caplog.text}"


def test_an_address_cannot_have_redirects_followed(site: Site, http: HttpSink) -> None:
    http.answers = [307]
    with pytest.raises(TargetError):
        target(site, f"ntfy://{http.address}/alerts?redirect=yes&retry=3").deliver(TELL, "k", 30)
    assert [got.path for got in http.got] == ["/"]


def test_two_tries_at_once_do_not_disturb_each_other(site: Site, http: HttpSink) -> None:
    http.hang = threading.Event()
    phone = target(site, f"ntfy://{http.address}/alerts?rto={PATIENCE}")
    tries = [threading.Thread(target=phone.deliver, args=(TELL, "k", 30)) for _ in range(2)]
    for each in tries:
        each.start()
    for _ in tries:
        assert http.arrived.acquire(timeout=PATIENCE)
    http.hang.set()
    for each in tries:
        each.join()


def test_the_second_try_says_so(site: Site, http: HttpSink) -> None:
    target(site, f"ntfy://{http.address}/alerts").deliver(TELL.model_copy(update={"again": True}), "k", 30)
    assert http.got[0].json["message"] == "Again: Frost tonight."


def test_text_is_cut_to_what_the_service_takes(site: Site, http: HttpSink) -> None:
    sms = target(site, f"signal://{http.address}/+15551230001/+15551230002")
    assert sms.capabilities().text_limit == 1_000
    room = Room(160, merges_title=True)
    long = TELL.model_copy(update={"text": "x" * 900, "url": "https://hb.example.org/beats/7", "again": True})
    title, body = message_of(long, Reach.OWNER, room)
    assert len(title) + 2 + len(body) == 160
    assert body.startswith("Again: xxx")
    assert body.endswith("x…\nhttps://hb.example.org/beats/7")


def test_the_public_sees_no_link_to_the_panel_and_nobody_calls_everybody() -> None:
    post = Outgoing(
        kind=ActionKind.POST,
        thread_id="garden",
        title="Frost",
        content="Cover them, @everyone and @ann! <!here> <@&7>",
        url="https://hb.example.org/beats/7",
    )
    title, body = message_of(post, Reach.PUBLIC, Room(500, merges_title=True))
    assert title == "Frost"
    assert body == "Cover them, @\u200beveryone and @ann! <\u200b!here> <\u200b@&7>"


def test_secrets_of_others_do_not_leave() -> None:
    tell = TELL.model_copy(update={"text": "The password: hunter22 is in the mail"})
    assert "hunter22" not in message_of(tell, Reach.OWNER, Room(500, merges_title=True))[1]


@pytest.mark.parametrize(
    ("reach", "kind"), [("public", ActionKind.TELL), ("public", NOTICE), ("owner", ActionKind.POST)]
)
def test_what_is_for_others_does_not_leave(site: Site, http: HttpSink, reach: str, kind: str) -> None:
    """As where a connection has got the name of another, for which something was queued."""
    with pytest.raises(RefusedError, match=f"reaches the {reach} and takes no {kind}"):
        target(site, f"ntfy://{http.address}/a", reach=reach).deliver(
            Outgoing(kind=kind, text="Frost tonight.", content="Frost tonight."), "k", 30
        )
    assert http.got == []


def test_a_notice_has_its_own_title(site: Site, http: HttpSink) -> None:
    notice = Outgoing(
        kind=NOTICE, title="The model is back", text="It answers.", notice={"kind": NoticeKind.MODEL_BACK}
    )
    target(site, f"json://{http.address}").deliver(notice, "k", 30)
    assert http.got[0].json["title"] == "The model is back"
    assert http.got[0].json["type"] == "success"


def test_what_it_offers(site: Site) -> None:
    owner = target(site, "ntfy://localhost/alerts").capabilities()
    assert (owner.kinds, owner.reach, owner.repeat, owner.deliver_within) == (("tell",), "owner", True, 3_600)
    public = target(site, "ntfy://localhost/alerts", reach="public").capabilities()
    assert (public.kinds, public.reach, public.repeat) == (("post",), "public", False)
    assert target(site, "ntfy://localhost/alerts", repeat=False).capabilities().repeat is False


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "url: it is missing"),
        ({"url": "ntfy://a b"}, "url: this value is not allowed"),
        (
            {"url": "nonsense://tk_verysecret1234"},
            "url: this nonsense address is none that Apprise understands",
        ),
        ({"url": "ntfy://h/t", "reach": "all"}, "reach: 'all' is not allowed; allowed: owner or public"),
        ({"url": "ntfy://h/t", "repeat": "yes"}, "repeat: 'yes' is not allowed; allowed: true or false"),
        ({"url": "ntfy://h/t", "rooms": 1}, "rooms: this kind has no such key; allowed: url, reach, repeat"),
    ],
)
def test_what_is_refused(site: Site, values: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidValueError) as caught:
        AppriseSpec.parse(values).check(site)
    assert str(caught.value).startswith(said)
    assert TOKEN not in str(caught.value)
