"""What threads share of a look at a connection of the inbox, and when it is looked at anew."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from weakref import ref

from sqlmodel import delete

from heartbeat.feed import Item
from heartbeat.fetching import FetchedItem
from heartbeat.sources import InboxSource, Look
from heartbeat.store import inbox
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.vocabulary import FeedKind
from tests.support.bringing import bring
from tests.support.counting import Counts, counting
from tests.support.world import START, World


def entry(name: str, **more: Any) -> FetchedItem:
    return FetchedItem(name, FeedKind.ENTRY, START, title=name, **more)


def look(world: World, thread: str = "demo", **more: Any) -> Sequence[Item]:
    asked = Look(thread_id=thread, agent_name="agent", now=world.clock(), **more)
    return InboxSource(world.store, "news").look(asked)


def titles(items: Sequence[Item]) -> list[str]:
    return [item.title for item in items]


def reads(world: World, **more: Any) -> tuple[list[str], int]:
    """Return the titles of a look, and how often it reads items."""
    with counting(world.store.engine) as counts:
        found = titles(look(world, **more))
    return found, _of_items(counts)


def _of_items(counts: Counts) -> int:
    return sum(shape.endswith("inboxitem") for shape in counts.shapes)


def test_threads_that_have_looked_at_the_same_share_a_look(world: World) -> None:
    bring(world, [entry("a")])
    found, number = reads(world)
    assert found == ["a"]
    assert number > 0
    world.clock.move(minutes=5)
    assert reads(world, thread="other") == (["a"], 0)
    assert reads(world, marks={"news.entry": 1})[1] > 0, "has looked at it"


def test_what_is_brought_is_seen_at_once(world: World) -> None:
    bring(world, [entry("a")])
    look(world)
    bring(world, [entry("b")])
    assert titles(look(world)) == ["a", "b"]


def test_what_grows_too_old_is_dropped(world: World) -> None:
    bring(world, [entry("a")])
    look(world)
    world.clock.move(seconds=inbox.WINDOW.total_seconds() - 1)
    assert reads(world) == (["a"], 0)
    world.clock.move(seconds=1)
    found = look(world, marks={"news.entry": 0})
    assert titles(found) == ["a"], "of a first look nothing is too old: it is shown as seen"
    assert reads(world)[1] == 0, "nothing else can grow too old"


def test_a_snooze_that_ends_shows_its_item(world: World) -> None:
    bring(world, [entry("a"), entry("b")])
    until = world.clock() + timedelta(hours=1)
    world.store.write(inbox.snooze, 1, until, world.clock())
    assert titles(look(world)) == ["b"]
    world.clock.move(seconds=3_599)
    assert reads(world) == (["b"], 0)
    world.clock.move(seconds=1)
    assert titles(look(world)) == ["a", "b"]


def test_where_something_is_due_each_thread_looks_for_itself(world: World) -> None:
    bring(world, [FetchedItem("e", FeedKind.EVENT, START, title="e", due_at=START + timedelta(hours=3))])
    assert not look(world)[0].came_due
    world.clock.move(hours=1)
    assert look(world)[0].came_due
    assert not look(world, due_after=world.clock())[0].came_due


def test_looks_at_many_fetches_leave_nothing_behind(world: World) -> None:
    looks = []
    for number in range(30):
        bring(world, [entry(f"{number}")])
        found = look(world, marks={"news.entry": number})
        assert titles(found)[0] == f"{number}"
        looks.append(ref(found[0]))
        del found
    gc.collect()
    assert [each() for each in looks[:-1]] == [None] * 29
    assert looks[-1]() is not None, "the last one is shared"


def test_nothing_of_a_connection_that_is_forgotten_stays(world: World) -> None:
    bring(world, [entry("a")])
    kept = ref(look(world)[0])
    world.store.write(lambda session: session.exec(delete(InboxItem)))
    world.store.shared(inbox.visible, None)
    gc.collect()
    assert kept() is None
