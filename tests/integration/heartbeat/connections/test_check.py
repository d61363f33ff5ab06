"""Checks: what is down is told once two looks have shown it, and what is up again too."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from heartbeat.connections.making import Maker
from heartbeat.connections.spec import Site
from heartbeat.errors import InvalidValueError
from heartbeat.store import inbox
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.vocabulary import ConnectionOrigin, FeedKind
from tests.integration.heartbeat_service.test_fetcher import look
from tests.support.web import Answer, WebServer, web_server
from tests.support.world import World


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as found:
        yield found


@dataclass
class Checked:
    """A check of the workspace, which is looked at every five minutes."""

    world: World
    seen: int = 0

    def connect(self, toml: str) -> None:
        self.world.settings.connections_path.write_text(f'[site]\nkind = "check"\n{toml}\n')

    def news(self) -> list[str]:
        """Look, and return the titles that are news."""
        found = look(self.world)["site"]
        assert found.failed is None, found.failed
        rows = [row for row in self.rows() if row.seq > self.seen]
        self.seen = max([self.seen, *(row.seq for row in rows)])
        self.world.clock.move(minutes=5)
        return [row.title for row in rows]

    def rows(self) -> list[InboxItem]:
        return list(self.world.store.read(inbox.page, kind=FeedKind.ALERT))


@pytest.fixture
def site(world: World) -> Checked:
    return Checked(world)


def test_an_outage_and_its_end_are_one_item_each(site: Checked, server: WebServer) -> None:
    site.connect(f'http = "{server.url}/health?of=hush"\nlan = true')
    server.answer = lambda _: Answer(200, b"fine")
    assert [site.news(), site.news()] == [[], []]
    server.answer = lambda _: Answer(503, b"SECRET BODY")
    assert site.news() == [], "one failed look is silent"
    assert site.news() == ["site is down"]
    assert [site.news() for _ in range(5)] == [[]] * 5
    [alert] = site.rows()
    assert alert.content == (
        "Down since 2026-11-02 12:10 UTC.\nExpected: an answer with a status below 400.\n"
        f"{server.url}/health answers with status 503 (Service Unavailable)."
    )
    server.answer = lambda _: Answer(200, b"fine")
    assert site.news() == [], "one good look is silent"
    server.answer = lambda _: Answer(500)
    assert site.news() == []
    server.answer = lambda _: Answer(200, b"fine")
    assert [site.news(), site.news(), site.news()] == [[], ["site is up again"], []]
    over, gone = site.rows()
    assert (gone.title, gone.gone_at is not None) == ("site is down", True)
    assert (over.content or "").startswith("Down from 2026-11-02 12:10 UTC to 2026-11-02 12:55 UTC.\n")
    server.answer = lambda _: Answer(503)
    assert [site.news(), site.news()] == [[], ["site is down"]]
    assert [row.gone_at is None for row in site.rows()] == [True, False, False], (
        "another outage is another item"
    )


def test_what_is_down_at_the_first_look_is_told_at_once(site: Checked) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    site.connect(f'tcp = "127.0.0.1:{port}"\nlan = true')
    assert site.news() == ["site is down"]
    [alert] = site.rows()
    assert alert.content == (
        "It was down at the first look, 2026-11-02 12:00 UTC.\nExpected: it takes connections.\n"
        f"127.0.0.1 port {port} cannot be reached: Connection refused."
    )
    with socket.create_server(("127.0.0.1", port)):
        assert [site.news(), site.news()] == [[], ["site is up again"]]
        site.world.clock.move(days=6)
        assert (site.news(), site.rows()[0].gone_at) == ([], None)
        site.world.clock.move(days=2)
        assert site.news() == []
        assert site.rows()[0].gone_at is not None, "nothing is shown of what is over for long"


@pytest.mark.parametrize(
    ("expect", "answer", "is_up"),
    [
        ('"all good"', Answer(200, b"<p>All\n  GOOD</p>"), True),
        ('"all good"', Answer(200, b"bad"), False),
        ('"all good"', Answer(500, b"all good"), False),
        ("401", Answer(401), True),
        ('"401"', Answer(200), False),
        ("302", Answer(302, headers={"Location": "/login"}), True),
        ("200", Answer(302, headers={"Location": "/login"}), False),
    ],
    ids=range(7),
)
def test_what_is_expected_of_an_address(
    site: Checked, server: WebServer, expect: str, answer: Answer, is_up: bool
) -> None:
    server.answer = lambda _: answer
    site.connect(f'http = "{server.url}/"\nexpect = {expect}\nlan = true')
    assert site.news() == ([] if is_up else ["site is down"])


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        (
            'http = "http://127.0.0.1:1/"',
            "127.0.0.1 leads to 127.0.0.1 in this machine; lan = true allows that.",
        ),
        ('tcp = "10.0.0.1:80"', "10.0.0.1 leads to 10.0.0.1 in a private network; lan = true allows that."),
    ],
    ids=range(2),
)
def test_a_faulty_configuration_is_no_outage(site: Checked, toml: str, said: str) -> None:
    site.connect(toml)
    assert said in (look(site.world)["site"].failed or "")
    assert site.rows() == []


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "http: 0 of http, tcp and command are given; allowed: one of them"),
        (
            {"http": "http://a", "tcp": "a:1"},
            "http: 2 of http, tcp and command are given; allowed: one of them",
        ),
        ({"http": "file:///etc/passwd"}, "http: 'file:///etc/passwd' is not allowed; allowed: the http"),
        ({"tcp": "a"}, "tcp: 'a' is not allowed; allowed: host:port"),
        ({"tcp": "169.254.169.254:80", "lan": True}, "tcp: 169.254.169.254 is an address that nothing is"),
        ({"http": "http://[::]/", "lan": True}, "http: :: is an address that nothing is fetched from"),
        ({"tcp": "a:0"}, "tcp: 'a:0' is not allowed; allowed: host:port"),
        ({"tcp": "a:1", "expect": 1}, "expect: 1 is not allowed; allowed: of http:"),
        ({"http": "http://a", "expect": 99}, "expect: 99 is not allowed; allowed: of http:"),
        ({"command": []}, "command: [] is not allowed; allowed: a program"),
        ({"command": "'"}, 'command: "\'" is not allowed; allowed: a program'),
        ({"command": "true", "expect": "ok"}, "expect: 'ok' is not allowed; allowed: of http:"),
    ],
    ids=range(12),
)
def test_keys_that_are_not_allowed(world: World, values: dict[str, Any], said: str) -> None:
    maker = Maker(Site.from_settings(world.settings, world.clock), ())
    with pytest.raises(InvalidValueError) as found:
        maker.spec("check", values, ConnectionOrigin.FILE)
    assert str(found.value).startswith(said)


def test_a_command_stands_in_the_file_alone_and_the_own_network_anywhere(world: World) -> None:
    maker = Maker(Site.from_settings(world.settings, world.clock), ())
    with pytest.raises(InvalidValueError, match=r"a command is allowed in connections\.toml only"):
        maker.spec("check", {"command": "true"}, ConnectionOrigin.ROW)
    with pytest.raises(InvalidValueError, match=r"lan = true is allowed in connections\.toml only"):
        maker.spec("page", {"url": "http://10.0.0.1/", "lan": True}, ConnectionOrigin.ROW)
    spec = maker.spec("check", {"tcp": "[::1]:80", "lan": True}, ConnectionOrigin.ROW)
    assert spec.looks_every() == 300
    assert not spec.is_private()


def test_what_connections_test_says(world: World, server: WebServer) -> None:
    maker = Maker(Site.from_settings(world.settings, world.clock), ())
    server.answer = lambda _: Answer(500)
    spec = maker.spec("check", {"http": f"{server.url}/", "lan": True}, ConnectionOrigin.ROW)
    said = f"It is down now: {server.url}/ answers with status 500 (Internal Server Error)."
    assert spec.trial(maker.site) == said
    spec = maker.spec("check", {"http": f"{server.url}/"}, ConnectionOrigin.ROW)
    with pytest.raises(InvalidValueError, match="lan = true allows that"):
        spec.trial(maker.site)
