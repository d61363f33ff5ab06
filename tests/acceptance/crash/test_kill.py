"""A process that dies at any point of a beat: another goes on from the row, and nothing is done twice."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product, zip_longest
from typing import Any, cast

import pytest

from heartbeat.store import unsettled
from tests.acceptance.crash.child import COMMIT, Run, Saver
from tests.acceptance.crash.conftest import Undisturbed
from tests.acceptance.crash.scene import (
    NONE,
    POST,
    TASK,
    Scene,
    arrange,
    check_one_action,
    check_one_post,
    check_silence,
    check_task_is_not_repeated,
    comparable,
    mended,
    timeless,
)

BEGIN = ["before:load_instructions", "after:load_instructions"]
LOOK = ["before:gather_context", "inside:gather_context", "after:gather_context"]
DECIDE = ["before:decide", "inside:decide", "answered:decide", "after:decide"]
VALIDATE = ["before:validate", "inside:validate", "after:validate"]
PASS = ["before:approve", "after:approve"]
DISPATCH = ["before:dispatch", "inside:dispatch", "after:dispatch"]
SETTLE = ["before:settle", "inside:settle", "after:settle"]
DONE = ["after:dispatch", *SETTLE]
"""Where the outcome of a beat that acts is written: with its action."""

POSTING = [*BEGIN, *LOOK, *DECIDE, *VALIDATE, *PASS, *DISPATCH, *SETTLE]
SILENT = [*BEGIN, *LOOK, *DECIDE, *VALIDATE, *SETTLE]
MENDING = [*BEGIN, *LOOK, *DECIDE, *VALIDATE, *DECIDE, *VALIDATE, *PASS, *DISPATCH, *SETTLE]

APPROVED = ["after:load_instructions", "inside:validate", "before:approve", "inside:approve", "after:approve"]
APPROVED += [*DISPATCH, *SETTLE]
RESUMED = ["before:approve", "inside:approve", "after:approve", *DISPATCH, *SETTLE]
"""An interrupt that LangGraph resumes begins with the node that stopped."""
COMMITS = ["row", "decision", "action with outcome"]
TAKEN_OVER = ["claim", *COMMITS[1:]]
"""A beat that another process has claimed before is claimed anew."""


def visits(path: Sequence[str]) -> list[tuple[str, int]]:
    """Each point of a path, and the how-manieth visit it is."""
    return [(point, path[: index + 1].count(point)) for index, point in enumerate(path)]


@pytest.mark.parametrize(
    ("reply", "path"), [(POST, POSTING), (NONE, SILENT), (mended, MENDING)], ids=["post", "none", "mended"]
)
def test_paths_are_complete(scene: Scene, reply: Any, path: list[str]) -> None:
    """The matrices below kill at every point that there is."""
    arrange(scene.world, reply)
    child = scene.child()
    assert child.result() == ("none" if reply is NONE else "acted")
    assert child.points == path


@pytest.mark.parametrize(
    ("saver", "point"),
    [
        *product(["", "sync"], POSTING),
        *product(["exit"], [*BEGIN, "after:decide", "inside:dispatch", *SETTLE]),
    ],
)
def test_killed_while_posting(scene: Scene, undisturbed: Undisturbed, point: str, saver: Saver) -> None:
    scene.saver = saver
    arrange(scene.world)
    scene.killed(at=point)

    beat = scene.recover(settled=point in DONE)

    assert (beat["id"], beat["status"]) == (1, "acted")
    check_one_post(scene)
    assert len(scene.world.ollama.calls) == (2 if point == "answered:decide" else 1)
    assert comparable(scene.row()) == undisturbed(POST)
    if saver:
        assert scene.channel() == scene.memory()
    check_task_is_not_repeated(scene)
    check_one_action(scene)
    assert len(scene.rows()) == 2


@pytest.mark.parametrize(("run", "commits"), [("beat", COMMITS), ("go_on", TAKEN_OVER)])
def test_every_commit_is_known(scene: Scene, run: Run, commits: list[str]) -> None:
    arrange(scene.world)
    if run == "go_on":
        scene.killed(at="before:load_instructions")
        scene.outlast_lease()
    child = scene.child(run, at=COMMIT, nth=len(commits) + 1)
    assert child.result() == "acted"
    assert child.points.count(COMMIT) == len(commits)


@pytest.mark.parametrize("nth", range(1, len(COMMITS) + 1), ids=COMMITS)
def test_killed_before_a_commit(scene: Scene, nth: int) -> None:
    """What one transaction holds is there as a whole or not at all."""
    arrange(scene.world)
    scene.killed(at=COMMIT, nth=nth)
    if nth == 1:
        assert scene.rows() == []
        assert scene.child().result() == "acted"
    else:
        assert scene.recover()["status"] == "acted"
    check_one_post(scene)
    assert len(scene.world.ollama.calls) == (2 if COMMITS[nth - 1] == "decision" else 1)
    check_task_is_not_repeated(scene)


@pytest.mark.parametrize("nth", range(1, len(TAKEN_OVER) + 1), ids=TAKEN_OVER)
def test_killed_before_a_commit_of_a_beat_that_it_took_over(scene: Scene, nth: int) -> None:
    arrange(scene.world)
    scene.killed(at="before:load_instructions")
    scene.outlast_lease()
    scene.killed("go_on", at=COMMIT, nth=nth)
    if nth > 1:
        assert scene.left_behind() == []
        scene.outlast_lease()
    assert scene.take_over()["status"] == "acted"
    check_one_post(scene)
    assert len(scene.world.ollama.calls) == (2 if TAKEN_OVER[nth - 1] == "decision" else 1)
    check_task_is_not_repeated(scene)


@pytest.mark.parametrize("point", SILENT)
def test_killed_while_silent(scene: Scene, undisturbed: Undisturbed, point: str) -> None:
    scene.saver = "sync"
    arrange(scene.world, NONE)
    scene.killed(at=point)

    assert scene.recover(settled=point == "after:settle")["status"] == "none"

    check_silence(scene)
    assert len(scene.world.ollama.calls) == (2 if point == "answered:decide" else 1)
    assert comparable(scene.row()) == undisturbed(NONE)
    check_task_is_not_repeated(scene)


@pytest.mark.parametrize(("point", "nth"), visits(MENDING)[len(BEGIN + LOOK) :])
def test_killed_while_mending(scene: Scene, undisturbed: Undisturbed, point: str, nth: int) -> None:
    scene.saver = "exit" if nth == 1 else "sync"
    arrange(scene.world, mended)
    scene.killed(at=point, nth=nth)

    assert scene.recover(settled=point in DONE)["status"] == "acted"

    check_one_post(scene)
    assert len(scene.world.ollama.calls) == (3 if point == "answered:decide" else 2)
    row, whole = comparable(scene.row()), undisturbed(mended)
    assert {**row, "problems": set(row["problems"])} == {**whole, "problems": set(whole["problems"])}


def test_problem_of_the_first_round_is_told_once(scene: Scene, undisturbed: Undisturbed) -> None:
    arrange(scene.world, mended)
    scene.killed(at="after:decide", nth=2)
    scene.recover()
    assert scene.row()["problems"] == undisturbed(mended)["problems"]


def test_killed_at_every_point_in_turn(scene: Scene, undisturbed: Undisturbed) -> None:
    """One beat, and at each of its points until it has its outcome another process that dies."""
    scene.saver = "sync"
    arrange(scene.world)
    points = POSTING[: POSTING.index("after:dispatch") + 1]
    for run, point in zip_longest(["beat"], points, fillvalue="go_on"):
        assert scene.left_behind() == ([] if run == "beat" else [1])
        scene.killed(cast("Run", run), at=point)
        scene.outlast_lease()
    check_one_post(scene)
    assert len(scene.world.ollama.calls) == 2, "what nobody kept was asked for again"
    assert comparable(scene.row()) == undisturbed(POST)
    check_task_is_not_repeated(scene)


@pytest.mark.parametrize("saver", ["exit", "sync"])
@pytest.mark.parametrize("point", ["before:load_instructions", "answered:decide", "inside:dispatch"])
def test_runner_finishes_what_a_runner_left(scene: Scene, point: str, saver: Saver) -> None:
    scene.saver = saver
    arrange(scene.world)
    scene.killed("runner", at=point)
    assert scene.child("runner").result() == "busy"
    scene.outlast_lease()

    assert scene.child("runner").result() == "acted", "the beat that was left is the one asked for"

    [row] = scene.rows()
    assert row["status"] == "acted"
    check_one_action(scene)
    calls = 2 if point == "answered:decide" else 1
    assert [TASK in prompt for prompt in scene.world.ollama.prompts] == [True] * calls


@pytest.mark.parametrize("point", ["before:approve", "inside:approve"])
@pytest.mark.parametrize("saver", ["", "sync"])
def test_killed_before_it_waits_for_a_person(scene: Scene, point: str, saver: Saver) -> None:
    scene.saver = saver
    arrange(scene.world, approval="always")
    scene.killed(at=point)

    scene.recover()

    assert scene.row()["status"] == "awaiting_approval"
    assert scene.actions() == []
    assert scene.child("approve").result() == "acted"
    check_one_post(scene)
    assert len(scene.world.ollama.calls) == 1
    check_task_is_not_repeated(scene)


@pytest.mark.parametrize("point", APPROVED)
def test_killed_after_a_person_approved(scene: Scene, undisturbed: Undisturbed, point: str) -> None:
    scene.saver = "sync"
    arrange(scene.world, approval="always")
    scene.beat()
    assert scene.row()["status"] == "awaiting_approval"
    scene.outlast_lease()
    assert scene.left_behind() == [], "who waits for a person is not left behind"
    scene.killed("approve", at=point)

    assert scene.recover(settled=point in DONE)["status"] == "acted"

    check_one_post(scene)
    assert len(scene.world.ollama.calls) == 1
    assert timeless(scene.known()) == {
        **undisturbed(POST)["memory"],
        "fingerprint": scene.memory().fingerprint,
    }


@pytest.mark.parametrize("point", RESUMED)
def test_killed_while_studio_resumes(scene: Scene, point: str) -> None:
    """The answer came through LangGraph; from its commit on, the row knows it."""
    scene.saver = "sync"
    arrange(scene.world, approval="always")
    scene.invoke({"thread": "demo"})
    scene.killed("resume", at=point)
    if point in {"before:approve", "inside:approve"}:
        assert scene.row()["status"] == "awaiting_approval", "no answer was kept"
        assert scene.child("resume").result() == "acted"
    else:
        assert scene.recover(settled=point in DONE)["status"] == "acted"
    check_one_post(scene)
    assert len(scene.world.ollama.calls) == 1


def test_nobody_takes_over_before_the_lease_has_run_out(scene: Scene) -> None:
    arrange(scene.world)
    scene.killed(at="before:dispatch")
    assert scene.child("go_on").result() == "ConflictError"
    scene.world.clock.move(seconds=29)
    assert scene.left_behind() == []
    assert scene.child("go_on").result() == "ConflictError"
    scene.world.clock.move(seconds=1)
    assert scene.left_behind() == [1]
    assert scene.child("go_on").result() == "acted"
    check_one_post(scene)


def test_settled_beat_invoked_again_changes_nothing(scene: Scene) -> None:
    arrange(scene.world)
    assert scene.child().result() == "acted"
    row = scene.row()
    assert scene.child("go_on").result() == "acted"
    assert scene.row() == row
    check_one_post(scene)
    assert scene.world.store.read(unsettled.left_behind, scene.world.clock()) == []
