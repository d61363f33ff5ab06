"""Two processes that find the same beat left behind."""

from __future__ import annotations

import signal

import pytest

from tests.acceptance.crash.child import Saver
from tests.acceptance.crash.scene import Scene, arrange, check_one_post, check_task_is_not_repeated

LOSES = {"acted", "ConflictError"}
"""The slower one finds the beat settled, or in the hands of the other."""


@pytest.mark.parametrize("saver", ["", "sync"])
@pytest.mark.parametrize("point", ["before:load_instructions", "answered:decide", "inside:dispatch"])
def test_two_recover_at_once(scene: Scene, point: str, saver: Saver) -> None:
    scene.saver = saver
    arrange(scene.world)
    scene.killed(at=point)
    scene.outlast_lease()
    pair = [scene.stopped("go_on", at="before:load_instructions") for _ in range(2)]
    for child in pair:
        child.send(signal.SIGCONT)

    ends = [child.result() for child in pair]

    assert "acted" in ends
    assert set(ends) <= LOSES
    check_one_post(scene)
    assert len(scene.world.ollama.calls) == (2 if point == "answered:decide" else 1)
    check_task_is_not_repeated(scene)


def test_two_claim_one_slot(scene: Scene) -> None:
    arrange(scene.world)
    pair = [scene.child() for _ in range(2)]
    ends = [child.result() for child in pair]
    assert "acted" in ends
    assert set(ends) <= LOSES
    check_one_post(scene)
    assert len(scene.world.ollama.calls) == 1
