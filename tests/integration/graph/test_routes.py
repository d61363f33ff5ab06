"""What a change of a node says about the node that comes next."""

from __future__ import annotations

from typing import Any, cast

import pytest

from graph.routes import next_node
from heartbeat.vocabulary import Node
from nodes.state import BeatInput
from tests.support.ollama import decision
from tests.support.world import World

pytestmark = pytest.mark.one_question  # each way of a whole decision

SILENT = decision(action="none", reasoning="Quiet.")
POST = decision(action="post", board="general", title="Hello", content="Words")


@pytest.mark.parametrize(
    ("replies", "given"),
    [
        ((SILENT,), {}),
        ((POST,), {}),
        ((POST,), {"dry_run": True}),
        (("no JSON", POST), {}),
        (("no JSON", "no JSON"), {}),
    ],
)
def test_each_node_tells_which_comes_next(
    world: World, replies: tuple[str, ...], given: dict[str, Any]
) -> None:
    world.thread()
    world.ollama.says(*replies)
    asked = cast("BeatInput", {"thread": "demo", **given})
    updates = world.graph.stream(asked, context=world.context(), stream_mode="updates")
    steps = [(Node(node), change) for update in updates for node, change in update.items()]
    told = [next_node(node, change) for node, change in steps]
    assert told == [*(node for node, _ in steps[1:]), None]


def test_a_beat_that_goes_on_from_its_row_goes_the_same_way(world: World) -> None:
    world.thread(approval="always")
    world.ollama.says(POST)
    stream = world.graph.stream({"thread": "demo"}, context=world.context(), stream_mode="updates")
    steps = [(node, change) for update in stream for node, change in update.items()]
    assert steps[-1][0] == "__interrupt__"
    node, change = steps[-2]
    assert next_node(Node(node), change) == "approve"
