"""Feeds as they are found: of both forms, broken, hostile, large, in odd character sets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from heartbeat.connections.document import Document
from heartbeat.connections.feed import NO_FEED, FeedFetch
from heartbeat.fetching import FetchedItem, FetchError, FetchResult
from heartbeat.fetching.http import Web
from tests.integration.heartbeat_service.test_fetcher import look
from tests.support.web import Answer, WebServer, web_server
from tests.support.world import World

NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<entry><id>urn:2</id><title type="html">&lt;i&gt;Second&lt;/i&gt;</title><link href="/two"/>
<updated>2026-11-02T12:30:00+02:00</updated><author><name>bo</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>one</p><p>two</p></div></content></entry>
<entry><id>urn:1</id><title>First</title><updated>2026-11-02T08:00:00Z</updated></entry>
</feed>"""


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as found:
        yield found


def rss(items: str) -> str:
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{items}</channel></rss>'


def fetch(server: WebServer, body: str | bytes, content_type: str = "application/xml") -> FetchResult:
    data = body.encode() if isinstance(body, str) else body
    server.answer = lambda _: Answer(body=data, headers={"Content-Type": content_type})
    web = Web(lan=True)
    return FeedFetch(Document(f"{server.url}/feed", None, web)).fetch(NOW, {}, 30)


def items(server: WebServer, body: str | bytes, content_type: str = "application/xml") -> list[FetchedItem]:
    return list(fetch(server, body, content_type).items)


def test_an_atom_feed(server: WebServer) -> None:
    first, second = items(server, ATOM)
    assert (first.external_id, first.title, first.url) == ("urn:1", "First", None)
    assert second == FetchedItem(
        external_id="urn:2",
        kind=second.kind,
        created_at=datetime(2026, 11, 2, 10, 30, tzinfo=UTC),
        title="Second",
        content="one\ntwo",
        author="bo",
        url=f"{server.url}/two",
    )


@pytest.mark.parametrize(
    "page",
    [
        "",
        "words",
        "<html><body><p>feed me</p></body></html>",
        '{"version": "https://jsonfeed.org/version/1"}',
        "<" * 2_000_000,
    ],
)
def test_what_is_no_feed_is_told_in_a_sentence(server: WebServer, page: str) -> None:
    with pytest.raises(FetchError) as found:
        fetch(server, page, "text/html")
    assert str(found.value) == NO_FEED


def test_entries_of_broken_xml_are_read(server: WebServer) -> None:
    found = items(
        server, rss("<item><guid>1</guid><title>A</title><item><guid>2</guid><title>B & C</title></item>")
    )
    assert [each.title for each in found] == ["B & C", "A"]


def test_entries_without_ids_and_dates_stay_the_same_at_each_fetch(server: WebServer) -> None:
    body = rss("<item><title>A</title></item><item><link>/b</link></item><item/>")
    first = items(server, body)
    assert [each.created_at for each in first] == [NOW] * 3
    assert len({each.external_id for each in first}) == 3
    assert [each.external_id for each in items(server, body)] == [each.external_id for each in first]


def test_an_id_does_not_depend_on_the_address_of_the_feed(server: WebServer) -> None:
    assert items(server, rss("<item><guid>12</guid></item>"))[0].external_id == "12"


@pytest.mark.parametrize(
    ("date", "expected"),
    [
        ("Mon, 02 Nov 2099 11:30:00 GMT", NOW),
        ("Mon, 02 Nov 2026 11:30:00 +0100", NOW - timedelta(minutes=90)),
        ("at some time", NOW),
    ],
)
def test_nothing_is_of_the_future(server: WebServer, date: str, expected: datetime) -> None:
    found = items(server, rss(f"<item><guid>1</guid><pubDate>{date}</pubDate></item>"))
    assert found[0].created_at == expected


def test_markup_is_left_out(server: WebServer) -> None:
    title = "&lt;script&gt;alert(1)&lt;/script&gt;Hi &amp;amp; &lt;b&gt;you&lt;/b&gt;"
    text = "&lt;img src=x onerror=alert(1)&gt;one&lt;br&gt;two&lt;style&gt;p{}&lt;/style&gt;"
    (found,) = items(
        server,
        rss(
            f"<item><guid>1</guid><title>{title}</title><description>{text}</description>"
            "<link>javascript:alert(1)</link></item>"
        ),
    )
    assert (found.title, found.content, found.url) == ("Hi & you", "one\ntwo", None)


