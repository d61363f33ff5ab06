"""A process that sleeps through its lease: another has its beat, and what it does on waking counts for nothing."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from heartbeat.store import Lease, Store, claims
from tests.acceptance.crash.child import Run
from tests.acceptance.crash.scene import (
    NONE,
    POST,
    Scene,
    arrange,
    check_one_post,
    check_silence,
    check_task_is_not_repeated,
    says,
)
from tests.support.ollama import Say

ASLEEP = [
    "before:load_instructions",
    "after:load_instructions",
    "inside:gather_context",
    "inside:decide",
    "answered:decide",
    "after:decide",
    "inside:validate",
    "before:approve",
    "before:dispatch",
]
"""Where a process may sleep without a lock and without having settled."""
CORE = ["inside:decide", "inside:validate", "before:dispatch"]


@pytest.mark.parametrize("point", ASLEEP)
def test_sleeper_wakes_to_a_settled_beat(scene: Scene, point: str) -> None:
    scene.saver = "sync"
    arrange(scene.world)
    sleeper = scene.stopped(at=point)
    scene.outlast_lease()
    assert scene.take_over()["status"] == "acted"
    row, actions = scene.row(), scene.actions()

    assert scene.wake(sleeper) == "acted", "it found the outcome of the other"

    assert (scene.row(), scene.actions()) == (row, actions)
    check_one_post(scene)
    assert len(scene.world.ollama.calls) <= 2
    check_task_is_not_repeated(scene)


@pytest.mark.parametrize("point", ["before:settle", "inside:settle"])
def test_silent_sleeper_wakes_to_a_settled_beat(scene: Scene, point: str) -> None:
    scene.saver = "sync"
    arrange(scene.world, NONE)
    sleeper = scene.stopped(at=point)
    scene.outlast_lease()
    assert scene.take_over()["status"] == "none"
    row = scene.row()

    assert scene.wake(sleeper) == "none", "it found the outcome of the other"

    assert scene.row() == row
    check_silence(scene)


@pytest.mark.parametrize("point", ["after:dispatch", "inside:settle"])
def test_nobody_takes_over_a_sleeper_that_has_acted(scene: Scene, point: str) -> None:
    arrange(scene.world)
    sleeper = scene.stopped(at=point)
    row, actions = scene.row(), scene.actions()
    assert scene.recover(settled=True)["status"] == "acted"

    assert scene.wake(sleeper) == "acted"

    assert (scene.row(), scene.actions()) == (row, actions)
    check_one_post(scene)
    check_task_is_not_repeated(scene)


@pytest.mark.parametrize("point", CORE)
def test_sleeper_whose_clock_stood_still_wakes_to_a_settled_beat(scene: Scene, point: str) -> None:
    """It does not even know that it slept."""
    arrange(scene.world)
    sleeper = scene.stopped(at=point, stands=True)
    scene.outlast_lease()
    scene.take_over()
    row = scene.row()
    assert scene.wake(sleeper) == "acted"
    assert scene.row() == row
    check_one_post(scene)


@pytest.mark.parametrize("stands", [False, True], ids=["clock-moves", "clock-stands"])
@pytest.mark.parametrize("point", ["after:load_instructions", "answered:decide", *CORE])
def test_sleeper_wakes_while_another_works(scene: Scene, point: str, stands: bool) -> None:
    arrange(scene.world)
    sleeper = scene.stopped(at=point, stands=stands)
    scene.outlast_lease()
    other = scene.stopped("go_on", at="after:load_instructions")
    row, actions = scene.row(), scene.actions()
    assert row["lease_owner"] == other.job.owner

    assert scene.wake(sleeper) == "FenceLostError"

    assert (scene.row(), scene.actions()) == (row, actions)
    assert scene.wake(other) == "acted"
    check_one_post(scene)
    assert len(scene.world.ollama.calls) <= 2
    check_task_is_not_repeated(scene)


@pytest.mark.parametrize(("run", "error"), [("beat", "FenceLostError"), ("go_on", "ConflictError")])
def test_sleeper_before_its_first_node_finds_the_beat_taken(scene: Scene, run: Run, error: str) -> None:
    """One comes with a claim, the other has not made its own yet."""
    arrange(scene.world)
    if run == "go_on":
        scene.killed(at="before:load_instructions")
        scene.outlast_lease()
    sleeper = scene.stopped(run, at="before:load_instructions")
    if run == "beat":
        scene.outlast_lease()
    other = scene.stopped("go_on", at="before:dispatch")
    assert scene.wake(sleeper) == error
    assert scene.wake(other) == "acted"
    check_one_post(scene)


@pytest.mark.parametrize("point", ["inside:decide", "answered:decide"])
@pytest.mark.parametrize(("asleep", "awake"), [(POST, NONE), (NONE, POST)], ids=["post", "none"])
def test_other_decision_of_the_sleeper_is_not_done(scene: Scene, point: str, asleep: str, awake: str) -> None:
    arrange(scene.world, asleep)
    sleeper = scene.stopped(at=point)
    scene.outlast_lease()
    says(scene.world, awake)
    status = scene.take_over()["status"]
    row = scene.row()
    says(scene.world, asleep)

    assert scene.wake(sleeper) == status

    assert scene.row() == row
    if awake is POST:
        check_one_post(scene)
    else:
        check_silence(scene)


@pytest.mark.parametrize("settled", [True, False], ids=["settled", "in-flight"])
def test_sleeper_that_waits_for_the_model(scene: Scene, settled: bool) -> None:
    """The most likely place to lose a lease: the answer comes when another has the beat."""
    asked, answer = Event(), Event()

    def first_waits(_: dict[str, Any]) -> Say:
        if asked.is_set():
            return Say(POST)
        asked.set()
        return Say(POST, wait=answer)

    arrange(scene.world, first_waits)
    sleeper = scene.child()
    assert asked.wait(30)
    sleeper.stop()
    scene.outlast_lease()
    other = scene.stopped("go_on", at="after:settle" if settled else "after:decide")
    row = scene.row()
    answer.set()

    assert scene.wake(sleeper) == ("acted" if settled else "FenceLostError")

    assert scene.row() == row
    assert scene.wake(other) == "acted"
    check_one_post(scene)
    assert len(scene.world.ollama.calls) == 2


def test_sleeper_inside_its_transaction_keeps_everybody_out(scene: Scene) -> None:
    """SQLite's lock is held by the sleeping process; nobody can take the beat, so nobody can act twice."""
    arrange(scene.world)
    sleeper = scene.stopped(at="inside:dispatch")
    scene.outlast_lease()
    other = Store(scene.world.settings.database_path, lease=Lease(30, "impatient"), busy_timeout=0.01)
    with pytest.raises(OperationalError, match="locked"):
        other.write(claims.take, 1, other.lease, scene.world.clock())
    other.close()
    assert scene.actions() == []
    assert scene.wake(sleeper) == "acted"
    check_one_post(scene)
