"""A process that dies while a beat follows its plan: verdicts are kept, and the action is done exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from nodes.line_reader import read_first
from tests.acceptance.crash.scene import FileClock, Nursery, Scene, check_one_action, check_one_post
from tests.support.line_reading import Reads
from tests.support.ollama import FakeOllama
from tests.support.plan_beats import PlanModel, is_judging
from tests.support.world import World

LINE = "Sum up who reports a fault"
READS = Reads({LINE: ("post", "if", "forum", {"question": "Does it report a fault?", "how": "a summary"})})
WANTED = ["judge", "judge", "judge", "write"]
"""The questions of the beat: of each post, the newer one first, of the guard, and for the text."""


@pytest.fixture
def world(tmp_path: Path, ollama: FakeOllama) -> Iterator[World]:
    made = World(tmp_path, ollama, clock=FileClock(tmp_path / "clock"), decision="plan")
    yield made
    made.close()


@pytest.fixture
def model(world: World) -> PlanModel:
    """The line asks for a post about a fault, which the older of two posts reports."""
    made = PlanModel(meant={"fault": ("does not open",)}, fields={"title": "Summary"})
    world.ollama.reads, world.ollama.answer = READS, made
    world.write(f"- {LINE}\n")
    world.thread()
    world.post("Door", "The door does not open")
    world.post("Tea", "I like tea")
    asyncio.run(read_first(world.services, world.settings.instructions.read_text("utf-8")))
    return made


@pytest.fixture
def scene(world: World, model: PlanModel, nursery: Nursery) -> Scene:
    return Scene(world, nursery)


def asked(scene: Scene) -> list[str]:
    return ["judge" if is_judging(body) else "write" for body in scene.world.ollama.calls]


def test_the_questions_of_a_beat(scene: Scene) -> None:
    assert scene.child().result() == "acted"
    assert asked(scene) == WANTED


@pytest.mark.parametrize("nth", range(1, len(WANTED) + 1), ids=[f"{i}-{n}" for i, n in enumerate(WANTED)])
def test_killed_after_an_answer(scene: Scene, nth: int) -> None:
    scene.killed(at="answered:decide", nth=nth)
    assert asked(scene) == WANTED[:nth]
    assert scene.row()["rounds"] == []
    scene.world.ollama.calls.clear()

    assert scene.recover()["status"] == "acted"

    assert asked(scene) == WANTED[nth - 1 :], "the verdicts before the last answer are kept"
    check_one_post(scene)


@pytest.mark.parametrize("point", ["inside:decide", "after:decide", "before:validate", "inside:dispatch"])
def test_killed_around_the_decision(scene: Scene, point: str) -> None:
    scene.killed(at=point)
    before = len(scene.world.ollama.calls)
    assert scene.recover()["status"] == "acted"
    assert asked(scene) == WANTED, "a decision on the row is not asked for again"
    assert before == (0 if point == "inside:decide" else len(WANTED))
    check_one_post(scene)
    check_one_action(scene)


def test_what_was_followed_is_not_followed_again(scene: Scene) -> None:
    scene.killed(at="before:settle")
    assert scene.recover(settled=True)["status"] == "acted"
    scene.world.clock.move(seconds=30)
    assert scene.invoke({"thread": "demo"})["status"] in {"none", "skipped"}
    assert asked(scene) == WANTED
    check_one_action(scene)
