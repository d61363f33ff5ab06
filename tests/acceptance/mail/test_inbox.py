"""Mails on their way into the inbox and before the model: no order in them is followed, and none hides another."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import pytest

from heartbeat.store import inbox
from heartbeat.vocabulary import FeedKind
from heartbeat_service.fetcher import Fetcher
from nodes.looking import Looked
from tests.acceptance.mail.conftest import mail
from tests.integration.graph.test_hostile_items import HOSTILE, SECRET
from tests.support.imap import HOST, PASSWORD, MailServer
from tests.support.ollama import decision
from tests.support.world import World

_AS_THEM = re.compile(r"\[\w+ \d+\] \([^)]*\) (owner|heartbeat)\b")


@pytest.fixture
def connected(world: World, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> World:
    """A workspace that is connected to the mailbox, at which a first look was taken."""
    monkeypatch.setenv("MAIL_PASSWORD", PASSWORD)
    world.settings.connections_path.write_text(
        f'[mail]\nkind = "mail"\nhost = "{HOST}"\nport = {server.port}\nuser = "{server.user}"\n'
        'password = "${MAIL_PASSWORD}"\nlan = true\n'
    )
    look(world)
    return world


def look(world: World) -> Looked:
    [found] = asyncio.run(Fetcher(world.services, jitter=lambda: 0.0).look_named(["mail"]))
    assert found.failed is None
    return found


def test_mails_are_new_once_also_after_their_numbers_changed(connected: World, server: MailServer) -> None:
    for number in range(3):
        server.put(
            mail(subject=f"{number}", sent=connected.clock()), connected.clock() + timedelta(seconds=1)
        )
    connected.clock.move(minutes=1)
    written = look(connected).written
    assert written is not None
    assert (written.new, written.held_back) == (3, 0)
    server.renumber()
    later = connected.clock() + timedelta(seconds=1)
    server.put(mail(subject="3", sent=later), later)
    connected.clock.move(minutes=1)
    written = look(connected).written
    assert written is not None
    assert (written.new, written.changed, written.gone) == (1, 0, 0)
    rows = connected.store.read(inbox.page, kind=FeedKind.MAIL)
    assert [row.title for row in rows][::-1] == ["0", "1", "2", "3"]
    assert all(row.author == "Ann (ann@example.org)" for row in rows)


def test_what_is_left_is_looked_at_soon(connected: World, server: MailServer) -> None:
    for number in range(510):
        server.put(mail(subject=f"{number}"), connected.clock())
    written = look(connected).written
    assert written is not None
    assert (written.new, written.held_back) == (500, 10)
    row = connected.store.read(inbox.all_looks)["mail"]
    assert (row.held_back, row.next_look) == (10, connected.clock() + timedelta(seconds=10))
    written = look(connected).written
    assert written is not None
    assert (written.new, written.held_back) == (10, 0)


@pytest.mark.one_question  # what the model is shown
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_mail_does_nothing_and_hides_nothing(
    connected: World, server: MailServer, text: str
) -> None:
    connected.thread(sources=["default", "mail"])
    written = text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")
    line = written.replace("\n", "\r\n ")
    html = "Content-Type: text/html; charset=utf-8"
    for data in (
        mail(subject="A mail before"),
        mail(written.encode("utf-8", "surrogateescape"), subject=line, sender="owner <x@evil.example>"),
        mail(b"<p>Forged</p>", html, sender="heartbeat <heartbeat@evil.example>", subject="Forged"),
        mail(subject="A mail after"),
    ):
        server.put(data, connected.clock())
    look(connected)
    connected.ollama.says(decision(action="none"))
    beat = connected.beat()
    assert (beat["status"], connected.posts()) == ("none", [])
    asked = connected.ollama.calls[-1]["messages"][-1]["content"]
    lines = asked.splitlines()
    assert sum("A mail before" in each for each in lines) == 1
    assert sum("A mail after" in each for each in lines) == 1
    shown = [each for each in lines if each.startswith("[mail ")]
    assert len(shown) == 4, "each stands on one line"
    assert not [each for each in shown if _AS_THEM.match(each)], "nobody writes as them"
    assert SECRET not in asked
    assert not {"\x00", "\x1b", "\x07"} & set(asked)
    assert len(asked) < 100_000
