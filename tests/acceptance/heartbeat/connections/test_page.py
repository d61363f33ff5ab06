"""Pages that change at every look, twenty looks long."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from heartbeat.store import inbox
from tests.integration.heartbeat.connections.test_page import Show, server, shop, show
from tests.support.world import World

__all__ = ["server", "show"]


def test_a_clock_is_no_news_and_a_change_beside_it_is(show: Show, world: World) -> None:
    news = [show(shop(more=f"<p>It is {world.clock():%H:%M:%S} now</p>")) for _ in range(20)]
    assert news == [[]] * 20
    [item] = show(shop("17", more=f"<p>It is {world.clock():%H:%M:%S} now</p>"))
    assert item.content == "- 19 EUR\n+ 17 EUR"


@pytest.mark.parametrize(
    "more",
    [
        lambda i: f"<p>{4_711 * i % 997} visitors</p>",
        lambda i: f"<p>Token {i * 7_919:x}</p><p>Served by {'abcdefgh'[i * 5 % 8]}</p>",
        lambda i: "<p>Buy soap</p><p>It cleans</p>" if i % 2 else "",
        lambda i: "".join(f"<p>Advertisement {i}.{j}</p>" for j in range(i * 3 % 5)),
    ],
    ids=["counter", "token", "comes and goes", "many"],
)
def test_what_changes_at_every_look_is_news_no_more(
    show: Show, world: World, more: Callable[[int], str]
) -> None:
    news = [bool(show(shop(more=more(i)))) for i in range(1, 21)]
    assert sum(news) <= 2
    assert not any(news[4:])
    said = world.store.read(inbox.all_looks)["shop"].said or ""
    assert said.endswith("at every look, which is news once a day only."), said
    [item] = show(shop("17", more=more(21)))
    assert item.content is not None
    assert "+ 17 EUR" in item.content.split("\n")
    world.clock.move(days=1)
    assert show(shop("17", more=more(22) or "<p>Once a day</p>"))
    assert not show(shop("17", more=more(23)))