@pytest.mark.parametrize(
    ("encoded", "content_type"),
    [
        (rss("<item><title>Café</title></item>").encode("utf-8"), "text/xml; charset=iso-8859-1"),
        (rss("<item><title>Café</title></item>").encode("utf-8"), "text/xml; charset=nonsense"),
        (rss("<item><title>Café</title></item>").encode("latin-1"), "text/xml; charset=utf-8"),
        (rss("<item><title>Café</title></item>").encode("utf-16"), "text/xml"),
    ],
)
def test_wrong_character_sets_are_seen_through(server: WebServer, encoded: bytes, content_type: str) -> None:
    assert items(server, encoded, content_type)[0].title == "Café"


def test_the_first_look_takes_nothing_without_since(world: World, server: WebServer) -> None:
    server.answer = lambda _: Answer(body=rss("<item><guid>1</guid></item>").encode())
    connect(world, server, since="now")
    assert look(world)["news"].sentence == "Looked: 0 new, 0 changed, 0 gone."
    server.answer = lambda _: Answer(
        body=rss("<item><guid>1</guid></item><item><guid>2</guid></item>").encode()
    )
    assert look(world)["news"].sentence == "Looked: 1 new, 0 changed, 0 gone."


def connect(world: World, server: WebServer, since: str = "all") -> None:
    world.settings.connections_path.write_text(
        f'[news]\nkind = "feed"\nurl = "{server.url}/feed"\nlan = true\nsince = "{since}"\n'
    )


def test_numbers_of_characters_that_cannot_be_harm_no_other_entry(server: WebServer) -> None:
    long = "9" * 5_000
    found = items(server, rss(f"<item><title>a &#{long}; b</title></item><item><title>Fine</title></item>"))
    assert {each.title for each in found} == {"a \ufffd b", "Fine"}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (rss("<title>x</title>" * 200), "100 elements"),
        ("<rss><channel>" + "<a>" * 200, "50 elements within each other"),
        ("<rss><channel>" + "<a></b>" * 200, "100 elements"),
        ("<rss><channel>" + "< " * 201, "100 elements"),
        ("<rss><channel><!-- -- >" + "<a>" * 200 + "-->", "100 elements"),
        ("<rss><channel><x b='<![CDATA['>" + "<a>" * 200 + "]]>", "100 elements"),
        (rss("<a>" * 60 + "</a>" * 60), "50 elements within each other"),
        (rss("<x " + " ".join(f"a{number}='>'" for number in range(30)) + "/>"), "20 attributes"),
        (
            rss("<x " + " ".join(f"a{number}='x'" for number in range(30)) + "/>").replace("encoding", "x"),
            "20 attributes",
        ),
    ],
    ids=[
        "xml",
        "open",
        "broken",
        "signs",
        "comment",
        "quoted",
        "deep",
        "attributes",
        "attributes without a charset",
    ],
)
def test_a_feed_that_takes_its_parser_too_long_is_refused(
    server: WebServer, monkeypatch: pytest.MonkeyPatch, body: str, said: str
) -> None:
    for name, limit in {"ELEMENTS": 100, "DEPTH": 50, "ATTRIBUTES": 20}.items():
        monkeypatch.setattr(f"heartbeat.connections.feed_bounds.{name}", limit)
    monkeypatch.setattr("feedparser.parse", lambda *_, **__: pytest.fail("it is parsed"))
    with pytest.raises(FetchError) as found:
        fetch(server, body)
    assert str(found.value).startswith("The feed takes too long to read: it has ")
    assert said in str(found.value)


def test_markup_in_the_texts_of_entries_does_not_count(
    server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("heartbeat.connections.feed_bounds.ELEMENTS", 100)
    text = f"<description><![CDATA[{'<p>x</p>' * 200}]]></description>"
    found = items(server, rss(f"<item><title>A</title>{text}</item>"))
    assert [each.title for each in found] == ["A"]


def test_a_fetch_ends_with_the_newest_entries_when_its_time_is_over(server: WebServer) -> None:
    body = rss("".join(f"<item><guid>{number}</guid></item>" for number in range(9, 0, -1)))
    server.answer = lambda _: Answer(body=body.encode(), headers={"ETag": '"one"'})
    seconds = iter(range(100))
    feed = FeedFetch(Document(f"{server.url}/feed", None, Web(lan=True)), monotonic=lambda: next(seconds))
    found = feed.fetch(NOW, {}, 5)
    assert [each.external_id for each in found.items] == ["6", "7", "8", "9"]
    assert found.problems == ["Reading the feed took too long: 5 of its entries were not looked at."]
    assert found.memo == {}, "the next fetch reads it again"
