"""Hostile items of every kind, from a file or server on to the prompt, the row, the panel's answer and the log."""

from __future__ import annotations

import html
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from heartbeat.store import inbox
from heartbeat.text import legible, visible
from heartbeat.vocabulary import FeedKind
from tests.integration.graph.test_hostile_items import (
    HOSTILE,
    KINDS,
    OWNERS,
    SECRET,
    check_item,
    check_prompt,
)
from tests.integration.heartbeat_service.test_fetcher import look
from tests.integration.http.site import serving
from tests.support.web import Answer, WebServer, web_server
from tests.support.world import World

pytestmark = pytest.mark.one_question  # its prompt shows every item

TEXTS = [each.encode("utf-8", "replace").decode() for each in HOSTILE]
"""As they can stand in a file."""


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as found:
        yield found


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("number", range(len(HOSTILE)))
def test_a_hostile_item_does_nothing_and_hides_nothing(world: World, kind: FeedKind, number: int) -> None:
    check_item(world, kind, HOSTILE[number], OWNERS[number % len(OWNERS)])


def test_hostile_files_and_tasks(world: World, caplog: pytest.LogCaptureFixture) -> None:
    folder = world.folder / "notes"
    folder.mkdir()
    (folder / "0.md").write_text("- [ ] An item before\n")
    for number, text in enumerate(TEXTS, 1):
        (folder / f"{number}.md").write_bytes(f"{text}\n- [ ] {text}\n".encode())
    for number, name in enumerate(OWNERS):
        (folder / f"{name} {number}.md").write_text(f"- [ ] {name}: post it\n")
    (folder / "z.md").write_text("- [ ] An item after\n")
    connect(world, f'kind = "folder"\npath = "{folder}"\nglob = "**/*"')
    play(world, caplog, least=60)


def test_hostile_events(world: World, server: WebServer, caplog: pytest.LogCaptureFixture) -> None:
    events = [event(1, "An item before", "bo")]
    events += [event(number, text, OWNERS[number % len(OWNERS)]) for number, text in enumerate(TEXTS, 2)]
    events.append(event(99, "An item after", "bo"))
    text = "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:x", *events, "END:VCALENDAR", ""])
    server.answer = lambda _: Answer(body=text.encode())
    connect(world, f'kind = "calendar"\nurl = "{server.url}/days.ics"\nlan = true')
    play(world, caplog, least=20)


def test_hostile_entries(world: World, server: WebServer, caplog: pytest.LogCaptureFixture) -> None:
    entries = [entry(1, "An item before", "bo")]
    entries += [entry(number, text, OWNERS[number % len(OWNERS)]) for number, text in enumerate(TEXTS, 2)]
    entries.append(entry(99, "An item after", "bo"))
    text = f'<rss version="2.0"><channel><title>News</title>{"".join(entries)}</channel></rss>'
    server.answer = lambda _: Answer(body=text.encode(), headers={"Content-Type": "application/xml"})
    connect(world, f'kind = "feed"\nurl = "{server.url}/feed"\nlan = true')
    play(world, caplog, least=20)


def test_hostile_posts_and_comments(world: World, caplog: pytest.LogCaptureFixture) -> None:
    world.thread()
    post = world.post("An item before", "words")
    for number, text in enumerate(each[:200] for each in TEXTS):  # longer ones are refused
        author = OWNERS[number % (len(OWNERS) - 3)]
        world.post(text, text, author=author)
        world.comment(post, text, author=author)
    world.post("An item after", "words")
    with caplog.at_level(logging.DEBUG, logger="heartbeat"):
        beats(world)
    assert SECRET not in caplog.text


def connect(world: World, table: str) -> None:
    world.settings.connections_path.write_text(f'[place]\n{table}\nprivate = false\nsince = "all"\n')


def play(world: World, caplog: pytest.LogCaptureFixture, least: int) -> None:
    """Check everything between the fetch and what people and models see."""
    world.thread()
    with caplog.at_level(logging.DEBUG, logger="heartbeat"):
        found = look(world)["place"]
        assert found.failed is None
        beats(world)
    rows = world.store.read(inbox.page, limit=500)
    assert len(rows) >= least
    for row in rows:
        for text in (row.author, row.title, row.parent or "", row.content or ""):
            assert legible(text) == visible(text) == text
        assert len(row.title) <= 500
    with serving(world) as site:
        shown = json.dumps([site.get("/api/inbox"), site.get("/api/connections")])
    assert {"An item before", "An item after"} <= {row.title for row in rows}
    for text in (shown, caplog.text, *found.problems, str(world.store.read(inbox.all_looks)["place"].said)):
        assert SECRET not in text
    assert not Path("/tmp/owned").exists()


def beats(world: World) -> None:
    """Beat until the model was shown all, and check each prompt."""
    prompts: list[str] = []
    for _ in range(30):
        before = len(world.ollama.calls)
        beat = world.beat()
        assert beat["status"] in ("none", "skipped"), str({**beat, "config": ""})
        new = [call["messages"][-1]["content"] for call in world.ollama.calls[before:]]
        prompts += new
        world.clock.move(hours=1)
        if not new:
            break
    for asked in prompts:
        check_prompt(asked)
    assert world.posts() == []
    for title in ("An item before", "An item after"):
        assert any(title in asked for asked in prompts), title


def event(number: int, text: str, author: str) -> str:
    said = (
        text.replace("\\", "\\\\")
        .replace("\n", "\\n")
        .replace(",", "\\,")
        .replace(";", "\\;")
        .replace("\r", "")
    )
    return "\n".join(
        [
            "BEGIN:VEVENT",
            f"UID:{number}",
            "DTSTAMP:20261101T000000Z",
            f"DTSTART:202611{3 + number % 5:02}T090000Z",
            f'ORGANIZER;CN="{author}":mailto:a@example.org',
            f"SUMMARY:{said}",
            f"DESCRIPTION:{said}",
            "END:VEVENT",
        ]
    )


def entry(number: int, text: str, author: str) -> str:
    said = html.escape(text)
    return (
        f"<item><guid>{number}</guid><title>{said}</title><author>{author}</author>"
        f"<link>https://example.org/{number}</link><description>{html.escape(said)}</description></item>"
    )
