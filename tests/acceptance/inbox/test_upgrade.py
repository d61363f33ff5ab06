"""A workspace of the version before the inbox goes on: nothing is new twice, and nothing is lost."""

from __future__ import annotations

from typing import Any

from sqlmodel import Session

from heartbeat.fetching import FetchedItem
from heartbeat.memory import Memory
from heartbeat.store import beats
from heartbeat.vocabulary import FeedKind
from tests.acceptance.inbox.reading import news_of_a_beat
from tests.support.bringing import bring
from tests.support.database import write_as
from tests.support.ollama import Say, decision
from tests.support.world import World

BEFORE = "0011"
LATER_FIELDS = {"left", "put_off", "waiting", "reopened"}
"""What a memory of that version does not hold."""


def remember(world: World, **values: Any) -> None:
    """Replace the memory of the only beat by one of the version before."""

    def replace(session: Session) -> None:
        row = beats.get(session, 1)
        kept = {name: value for name, value in (row.memory or {}).items() if name not in LATER_FIELDS}
        row.memory = {**kept, **values}
        session.add(row)

    world.store.write(replace)


def news(world: World) -> list[str]:
    """Run a beat; return the keys of all that was new to it."""
    return sorted(item.key for item in news_of_a_beat(world))


def test_what_was_pending_and_counted_goes_on(world: World) -> None:
    world.ollama.answer = lambda _: Say(decision(action="none"))
    world.thread()
    for number in range(1, 5):
        world.post(f"Post {number}")
    world.comment(1, "Seen")
    world.owner("Seen")
    assert world.beat()["status"] == "none"
    remember(world, pending=["forum.post:2", "forum.post:3", "forum.comment:1"], counted=["forum.post:2"])
    world.post("Post 5")
    world.comment(5, "New")
    world.owner("New")
    world.store.close()
    write_as(BEFORE, world.settings.database_path)

    newer = world.elsewhere()
    expected = ["forum.comment:1", "forum.comment:2", "forum.post:2", "forum.post:3", "forum.post:5"]
    assert news(newer) == [*expected, "thread.message:2"]
    prompt = newer.ollama.prompts[-1]
    assert "New posts: 2. New comments: 2. New messages in your thread: 1." in prompt, "post 2 was counted"
    assert news(newer) == []
    memory = Memory.newest(newer.store.read(beats.latest_memory, "demo"))
    assert (memory.pending, memory.counted) == ((), ())
    # The inbox begins with what it brings from now on.
    bring(newer, [FetchedItem("1", FeedKind.ENTRY, newer.clock(), title="Entry")])
    assert news(newer) == ["news.entry:1"]
    assert news(newer) == []
    newer.close()
