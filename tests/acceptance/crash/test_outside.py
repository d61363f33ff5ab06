"""Runs that nobody supervises (Studio, a script): when their process dies they are over, and the next beat works."""

from __future__ import annotations

import pytest

from heartbeat.errors import ConflictError
from tests.acceptance.crash.child import Saver
from tests.acceptance.crash.scene import POST, Scene, arrange, check_task_is_not_repeated

BEGUN = [
    "after:load_instructions",
    "inside:gather_context",
    "inside:decide",
    "answered:decide",
    "after:decide",
    "inside:validate",
    "before:dispatch",
    "inside:dispatch",
]


@pytest.mark.parametrize("point", BEGUN)
def test_dead_run_is_closed_by_the_next_beat(scene: Scene, point: str) -> None:
    scene.saver = "sync"
    arrange(scene.world)
    scene.killed("outside", at=point)
    dead = scene.row()
    assert (dead["status"], dead["supervised"]) == ("running", False)
    scene.world.clock.move(seconds=-1)
    assert scene.next_beat(POST)["reason"] == "busy"
    scene.world.clock.move(seconds=-29)
    scene.outlast_lease()
    assert scene.left_behind() == []
    assert scene.row() == dead

    beat = scene.next_beat(POST)

    first, second = scene.rows()
    gone = "The process that ran this beat went away."
    assert first["lease_owner"] is None
    assert (first["status"], first["summary"], first["memory"]) == ("abandoned", gone, None)
    assert (beat["id"], beat["status"], second["reason"]) == (2, "acted", None)
    assert len(scene.actions()) == len(scene.own_posts()) == 1
    assert second["rounds"], "it decided for itself"
    check_task_is_not_repeated(scene)


@pytest.mark.parametrize("saver", ["", "sync"])
def test_run_that_died_before_the_door_left_nothing(scene: Scene, saver: Saver) -> None:
    scene.saver = saver
    arrange(scene.world)
    scene.killed("outside", at="before:load_instructions")
    assert scene.rows() == []
    assert scene.next_beat(POST)["status"] == "acted"
    assert len(scene.actions()) == len(scene.own_posts()) == 1


@pytest.mark.parametrize("saver", ["exit", "sync"])
@pytest.mark.parametrize("point", ["after:dispatch", "inside:settle", "after:settle"])
def test_run_that_died_after_its_action_has_acted(scene: Scene, saver: Saver, point: str) -> None:
    scene.saver = saver
    arrange(scene.world)
    scene.killed("outside", at=point)
    row = scene.row()
    scene.outlast_lease()
    assert scene.next_beat(POST)["reason"] == "duplicate"
    assert scene.row() == row
    assert len(scene.actions()) == 1


def test_dead_run_is_not_taken_over_by_its_number(scene: Scene) -> None:
    arrange(scene.world)
    scene.killed("outside", at="after:decide")
    scene.outlast_lease()
    with pytest.raises(ConflictError):
        scene.invoke({"beat_id": 1})
    assert scene.actions() == []


def test_sleeping_run_that_was_abandoned_does_nothing_more(scene: Scene) -> None:
    arrange(scene.world)
    sleeper = scene.stopped("outside", at="before:dispatch")
    scene.outlast_lease()
    assert scene.next_beat(POST)["status"] == "acted"
    rows, actions = scene.rows(), scene.actions()
    assert [row["status"] for row in rows] == ["abandoned", "acted"]
    assert scene.wake(sleeper) == "abandoned"
    assert (scene.rows(), scene.actions()) == (rows, actions)
