"""Pruning the inbox: texts that nobody needs, and items that are long gone."""

from __future__ import annotations

from datetime import timedelta

from heartbeat.fetching import FetchedItem
from heartbeat.store import inbox
from heartbeat.vocabulary import FeedKind
from tests.integration.heartbeat.store.inbox.test_items import look
from tests.support.world import START, World


def item(name: str, **more: object) -> FetchedItem:
    return FetchedItem(name, FeedKind.EVENT, START, title=name, content="words", **more)  # type: ignore[arg-type]


def contents(world: World) -> dict[str, str | None]:
    return {row.external_id: row.content for row in world.store.read(inbox.page)}


def test_texts_go_after_90_days_unless_they_are_due_or_snoozed(world: World) -> None:
    items = [item("old"), item("ahead", due_at=START + timedelta(days=200)), item("snoozed")]
    look(world, items)
    snoozed = next(row for row in world.store.read(inbox.page) if row.external_id == "snoozed")
    world.store.write(inbox.snooze, snoozed.id or 0, START + timedelta(days=200), START)
    world.clock.move(days=89)
    world.store.write(inbox.prune, world.clock())
    assert contents(world) == {"old": "words", "ahead": "words", "snoozed": "words"}
    world.clock.move(days=2)
    world.store.write(inbox.prune, world.clock())
    assert contents(world) == {"old": None, "ahead": "words", "snoozed": "words"}
    assert look(world, items).changed == 0


def test_items_go_30_days_after_their_source_stopped_showing_them(world: World) -> None:
    look(world, [item("a"), item("b")], whole=True)
    world.clock.move(days=1)
    look(world, [item("a")], whole=True)
    world.clock.move(days=29)
    world.store.write(inbox.prune, world.clock())
    assert set(contents(world)) == {"a", "b"}
    world.clock.move(days=2)
    world.store.write(inbox.prune, world.clock())
    assert set(contents(world)) == {"a"}
