"""Pages as they are found: with clocks and advertisements, without text, in odd character sets, hostile."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from heartbeat.connections.page import NO_TEXT
from heartbeat.store import inbox
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.vocabulary import FeedKind
from tests.integration.heartbeat_service.test_fetcher import look
from tests.support.web import Answer, Asked, WebServer, web_server
from tests.support.world import World

SHOP = """<!doctype html><html><head><title>Shop</title><body><nav>Home</nav>
<h1>Kettle</h1><p>{price} EUR</p><p>In stock</p>{more}<footer>Imprint</footer></body></html>"""


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as found:
        yield found


@pytest.fixture
def show(world: World, server: WebServer) -> Callable[..., list[InboxItem]]:
    """Let the page be this one, look at it, and return what is news; the time moves on half an hour."""
    world.settings.connections_path.write_text(f'[shop]\nkind = "page"\nurl = "{server.url}/"\nlan = true\n')
    seen: list[int] = [0]

    def shown(body: str | bytes, content_type: str = "text/html; charset=utf-8") -> list[InboxItem]:
        data = body.encode() if isinstance(body, str) else body
        server.answer = lambda _: Answer(body=data, headers={"Content-Type": content_type})
        found = look(world)["shop"]
        assert found.failed is None, found.failed
        rows = [
            row
            for row in world.store.read(inbox.page, kind=FeedKind.PAGE)
            if row.seq > seen[0] or row.seq == 0
        ]
        news = [row for row in rows if row.seq > seen[0]]
        seen[0] = max([seen[0], *(row.seq for row in rows)])
        world.clock.move(minutes=30)
        return news

    return shown


def shop(price: str = "19", more: str = "") -> str:
    return SHOP.format(price=price, more=more)


Show = Callable[..., list[InboxItem]]


def test_a_change_is_shown_as_its_difference(show: Show, server: WebServer) -> None:
    assert show(shop()) == [], "the first look takes nothing"
    assert show(shop()) == []
    [item] = show(shop("17"))
    assert (item.title, item.url) == ("Shop", f"{server.url}/")
    assert item.content == "- 19 EUR\n+ 17 EUR"
    [back] = show(shop("19", "<p>Last ones</p>"))
    assert back.content == "- 17 EUR\n+ 19 EUR\n+ Last ones"
    assert show(shop("19", "<p>Last ones</p>").replace("Home", "Start").replace("Imprint", "2026")) == []


def test_a_clock_is_no_news_and_a_change_beside_it_is(show: Show, world: World) -> None:
    news = [show(shop(more=f"<p>It is {world.clock():%H:%M:%S} now</p>")) for _ in range(4)]
    assert news == [[]] * 4
    [item] = show(shop("17", more=f"<p>It is {world.clock():%H:%M:%S} now</p>"))
    assert item.content == "- 19 EUR\n+ 17 EUR"


def test_what_changes_at_every_look_is_news_no_more(show: Show, world: World) -> None:
    news = [bool(show(shop(more=f"<p>{4_711 * i % 997} visitors</p>"))) for i in range(1, 6)]
    assert news == [False, True, True, False, False]
    said = world.store.read(inbox.all_looks)["shop"].said
    assert said == "1 line changes at every look, which is news once a day only."


def test_a_page_that_has_not_changed_is_not_read_again(show: Show, server: WebServer, world: World) -> None:
    show(shop())

    def answer(asked: Asked) -> Answer:
        if asked.headers.get("if-none-match") == '"1"':
            return Answer(304)
        return Answer(body=shop("17").encode(), headers={"ETag": '"1"', "Content-Type": "text/html"})

    server.answer = answer
    for _ in range(3):
        assert look(world)["shop"].failed is None
    assert [asked.headers.get("if-none-match") for asked in server.asked] == [None, None, '"1"', '"1"']
    server.answer = lambda _: Answer(body=shop("16").encode(), headers={"Content-Type": "text/html"})
    look(world)
    rows = world.store.read(inbox.page, kind=FeedKind.PAGE)
    assert [row.content for row in rows if row.seq] == ["- 17 EUR\n+ 16 EUR", "- 19 EUR\n+ 17 EUR"]


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        ("<div id=root></div><script>go()</script>", "text/html", NO_TEXT),
        ("", "text/html", NO_TEXT),
        ("%PDF-1.7", "application/pdf", "What is there is no web page but application/pdf; give the address"),
    ],
)
def test_a_page_without_text_says_what_to_do(
    show: Show, world: World, server: WebServer, body: str, content_type: str, said: str
) -> None:
    show(shop())
    server.answer = lambda _: Answer(body=body.encode(), headers={"Content-Type": content_type})
    assert (look(world)["shop"].failed or "").startswith(said)
    [item] = show(shop("17"))
    assert item.content == "- 19 EUR\n+ 17 EUR", "compared with the last text that there was"


@pytest.mark.parametrize(
    ("data", "content_type"),
    [
        ("<p>Grüße</p>".encode("latin-1"), "text/html; charset=iso-8859-1"),
        ("<p>Grüße</p>".encode("utf-16"), "text/html"),
        ('<meta charset="windows-1252"><p>Grüße</p>'.encode("cp1252"), "text/html"),
        ("<p>Grüße</p>".encode("cp1252"), "text/html"),
        ("<p>Grüße</p>".encode(), "text/html; charset=martian"),
        ("Grüße".encode(), "text/plain; charset=utf-8"),
        ("<p>Grüße</p>".encode(), ""),
    ],
    ids=range(7),
)
def test_character_sets(show: Show, data: bytes, content_type: str) -> None:
    show("<p>Words</p>")
    [item] = show(data, content_type)
    assert item.content == "- Words\n+ Grüße"


def test_a_long_change_is_bounded_and_a_long_page_says_so(show: Show, world: World) -> None:
    show(shop())
    [item] = show("".join(f"<p>Line {i} {'x' * 200}</p>" for i in range(5_000)))
    assert item.content is not None
    assert len(item.content) <= 20_000
    assert "lines are compared." in (world.store.read(inbox.all_looks)["shop"].said or "")
    show(f"<p>Short</p><style>{' ' * 3_000_000}</style><p>Not read</p>")
    assert world.store.read(inbox.all_looks)["shop"].said == "Only the first line is compared."


def test_what_connections_test_says(world: World, server: WebServer) -> None:
    from heartbeat.connections.making import Maker
    from heartbeat.connections.spec import Site
    from heartbeat.vocabulary import ConnectionOrigin

    server.answer = lambda _: Answer(body=shop().encode(), headers={"Content-Type": "text/html"})
    maker = Maker(Site.from_settings(world.settings, world.clock), ())
    values = {"url": f"{server.url}/", "lan": True}
    spec = maker.spec("page", values, ConnectionOrigin.FILE)
    assert spec.trial(maker.site) == 'It shows 20 characters of text of "Shop", in 3 lines.'
