"""``heartbeat tell --test``: all connections that reach the owner, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlmodel import Session

from heartbeat.store import Store, outbox
from heartbeat.store.tables import TargetHealth
from tests.integration.cli.conftest import Cli
from tests.integration.heartbeat.connections.test_webhook import SECRET
from tests.support.sinks import HttpSink, http_sink
from tests.support.world import START

TOKEN = "tk_verysecret1234"


@pytest.fixture
def http() -> Iterator[HttpSink]:
    with http_sink() as sink:
        yield sink


def connect(http: HttpSink, *, broken: bool = False) -> None:
    Path("connections.toml").write_text(
        f"""
[phone]
kind = "apprise"
url = "ntfy://{TOKEN}@{"127.0.0.1:9" if broken else http.address}/phone"

[slack]
kind = "apprise"
url = "ntfy://{http.address}/slack"

[masto]
kind = "apprise"
url = "ntfy://{http.address}/masto"
reach = "public"

[notes]
kind = "folder"
path = "."
write = true
"""
    )


def test_everybody_who_reaches_the_owner_gets_it(cli: Cli, http: HttpSink) -> None:
    connect(http)
    said = cli.fine("tell", "--test")
    assert said == (
        "phone: It was sent; look whether it has arrived.\nslack: It was sent; look whether it has arrived.\n"
    )
    assert sorted(got.json["topic"] for got in http.got) == ["phone", "slack"]
    assert {got.json["message"] for got in http.got} == {"This is a test: Heartbeat reaches you here."}


def test_what_is_looked_at_tells_nobody(cli: Cli, http: HttpSink) -> None:
    connect(http)
    for name, kind, key in (("news", "feed", "url"), ("shop", "page", "url"), ("site", "check", "http")):
        cli.fine("connections", "add", name, kind, f"{key}=https://example.org/")
    assert [line.split(":")[0] for line in cli.fine("tell", "--test").splitlines()] == ["phone", "slack"]


def test_words_of_ones_own(cli: Cli, http: HttpSink) -> None:
    connect(http)
    cli.fine("tell", "--test", "Tea is ready.")
    assert {got.json["message"] for got in http.got} == {"Tea is ready."}


def test_one_that_fails_is_said_and_the_others_get_it(cli: Cli, http: HttpSink) -> None:
    connect(http, broken=True)
    done = cli("tell", "--test")
    assert done.exit_code == 1
    phone, slack = done.stdout.splitlines()
    assert phone.startswith("phone: ")
    assert "was sent" not in phone
    assert TOKEN not in phone
    assert slack == "slack: It was sent; look whether it has arrived."


def test_a_faulty_address_is_said(cli: Cli, http: HttpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_NOTIFY", f"ntfy://{http.address}/phone, nope://{TOKEN}")
    done = cli("tell", "--test")
    assert done.exit_code == 1
    assert done.stdout.splitlines() == [
        "notify-1: It was sent; look whether it has arrived.",
        "notify-2: It is not used: HEARTBEAT_NOTIFY: number 2 (nope) is no address that Apprise understands; "
        "allowed: Apprise URLs, separated by commas or spaces.",
    ]


def test_the_webhook_gets_it_too(cli: Cli, http: HttpSink, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_WEBHOOK_URL", f"http://{http.address}/hook")
    monkeypatch.setenv("HEARTBEAT_WEBHOOK_SECRET", SECRET)
    assert (
        cli.fine("tell", "--test", "Tea is ready.") == "webhook: It was sent; look whether it has arrived.\n"
    )
    [got] = http.got
    assert (got.json["type"], got.json["data"]["text"]) == ("tell", "Tea is ready.")
    http.answers = [500]
    done = cli("tell", "--test")
    assert (done.exit_code, done.stdout) == (1, "webhook: it answered 500.\n")


@pytest.mark.parametrize("command", [("tell", "--test"), ("connections", "test", "phone")])
def test_one_that_works_is_not_down_any_more(
    cli: Cli, http: HttpSink, store: Store, command: tuple[str, ...]
) -> None:
    """What waits for it is sent at once, not at the next of the hourly tries."""
    connect(http)

    def take_down(session: Session) -> None:
        session.add(TargetHealth(target="phone", misses=3, last_try=START, down_since=START, told=True))

    store.write(take_down)
    http.answers = [500] * 4
    cli(*command)
    assert store.read(outbox.is_down, "phone")
    http.answers = []
    cli.fine(*command)
    assert not store.read(outbox.is_down, "phone")


def test_nobody_would_be_told(cli: Cli) -> None:
    done = cli("tell", "--test")
    assert done.exit_code == 1
    assert done.stdout == (
        "Nobody would be told: no connection reaches you. Add one with: heartbeat connections add phone apprise\n"
    )


def test_it_only_tests(cli: Cli) -> None:
    assert "--test" in cli.refused("tell", "Tea is ready.")


@pytest.mark.parametrize("text", ["", " ", "x" * 1_001])
def test_a_message_has_bounds(cli: Cli, text: str) -> None:
    assert cli.refused("tell", "--test", text) == (
        f"TEXT: {len(text)} characters are not allowed; allowed: 1 to 1000"
    )
