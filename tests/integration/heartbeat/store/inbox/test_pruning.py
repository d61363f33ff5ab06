"""Pruning the inbox: texts that nobody needs, and items that are long gone."""

from __future__ import annotations

import time
from collections import Counter
from datetime import timedelta

import pytest
from sqlmodel import Session, select

from heartbeat.errors import InvalidValueError
from heartbeat.fetching import FetchedItem
from heartbeat.settings import load_settings
from heartbeat.store import inbox
from heartbeat.store.inbox_tables import ConnectionLook
from heartbeat.store.retention import Kept, Rows, bites
from heartbeat.vocabulary import FeedKind
from tests.integration.heartbeat.store.inbox.test_items import NEWS, look
from tests.support.world import START, World


def item(name: str, **more: object) -> FetchedItem:
    return FetchedItem(name, FeedKind.EVENT, START, title=name, content="words", **more)  # type: ignore[arg-type]


KEPT = Kept(text_age=timedelta(days=90))


def prune(world: World) -> None:
    """Make two passes: the second deletes items whose text the first has deleted."""
    for _ in range(2):
        list(bites(world.store, KEPT, world.clock, time.perf_counter))


def contents(world: World) -> dict[str, str | None]:
    return {row.external_id: row.content for row in world.store.read(inbox.page)}


def test_texts_go_after_90_days_unless_they_are_due_or_snoozed(world: World) -> None:
    items = [item("old"), item("ahead", due_at=START + timedelta(days=200)), item("snoozed")]
    look(world, items)
    snoozed = next(row for row in world.store.read(inbox.page) if row.external_id == "snoozed")
    world.store.write(inbox.snooze, snoozed.id or 0, START + timedelta(days=200), START)
    world.clock.move(days=89)
    prune(world)
    assert contents(world) == {"old": "words", "ahead": "words", "snoozed": "words"}
    world.clock.move(days=2)
    prune(world)
    assert contents(world) == {"old": None, "ahead": "words", "snoozed": "words"}
    assert look(world, items).changed == 0


def test_no_setting_deletes_a_text_that_a_thread_may_still_look_at(world: World) -> None:
    least = inbox.WINDOW + timedelta(days=1)
    with pytest.raises(InvalidValueError, match="or a whole number from 8 to 36500"):
        load_settings(inbox_kept_days=inbox.WINDOW.days)
    settings = load_settings(inbox_kept_days=least.days)
    look(world, [item("new")])
    world.clock.move(seconds=inbox.WINDOW.total_seconds() - 1)
    list(bites(world.store, Kept.of(settings), world.clock, time.perf_counter))
    found = world.store.read(inbox.unseen, NEWS, FeedKind.EVENT, world.clock(), above=0)
    assert [row.content for row in found.items] == ["words"]


def test_items_go_30_days_after_their_source_stopped_showing_them(world: World) -> None:
    look(world, [item("a"), item("b")], whole=True)
    world.clock.move(days=1)
    look(world, [item("a")], whole=True)
    world.clock.move(days=29)
    prune(world)
    assert set(contents(world)) == {"a", "b"}
    world.clock.move(days=2)
    prune(world)
    assert set(contents(world)) == {"a"}


def passed(world: World) -> Counter[Rows]:
    """Make one pass; return how many rows each of its writing steps deleted."""
    made = Counter[Rows]()
    for bite in bites(world.store, KEPT, world.clock, time.perf_counter):
        made[bite.rows] += bite.number
    return made


def test_a_text_that_goes_is_not_counted_as_an_item(world: World) -> None:
    look(world, [item("a")])
    world.clock.move(days=91)
    assert +passed(world) == {Rows.TEXTS: 1}


def test_an_abandoned_connection_is_written_once(world: World) -> None:
    look(world, [item("a")])
    world.clock.move(days=200)

    def leave(session: Session) -> None:
        for row in session.exec(select(ConnectionLook)):
            row.used = False

    world.store.write(leave)
    assert Rows.ITEMS in passed(world)
    assert +passed(world) == {Rows.ITEMS: 1}
    assert Rows.ITEMS not in passed(world)


def entry(name: str) -> FetchedItem:
    return FetchedItem(name, FeedKind.ENTRY, START, title=name, content="words")


def prune_after(world: World, days: float) -> set[str]:
    world.clock.move(days=days)
    prune(world)
    return set(contents(world))


def test_what_a_feed_lists_no_more_goes_after_its_text_and_30_days(world: World) -> None:
    look(world, [entry("a"), entry("b")])
    world.clock.move(days=80)
    look(world, [entry("b"), entry("c")])
    assert prune_after(world, 11) == {"a", "b", "c"}
    assert contents(world)["a"] is None
    assert prune_after(world, 18) == {"a", "b", "c"}
    assert prune_after(world, 2) == {"b", "c"}
    assert look(world, [entry("b"), entry("c")]).new == 0


def test_what_a_feed_lists_again_stays(world: World) -> None:
    look(world, [entry("a")])
    look(world, [entry("b")])
    world.clock.move(days=100)
    assert look(world, [entry("a"), entry("b")]).new == 0
    assert prune_after(world, 100) == {"a", "b"}


def test_what_a_feed_has_listed_stays_new_until_it_was_looked_at(world: World) -> None:
    look(world, [entry("a")])
    look(world, [entry("b")])
    unseen = world.store.read(inbox.unseen, "news", FeedKind.ENTRY, world.clock(), above=0)
    assert [row.external_id for row in unseen.items] == ["a", "b"]


def test_what_a_removed_connection_brought_goes_and_is_not_new_when_it_comes_back(world: World) -> None:
    look(world, [entry("a")])
    world.store.write(inbox.keep, {}, world.clock())
    assert prune_after(world, 89) == {"a"}
    assert prune_after(world, 2) == set()
    world.store.write(inbox.keep, {"news": False}, world.clock())
    assert look(world, [entry("a")], oldest=world.clock()).new == 0
