"""Looking at connections: files of a folder, a feed and a calendar, as a serving process does it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from heartbeat.errors import FenceLostError
from heartbeat.fetching import FetchedItem, FetchResult
from heartbeat.store import Lease, forgetting, inbox
from heartbeat.vocabulary import FeedKind
from heartbeat_service.fetcher import Fetcher
from nodes.looking import Looked
from tests.support.web import Answer, web_server
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


@dataclass(frozen=True)
class Odd:
    """A fetch that does what a plug-in may do."""

    do: Callable[[], FetchResult]
    time_limit: float = 30.0

    def fetch(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> FetchResult:
        return self.do()


def fetched_by(
    world: World, monkeypatch: pytest.MonkeyPatch, do: Callable[[], FetchResult], limit: float = 30
) -> None:
    monkeypatch.setattr("heartbeat.connections.feed.FeedSpec.fetch", lambda *_: Odd(do, limit))


def test_three_services_look_once_an_interval(world: World, outside: Path) -> None:
    with web_server() as server:
        server.answer = lambda _: Answer(body=FEED.encode())
        world.settings.connections_path.write_text(
            f'[news]\nkind = "feed"\nurl = "{server.url}/a"\nlan = true\nevery = "10m"\n'
        )
        others = [world, world.elsewhere("second"), world.elsewhere("third")]

        async def tick(each: World) -> None:
            fetcher = Fetcher(each.services, jitter=lambda: 0.0)
            await fetcher.tick()
            await fetcher.drain(30)

        for number in range(1, 4):
            threads = [threading.Thread(target=lambda each=each: asyncio.run(tick(each))) for each in others]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(server.asked) == number
            world.clock.move(minutes=10)
        for each in others[1:]:
            each.close()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (SystemExit(3), "RuntimeError: SystemExit(3)."),
        (KeyError("x"), "KeyError: 'x'."),
        (MemoryError(), "MemoryError:."),
        (ValueError("token=ghp_" + "a" * 36), "ValueError: token="),
    ],
)
def test_what_a_fetch_raises_is_told_without_secrets(
    world: World, outside: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, said: str
) -> None:
    def fail() -> FetchResult:
        raise error

    fetched_by(world, monkeypatch, fail)
    found = look(world)
    assert str(found["news"].failed).startswith(said)
    assert "ghp_a" not in str(found["news"].failed)
    assert found["notes"].failed is None
    assert world.store.read(inbox.all_looks)["news"].said == found["news"].failed


def test_a_fetch_that_hangs_is_given_up(world: World, outside: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def hang() -> FetchResult:
        over.wait(60)
        return FetchResult()

    monkeypatch.setattr("nodes.looking.GRACE", 0)
    fetched_by(world, monkeypatch, hang, limit=0.1)
    assert look(world)["news"].failed == "No answer within 0.1 s."
    over.set()


def test_one_that_was_given_up_and_still_runs_is_not_fetched_a_second_time(
    world: World, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    over, ended = threading.Event(), threading.Event()
    calls: list[int] = []

    def hang() -> FetchResult:
        calls.append(1)
        over.wait(60)
        ended.set()
        return FetchResult()

    monkeypatch.setattr("nodes.looking.GRACE", 0)
    fetched_by(world, monkeypatch, hang, limit=0.1)
    look(world)
    for _ in range(2):
        world.clock.move(hours=2)
        found = look(world)
        assert found["news"].failed == "The look before took too long, and has not ended yet."
        assert found["notes"].failed is None
    assert len(calls) == 1
    over.set()
    assert ended.wait(60)
    for thread in threading.enumerate():
        if thread.name == "look-news":
            thread.join(60)
    world.clock.move(hours=2)
    assert look(world)["news"].failed is None
    assert len(calls) == 2


def test_a_connection_that_is_removed_while_it_is_fetched_leaves_nothing(
    world: World, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forgotten() -> FetchResult:
        world.store.write(forgetting.begin, "news", world.clock())
        return FetchResult([FetchedItem("1", FeedKind.ENTRY, world.clock(), title="Late")])

    fetched_by(world, monkeypatch, forgotten)
    found = look(world)["news"]
    assert (found.written, found.failed) == (None, None)
    assert titles(world, FeedKind.ENTRY) == []


def test_a_process_that_dies_in_a_look_holds_it_no_longer_than_its_lease(world: World, outside: Path) -> None:
    fetcher = Fetcher(world.services)
    asyncio.run(fetcher.tick())
    addresses = world.services.connections.look_addresses()
    world.clock.move(minutes=10)
    dead = world.store.write(
        inbox.claim, "news", addresses["news"], Lease(30, "dead"), world.clock(), seconds=60
    )
    assert dead is not None
    assert look(world, only_due=True)["news"].written is None
    world.clock.move(seconds=61)
    assert look(world, only_due=True)["news"].written is not None
    with pytest.raises(FenceLostError):
        world.store.write(inbox.write, dead, FetchResult(), world.clock(), every=60, oldest=None)


def test_another_address_is_looked_at_from_the_beginning(world: World, outside: Path) -> None:
    look(world)
    (outside / "other.xml").write_text(FEED.replace("First", "Other"))
    text = world.settings.connections_path.read_text()
    world.settings.connections_path.write_text(text.replace("news.xml", "other.xml"))
    assert look(world, only_due=True)["news"].sentence == "Looked: 0 new, 1 changed, 0 gone."
    assert sorted(titles(world, FeedKind.ENTRY)) == ["Other", "Second"]


def test_a_connection_that_is_removed_is_not_used_any_more(world: World, outside: Path) -> None:
    look(world)
    world.settings.connections_path.write_text("")
    look(world)
    assert [row.used for row in world.store.read(inbox.all_looks).values()] == [False] * 3
    assert world.store.read(inbox.visible, ["news", "notes"]) == []


def test_a_look_that_is_cut_off_when_the_process_stops_can_be_taken_over_at_once(
    world: World, outside: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, over = threading.Event(), threading.Event()

    def hang() -> FetchResult:
        begun.set()
        over.wait(60)
        return FetchResult([FetchedItem("1", FeedKind.ENTRY, world.clock(), title="Late")])

    async def stop_meanwhile() -> None:
        fetcher = Fetcher(world.services)
        await fetcher.tick()
        await asyncio.to_thread(begun.wait, 60)
        await fetcher.drain(0)

    fetched_by(world, monkeypatch, hang)
    asyncio.run(stop_meanwhile())
    over.set()
    assert titles(world, FeedKind.ENTRY) == []
    row = world.store.read(inbox.all_looks)["news"]
    assert (row.lease_owner, row.next_look) == (None, None)
