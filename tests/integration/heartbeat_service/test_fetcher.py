"""Looking at connections: files of a folder, a feed and a calendar, as a serving process does it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from heartbeat.store import inbox
from heartbeat.vocabulary import FeedKind
from heartbeat_service.fetcher import Fetcher, Looked
from tests.support.world import World

FEED = """<?xml version="1.0"?>
<rss version="2.0"><channel><title>News</title>
<item><guid>2</guid><title>Second</title><pubDate>Mon, 02 Nov 2026 11:30:00 GMT</pubDate></item>
<item><guid>1</guid><title>First</title><pubDate>Mon, 02 Nov 2026 11:00:00 GMT</pubDate>
<description>&lt;p&gt;Words&lt;/p&gt;</description></item>
</channel></rss>
"""
CALENDAR = """BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//heartbeat//tests
BEGIN:VEVENT
UID:dentist
DTSTAMP:20261001T000000Z
SUMMARY:Dentist
DTSTART:20261102T150000Z
DTEND:20261102T160000Z
END:VEVENT
END:VCALENDAR
"""


@pytest.fixture
def outside(world: World) -> Path:
    """A folder with a list, a feed and a calendar, which the workspace is connected to."""
    folder = world.folder / "outside"
    folder.mkdir()
    (folder / "todo.md").write_text("# Home\n\n- [ ] Buy tea\n- [x] Sleep\n")
    (folder / "news.xml").write_text(FEED)
    (folder / "days.ics").write_text(CALENDAR)
    world.settings.connections_path.write_text(
        f'[notes]\nkind = "folder"\npath = "{folder}"\n\n'
        f'[news]\nkind = "feed"\npath = "{folder}/news.xml"\nsince = "all"\nevery = "10m"\n\n'
        f'[days]\nkind = "calendar"\npath = "{folder}/days.ics"\n'
    )
    return folder


def look(world: World, *names: str, only_due: bool = False) -> dict[str, Looked]:
    fetcher = Fetcher(world.services, jitter=lambda: 0.0)
    return {each.name: each for each in asyncio.run(fetcher.look_named(names or None, only_due=only_due))}


def titles(world: World, kind: FeedKind) -> list[str]:
    return [row.title for row in world.store.read(inbox.page, kind=kind)][::-1]


def test_all_kinds_come_into_the_inbox(world: World, outside: Path) -> None:
    found = look(world)
    assert {name: each.failed for name, each in found.items()} == {"notes": None, "news": None, "days": None}
    assert titles(world, FeedKind.TASK) == ["Buy tea"]
    assert titles(world, FeedKind.ENTRY) == ["First", "Second"]
    assert titles(world, FeedKind.EVENT) == ["Dentist"]
    assert titles(world, FeedKind.FILE) == ["todo.md"]


def test_what_is_not_due_is_not_looked_at(world: World, outside: Path) -> None:
    look(world)
    again = look(world, only_due=True)
    assert [each.written for each in again.values()] == [None, None, None]
    world.clock.move(minutes=10)
    assert look(world, only_due=True)["news"].written is not None


def test_a_connection_that_fails_says_why_and_the_others_go_on(world: World, outside: Path) -> None:
    (outside / "news.xml").unlink()
    found = look(world)
    assert found["news"].failed == f"There is no file {outside}/news.xml; put it there, or change path."
    assert found["notes"].written is not None
    row = world.store.read(inbox.all_looks)["news"]
    assert (row.misses, row.said) == (1, found["news"].failed)
    assert row.next_look == world.clock() + timedelta(seconds=30)


def test_a_box_that_is_ticked_is_gone(world: World, outside: Path) -> None:
    look(world)
    (outside / "todo.md").write_text("# Home\n\n- [x] Buy tea\n- [ ] Call mum\n")
    look(world)
    rows = world.store.read(inbox.page, kind=FeedKind.TASK)
    assert [(row.title, row.gone_at is None) for row in rows] == [("Call mum", True), ("Buy tea", False)]


def test_the_loop_looks_at_what_is_due_and_rests_until_the_next(world: World, outside: Path) -> None:
    looked: list[str] = []

    async def go() -> float:
        fetcher = Fetcher(world.services, on_looked=lambda each: looked.append(each.name), jitter=lambda: 0.0)
        await fetcher.tick()
        await fetcher.drain(30)
        return await fetcher.tick()

    rest = asyncio.run(go())
    assert sorted(looked) == ["days", "news", "notes"]
    assert rest == 5.0
