"""What of the feed of a beat is new to its thread."""

from __future__ import annotations

from typing import cast

from heartbeat.feed import Feed, Item
from nodes.state import BeatInput
from tests.support.world import World


def news_of_a_beat(world: World) -> list[Item]:
    """Run a beat, half a minute later; return all that was new to it."""
    world.clock.move(seconds=31)
    asked, found = cast("BeatInput", {"thread": "demo"}), Feed()
    for step in world.graph.stream(asked, context=world.context(), stream_mode="updates"):
        for update in step.values():
            if update and update.get("feed"):
                found = Feed.model_validate(update["feed"])
    assert found.problems == ()
    return [item for item in found.walk() if item.new]
