"""A process that dies at any point in the life of a waiting approval: what it asks for is done once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from graph.heartbeat import run_config
from heartbeat.store import approval_threads, approvals, outbox
from heartbeat.threads import approval_langgraph_id
from tests.acceptance.crash.child import Run
from tests.acceptance.crash.scene import LEASE, NONE, Scene, arrange, check_one_action, says
from tests.support.ollama import decision

NOTE = decision(action="note", text="Buy tea", file="todo.md", reasoning="New.")
OWN = approval_langgraph_id("demo", 1)

ASKING = [
    ("inside:approve", 1),
    ("after:approve", 1),
    ("before:interrupt", 1),
    ("before:load_instructions", 2),
    ("before:approve", 2),
    ("inside:approve", 2),
    ("inside:interrupt", 1),
    ("after:interrupt", 1),
]
"""From the decision until the interrupt is stored: a second visit is that of the run that stores it."""
ANSWERING = [
    *("before:load_instructions", "after:load_instructions"),
    *("before:approve", "inside:approve", "after:approve"),
    *("before:dispatch", "inside:dispatch", "after:dispatch"),
    *("before:settle", "inside:settle", "after:settle"),
    *("before:clear", "inside:clear"),
]
REJECTING = [point for point in ANSWERING if not point.endswith(":dispatch")]


def interrupts(scene: Scene) -> Sequence[Any]:
    """What waits on the LangGraph thread of beat 1."""
    scene.saver = "sync"
    with scene.machine() as graph:
        return graph.get_state(run_config("demo", langgraph_id=OWN)).interrupts


def checkpoints(scene: Scene) -> int:
    """How many checkpoints the LangGraph thread of beat 1 holds."""
    scene.saver = "sync"
    with scene.machine() as graph:
        return len(list(graph.get_state_history(run_config("demo", langgraph_id=OWN))))


def kept(scene: Scene) -> None:
    """Another process looks after what waits."""
    assert scene.child("keep").result() == "kept"


def goes_on(scene: Scene) -> None:
    """The thread beats, whatever becomes of its action that waits."""
    scene.saver = "sync"
    scene.world.post("Third")
    says(scene.world, NONE)
    scene.world.clock.move(seconds=LEASE + 1)
    ended = scene.beat()
    assert ended["status"] in {"none", "skipped"}, ended
    assert ended["reason"] in {None, "awaiting_approval", "unchanged"}, ended


def waits(scene: Scene) -> None:
    """Beat 1 waits, with its interrupt stored."""
    arrange(scene.world, approval="always")
    assert scene.child("runner").result() == "awaiting_approval"


@pytest.mark.parametrize(("point", "nth"), ASKING)
def test_killed_while_it_begins_to_wait(scene: Scene, point: str, nth: int) -> None:
    arrange(scene.world, approval="always")
    scene.killed("runner", at=point, nth=nth)
    if (point, nth) == ("inside:approve", 1):
        scene.outlast_lease()
        assert scene.child("runner").result() == "awaiting_approval"
    assert scene.row()["status"] == "awaiting_approval"
    goes_on(scene)

    kept(scene)

    [interrupt] = interrupts(scene)
    assert interrupt.value["beat_id"] == 1
    assert len(scene.world.ollama.calls) == 1
    assert scene.child("yes").result() == "acted"
    check_one_action(scene)
    assert checkpoints(scene) == 0
    assert [row["status"] for row in scene.rows()] == ["acted", "skipped"]


@pytest.mark.parametrize(
    ("answer", "point"), [*(("yes", point) for point in ANSWERING), *(("no", point) for point in REJECTING)]
)
def test_killed_while_an_answer_is_carried_out(scene: Scene, answer: Run, point: str) -> None:
    waits(scene)
    scene.killed(answer, at=point)
    goes_on(scene)

    kept(scene)
    scene.world.clock.move(seconds=61)
    kept(scene)

    row = scene.row()
    assert (row["status"], row["fence"]) == ("acted" if answer == "yes" else "rejected", row["fence"])
    assert row["lease_owner"] is None
    if answer == "yes":
        check_one_action(scene)
    else:
        assert (scene.actions(), scene.own_posts()) == ([], [])
    assert checkpoints(scene) == 0
    assert scene.world.store.read(approval_threads.of_thread, "demo") == []
    assert scene.channel().beat == 2, "it touched the LangGraph thread of its thread"
    assert len(scene.rows()) == 2


@pytest.mark.parametrize("point", ["before:dispatch", "inside:dispatch", "after:dispatch", "before:settle"])
def test_killed_while_an_approved_note_is_queued(scene: Scene, point: str) -> None:
    """What goes outside is queued once, with one delivery."""
    folder = scene.world.folder / "notes"
    folder.mkdir()
    (folder / "todo.md").write_text("# To do\n")
    (scene.world.folder / "connections.toml").write_text(
        '[notes]\nkind = "folder"\npath = "notes"\nwrite = true\n'
    )
    arrange(scene.world, NOTE, approval="always", target="notes")
    assert scene.child("runner").result() == "awaiting_approval"
    scene.killed("yes", at=point)
    goes_on(scene)
    kept(scene)
    # What is left of a beat that has its outcome is deleted later.
    scene.world.clock.move(seconds=61)
    kept(scene)
    assert scene.row()["status"] == "acted"
    assert [each.beat_id for each in scene.world.store.read(outbox.page, limit=9)] == [1]
    assert checkpoints(scene) == 0


def test_killed_process_lets_it_expire(scene: Scene) -> None:
    arrange(scene.world, approval="always", approval_ttl=600)
    scene.killed("runner", at="before:interrupt")
    scene.world.clock.move(seconds=601)
    kept(scene)
    assert (scene.row()["status"], scene.row()["reason"]) == ("rejected", "expired")
    assert scene.child("yes").result() == "ConflictError"
    scene.world.clock.move(seconds=61)
    kept(scene)
    assert scene.actions() == []
    assert checkpoints(scene) == 0
    assert scene.world.store.write(approvals.expire, scene.world.clock()) == []


def test_two_answers_at_once_count_once(scene: Scene) -> None:
    waits(scene)
    sleeper = scene.stopped("yes", at="before:dispatch")
    assert scene.child("no").result() == "ConflictError"
    goes_on(scene)
    kept(scene)
    assert scene.row()["status"] == "acted"
    assert scene.wake(sleeper) == "acted"
    check_one_action(scene)
    assert checkpoints(scene) == 0


def test_a_beat_by_hand_first_carries_out_the_answer_and_then_runs(scene: Scene) -> None:
    """Where no process serves the workspace."""
    waits(scene)
    scene.killed("yes", at="before:dispatch")
    scene.outlast_lease()
    scene.world.post("Third")
    says(scene.world, NONE)
    assert scene.child("runner").result() == "none"
    assert [row["status"] for row in scene.rows()] == ["acted", "none"]
    check_one_action(scene)
    assert checkpoints(scene) == 0
