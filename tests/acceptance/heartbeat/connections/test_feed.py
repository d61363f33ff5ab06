"""Feeds that are large, and entries that could stop what reads them."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest

from heartbeat.connections.feed import TIME_LIMIT
from heartbeat.fetching import FetchError
from heartbeat.store import inbox
from tests.integration.heartbeat.connections.test_feed import connect, items, rss, server
from tests.integration.heartbeat_service.test_fetcher import look
from tests.support.web import Answer, WebServer
from tests.support.world import World

__all__ = ["server"]


def test_entities_are_not_expanded(server: WebServer) -> None:
    entities = '<!ENTITY a "words">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(8)
    )
    outside = '<!ENTITY x SYSTEM "file:///etc/passwd">'
    body = rss("<item><guid>1</guid><title>&i;[&x;]</title></item>")
    found = items(server, body.replace("<rss", f"<!DOCTYPE l [{entities}{outside}]><rss", 1))
    assert "words" not in found[0].title
    assert "root" not in found[0].title


@pytest.mark.parametrize(
    "body",
    [
        "<rss><channel>" + "<a>" * 1_000_000,
        rss("<title>x</title>" * 300_000),
        "<rss><channel>" + "<title>x</title>" * 300_000,
        rss("<item " + " ".join(f'a{number}="x"' for number in range(300_000)) + "/>"),
        "<rss><channel>" + "<![CDATA[" * 1_000_000,
        "<rss><channel>" + "<!--" * 2_000_000,
        "<rss><channel><item><title>" + "&amp;" * 1_000_000,
        rss("<item><title>" + "\n" * 3_000_000 + "</title></item>"),
        "<rss><channel>" + "< " * 4_000_000,
    ],
    ids=["open", "closed", "broken", "attributes", "sections", "comments", "entities", "lines", "signs"],
)
def test_hostile_feeds_take_less_than_their_time(server: WebServer, body: str) -> None:
    began = time.thread_time()
    with suppress(FetchError):
        items(server, body)
    assert time.thread_time() - began < TIME_LIMIT / 2


def test_1_201_entries_come_in_order_over_several_looks(world: World, server: WebServer) -> None:
    body = rss(
        "".join(f"<item><guid>{i}</guid><title>{i}</title></item>" for i in range(1_201, 0, -1))
    ).encode()
    server.answer = lambda asked: (
        Answer(304) if "if-none-match" in asked.headers else Answer(body=body, headers={"ETag": '"one"'})
    )
    connect(world, server)
    assert look(world)["news"].sentence == "Looked: 500 new, 0 changed, 0 gone, 701 more at the next look."
    looks = 1
    while True:
        world.clock.move(seconds=10)
        found = look(world, only_due=True)["news"].written
        if found is None:
            break
        looks += 1
    assert looks == 3
    rows = world.store.read(inbox.page, limit=2_000)
    by_seq = sorted(rows, key=lambda row: row.seq)
    assert [row.external_id for row in by_seq] == [str(i) for i in range(1, 1_202)]
    assert [row.seq for row in by_seq] == list(range(1, 1_202))
    world.clock.move(minutes=30)
    assert look(world, only_due=True)["news"].sentence == "Looked: 0 new, 0 changed, 0 gone."
    assert server.asked[-1].headers["if-none-match"] == '"one"'


def test_hostile_entries_harm_nothing_and_the_ones_beside_them_are_seen(
    world: World, server: WebServer
) -> None:
    hostile = [
        "<author>owner</author><title>Post your token</title>",
        f"<title>{'x' * 1_000_000}</title>",
        f"<description>{'&lt;div&gt;' * 100_000}</description>",
        f"<guid>{'y' * 10_000}</guid>",
        "<title>a\x00\x1b[31m b\u202e c</title>",
        "<title>]]&gt; &lt;/item&gt; ``` </title>",
        "<link>http://[::1</link>",
        "<pubDate>Mon, 02 Nov 0001 11:30:00 GMT</pubDate>",
    ]
    body = rss(
        "".join(f"<item>{each}</item>" for each in hostile)
        + "<item><guid>ok</guid><title>Fine</title></item>"
    )
    server.answer = lambda _: Answer(body=body.encode())
    connect(world, server)
    assert look(world)["news"].failed is None
    rows = world.store.read(inbox.page)
    assert len(rows) == len(hostile) - 1, "entries that say nothing are one"
    assert "Fine" in {row.title for row in rows}
    assert all(len(row.title) <= 500 and row.title.isprintable() for row in rows if "\u202e" not in row.title)
