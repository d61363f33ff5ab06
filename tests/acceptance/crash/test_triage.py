"""A process that dies between small questions: another asks them anew, and the action is done exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.crash.scene import FileClock, Nursery, Scene, arrange, check_one_action, check_one_post
from tests.support.ollama import FakeOllama
from tests.support.reading import Reader
from tests.support.world import World

WANTED = ["label", "label", "asks", "forbids", "title", "sums", "brief", "writing"]
"""The questions of the beat: of the due task, of the line, of its heading and what it wants, and for the text."""


@pytest.fixture
def world(tmp_path: Path, ollama: FakeOllama) -> Iterator[World]:
    made = World(tmp_path, ollama, clock=FileClock(tmp_path / "clock"), triage=True)
    yield made
    made.close()


@pytest.fixture
def scene(world: World, nursery: Nursery) -> Scene:
    arrange(world)
    return Scene(world, nursery)


@pytest.fixture
def reader(scene: Scene) -> Reader:
    """The line of the instructions asks for a post; the due task for nothing."""
    made = Reader(lines={"Read the new posts": "post"}, fields={"title": "Summary"})
    scene.world.ollama.answer = made
    return made


def test_the_questions_of_a_beat(scene: Scene, reader: Reader) -> None:
    assert scene.child().result() == "acted"
    assert reader.asked == WANTED


@pytest.mark.parametrize("nth", range(1, len(WANTED) + 1), ids=[f"{i}-{n}" for i, n in enumerate(WANTED)])
def test_killed_after_an_answer(scene: Scene, reader: Reader, nth: int) -> None:
    scene.killed(at="answered:decide", nth=nth)
    assert reader.asked == WANTED[:nth]
    assert scene.row()["rounds"] == []
    reader.forget()

    assert scene.recover()["status"] == "acted"

    left = WANTED[nth - 1 :]
    assert reader.asked == left, "what was read before the last answer is kept"
    check_one_post(scene)
    [entry] = scene.row()["rounds"]
    assert [step["name"] for step in entry.get("steps", [])] == left[:-1]


@pytest.mark.parametrize("point", ["inside:decide", "after:decide", "before:validate", "inside:dispatch"])
def test_killed_around_the_decision(scene: Scene, reader: Reader, point: str) -> None:
    scene.killed(at=point)
    asked = len(reader.asked)
    assert scene.recover()["status"] == "acted"
    assert len(reader.asked) == len(WANTED), "a decision on the row is not asked for again"
    assert asked == (0 if point == "inside:decide" else len(WANTED))
    check_one_post(scene)
    check_one_action(scene)
