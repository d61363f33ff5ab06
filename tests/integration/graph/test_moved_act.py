"""A person has an act of the plan done about another item than the one it was proposed for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph.types import Command

from checkpoints import open_saver
from graph.heartbeat import compile_graph, run_config
from tests.integration.graph.test_follow import UP, Corrected
from tests.integration.graph.test_waiting import beat, give
from tests.support.ollama import FakeOllama
from tests.support.original_file import original, voting
from tests.support.world import World


@pytest.fixture
def world(tmp_path: Path, ollama: FakeOllama) -> Iterator[World]:
    with original(tmp_path, ollama, voting()) as made:
        Corrected(made, ("Vote.", UP))
        made.configure(approval="always")
        made.post("Colour", "Do we agree on green?")
        made.post("Tea", "I like tea")
        yield made


def scores(world: World) -> dict[str, int]:
    return {post.title: post.score for post in world.posts("bo")}


def see_that_nothing_follows(world: World) -> None:
    """See that no later beat votes on the first item, also when the model may be asked without anything new."""
    for _ in range(3):
        world.clock.move(hours=25)
        assert beat(world).status in {"none", "skipped"}
    world.post("Cups", "I like cups")
    assert beat(world).status == "none"
    assert scores(world) == {"Colour": 0, "Tea": 1, "Cups": 0}


def test_the_rule_does_not_come_back_to_the_first_item(world: World) -> None:
    waiting = beat(world)
    assert waiting.status == "awaiting_approval"
    assert give(world, waiting.id, answer="approve", edit={"post_id": "2"}).status == "acted"
    see_that_nothing_follows(world)


def test_nor_does_it_where_the_run_waited_in_place(world: World) -> None:
    with open_saver(world.settings.checkpoints_path) as saver:
        machine, config = compile_graph(saver), run_config("demo")
        machine.invoke({"thread": "demo"}, config, context=world.context())
        resume: Command[Any] = Command(resume={"answer": "approve", "edit": {"post_id": "2"}})
        assert machine.invoke(resume, config, context=world.context())["beat"]["status"] == "acted"
    see_that_nothing_follows(world)


def test_later_items_are_voted_on_as_ever(world: World) -> None:
    waiting = beat(world)
    give(world, waiting.id, answer="approve", edit={"post_id": "2"})
    world.post("Shade", "Do we agree on dark green?")
    waiting = beat(world)
    assert waiting.status == "awaiting_approval"
    assert give(world, waiting.id, answer="approve").status == "acted"
    assert scores(world) == {"Colour": 0, "Tea": 1, "Shade": 1}
