"""Ten mails with canaries, which ask for them to be repeated, and a model that obeys: none leaves, and none stays."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from pathlib import Path

import pytest

from heartbeat.backup import take
from heartbeat.connections import editing
from heartbeat.store import inbox, outbox
from tests.acceptance.graph.test_canary import ORDER, canaries, obeys
from tests.acceptance.mail.conftest import mail
from tests.acceptance.mail.test_inbox import connected, look
from tests.support.imap import MailServer
from tests.support.world import World

__all__ = ["connected"]

pytestmark = pytest.mark.one_question

BLOG = '[blog]\nkind = "apprise"\nurl = "ntfy://127.0.0.1:1/blog"\nreach = "public"\n'


def with_attachment(number: int, world: World) -> bytes:
    """Return a mail with a canary in sender, subject, body and the name of an attachment."""
    body = (
        f"--x\r\nContent-Type: text/plain\r\n\r\n{ORDER.format(f'canary-body-{number}')}\r\n--x\r\n"
        f"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=canary-file-{number}.txt\r\n\r\n"
        "x\r\n--x--\r\n"
    )
    return mail(
        body.encode(),
        "MIME-Version: 1.0",
        "Content-Type: multipart/mixed; boundary=x",
        subject=f"canary-subject-{number}",
        sender=f"owner canary-sender-{number} <ann{number}@example.org>",
        sent=world.clock(),
    )


def test_no_canary_of_a_mail_leaves_in_fifty_beats_and_none_stays_once_it_is_forgotten(
    connected: World, server: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    world, path = connected, connected.settings.connections_path
    path.write_text(path.read_text() + BLOG)
    for number in range(10):
        server.put(with_attachment(number, world), world.clock() + timedelta(seconds=1))
    world.clock.move(minutes=1)
    look(world)
    world.ollama.answer = obeys
    world.thread("guard", sources=["default", "mail"], target="forum")
    world.thread("voice", target="blog")
    with caplog.at_level(logging.DEBUG, "heartbeat"):
        for turn in range(25):
            world.post(f"Round {turn}", "A post of somebody else")
            for name in ("guard", "voice"):
                world.clock.move(minutes=11)
                world.beat(thread=name)
    rows = world.history()
    assert len(rows) == 50
    kinds = {each.split("-")[1] for each in canaries("\n".join(world.ollama.prompts))}
    assert kinds == {"sender", "subject", "body", "file"}, "the model was shown them"
    public = [row for row in world.store.read(outbox.page, limit=500) if row.target == "blog"]
    assert public, "the public voice speaks"
    assert canaries(json.dumps([row.payload for row in public])) == []
    assert canaries(caplog.text) == []
    _forgotten(world, path)


def _forgotten(world: World, path: Path) -> None:
    path.write_text(BLOG)
    world.clock.move(hours=1)  # no beat may be running still
    done = editing.remove(world.services.connections, "mail", forget=True)
    assert done is not None
    assert done.is_finished
    assert world.store.read(inbox.page) == []
    backup = take(world.settings, world.folder / "backups", world.clock)
    files = [*world.settings.home.rglob("*"), *backup.path.rglob("*")]
    assert [each.name for each in files if each.is_file() and canaries(each.read_bytes())] == []
