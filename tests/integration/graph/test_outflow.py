"""The gate `outflow`: what is private does not become public without a person, however the thread came to that."""

from __future__ import annotations

from typing import Any

import pytest

from heartbeat.capabilities import Capabilities
from heartbeat.fetching import FetchedItem
from heartbeat.store import threads
from heartbeat.vocabulary import FeedKind, Reach
from tests.integration.graph.outside import PUBLIC, Outside, connect
from tests.integration.graph.test_plugins import ended
from tests.support.bringing import bring
from tests.support.ollama import decision
from tests.support.world import START, World

pytestmark = pytest.mark.one_question

SECRET = FetchedItem("1", FeedKind.FILE, START, title="A file", content="The code is 4711.")


def private(world: World, *targets: Outside) -> None:
    """Let the workspace have a private connection, and these targets."""
    connect(world, *targets).private.add("notes")
    bring(world, [SECRET], "notes", private=True)


def test_a_connection_that_becomes_private_later_stops_the_thread_before_any_model(world: World) -> None:
    connected = connect(world, Outside("blog", PUBLIC))
    bring(world, [SECRET], "notes")
    world.thread(target="blog", sources=["notes"])
    world.ollama.says(decision(action="none"))
    assert ended(world.beat()) == ("none", None)
    connected.private.add("notes")
    asked = len(world.ollama.calls)
    for _ in range(12):
        world.clock.move(hours=1)
        beat = world.scheduled()
        assert ended(beat) == ("skipped", "outflow")
    assert beat["summary"] == (
        "This thread looks at notes, which is private, and blog would make it public without a person; set approval "
        "to always, or to a list with post, or outflow to allowed."
    )
    assert len(world.ollama.calls) == asked
    thread = world.store.read(threads.get, "demo")
    assert thread.paused_reason is None
    assert world.detail(beat["id"]).attempts == []


@pytest.mark.parametrize(
    "config",
    [
        {"approval": "always"},
        {"approval": ["post"]},
        {"outflow": "allowed"},
        {"sources": None},
        {"target": "forum"},
        {"target": "phone"},
    ],
)
def test_a_thread_that_keeps_it_or_asks_first_goes_on(world: World, config: dict[str, Any]) -> None:
    private(world, Outside("blog", PUBLIC), Outside("phone"))
    world.thread(**{"target": ["phone", "blog"], "sources": ["notes"], **config})
    world.ollama.says(decision(action="none"))
    assert ended(world.beat()) == ("none", None)


@pytest.mark.parametrize(
    ("able", "approval"),
    [
        (Capabilities(kinds=("post", "comment")), ["post"]),
        (Capabilities(kinds=("tell", "note"), reach=Reach.PUBLIC), ["tell"]),
    ],
)
def test_each_kind_that_becomes_public_needs_approval(
    world: World, able: Capabilities, approval: list[str]
) -> None:
    private(world, Outside("blog", able))
    world.thread(target="blog", sources=["notes"], approval=approval)
    assert ended(world.beat()) == ("skipped", "outflow")
    assert world.ollama.calls == []
