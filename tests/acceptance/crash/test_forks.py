"""Forks from earlier checkpoints, as in Studio's time travel: the row has the last word."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from langgraph.types import StateSnapshot

from graph.heartbeat import HeartbeatGraph
from heartbeat.errors import FenceLostError
from tests.acceptance.crash.child import options
from tests.acceptance.crash.scene import (
    NONE,
    POST,
    Reply,
    Scene,
    arrange,
    check_one_action,
    check_one_post,
    check_task_is_not_repeated,
    mended,
    says,
)


@pytest.fixture
def past(scene: Scene) -> Scene:
    """A scene that keeps every step."""
    scene.saver = "sync"
    return scene


@contextmanager
def travelling(scene: Scene) -> Iterator[tuple[HeartbeatGraph, list[StateSnapshot]]]:
    with scene.machine() as graph:
        yield graph, list(graph.get_state_history(options("sync")["config"]))


def fork(scene: Scene, graph: HeartbeatGraph, config: Any) -> Any:
    return graph.invoke(None, config, context=scene.world.context(), durability="sync")


@pytest.mark.parametrize("reply", [POST, NONE, mended], ids=["post", "none", "mended"])
def test_forks_of_a_settled_beat_change_nothing(past: Scene, reply: Reply) -> None:
    arrange(past.world, reply)
    status = past.beat()["status"]
    row, actions, asked = past.row(), past.actions(), len(past.world.ollama.calls)
    says(past.world, decision_of_another_mind())
    with travelling(past) as (graph, history):
        assert {node for snapshot in history for node in snapshot.next} >= {"decide", "validate", "settle"}
        for snapshot in history:
            past.world.clock.move(seconds=30)
            result = fork(past, graph, snapshot.config)
            assert result["beat"]["status"] in {status, "running"}
            assert past.rows() == [row], snapshot.next
            assert past.actions() == actions, snapshot.next
    assert len(past.world.ollama.calls) == asked
    assert past.channel() == past.memory()
    check_task_is_not_repeated(past)


def decision_of_another_mind() -> str:
    return POST.replace("Summary", "Something else")


def test_forks_of_a_run_from_outside(past: Scene) -> None:
    """From its very beginning it asks for a new beat, and gets one with a row of its own."""
    arrange(past.world)
    assert past.next_beat(POST)["status"] == "acted"
    row, actions = past.row(), past.actions()
    with travelling(past) as (graph, history):
        for snapshot in history:
            past.world.clock.move(seconds=61)
            fork(past, graph, snapshot.config)
            assert past.row() == row, snapshot.next
            assert past.actions() == actions, snapshot.next
    again = past.rows()[1:]
    assert [(new["status"], new["reason"]) for new in again] in ([], [("none", "duplicate")] * len(again))
    assert len(again) <= 2, "only from before admission"
    check_one_action(past)
    check_task_is_not_repeated(past)


def test_forks_of_older_beats_do_not_bring_back_what_they_knew(past: Scene) -> None:
    arrange(past.world)
    assert past.beat()["status"] == "acted"
    past.world.clock.move(hours=1)
    past.world.post("Third")
    says(past.world, NONE)
    assert past.beat()["status"] == "none"
    rows, memory = past.rows(), past.memory()
    with travelling(past) as (graph, history):
        for snapshot in history:
            past.world.clock.move(seconds=30)
            fork(past, graph, snapshot.config)
            assert past.rows() == rows, snapshot.next
    assert past.memory() == memory
    assert len(past.actions()) == 1
    check_task_is_not_repeated(past)


def test_fork_with_another_draft_does_not_act_again(past: Scene) -> None:
    arrange(past.world)
    assert past.beat()["status"] == "acted"
    row = past.row()
    with travelling(past) as (graph, history):
        for snapshot in history:
            if snapshot.next not in {("approve",), ("dispatch",), ("settle",)}:
                continue
            draft = {**snapshot.values["draft"], "title": "Something else"}
            edited = graph.update_state(snapshot.config, {"draft": draft})
            fork(past, graph, edited)
            assert past.row() == row
    check_one_post(past)
    check_task_is_not_repeated(past)


def test_fork_of_a_beat_that_another_process_holds_writes_nothing(past: Scene) -> None:
    arrange(past.world)
    past.killed(at="before:dispatch")
    past.outlast_lease()
    other = past.stopped("go_on", at="after:load_instructions")
    row = past.row()
    with travelling(past) as (graph, history):
        waiting = next(snapshot for snapshot in history if snapshot.next == ("dispatch",))
        with pytest.raises(FenceLostError):
            fork(past, graph, waiting.config)
    assert past.row() == row
    assert past.actions() == []
    assert past.wake(other) == "acted"
    check_one_post(past)


def test_fork_of_a_skipped_beat_asks_no_model(past: Scene) -> None:
    arrange(past.world)
    past.world.ollama.models = []
    assert past.beat()["status"] == "skipped"
    row = past.row()
    assert row["reason"] == "model_unreachable"
    past.world.ollama.models = ["llama3.2:latest"]
    with travelling(past) as (graph, history):
        for snapshot in history:
            fork(past, graph, snapshot.config)
            assert past.rows() == [row], snapshot.next
    assert past.world.ollama.calls == []
    assert past.actions() == []
