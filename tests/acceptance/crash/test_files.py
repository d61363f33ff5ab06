"""Two files, and one of them is lost or old: what a thread remembers is the newer of the two."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.acceptance.crash.child import Saver
from tests.acceptance.crash.scene import NONE, POST, TASK, Scene, arrange

HOUR = 3600


def forget(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def keep(path: Path) -> Callable[[], None]:
    """Copy a database that nobody has open; return what puts the copy back."""
    assert not path.with_name(path.name + "-wal").exists()
    copy = path.with_suffix(".kept")
    shutil.copyfile(path, copy)

    def restore() -> None:
        forget(path)
        shutil.copyfile(copy, path)

    return restore


def asked_for_tea(scene: Scene) -> bool:
    return TASK in scene.world.ollama.prompts[-1]


@pytest.fixture(params=["exit", "sync"])
def two(scene: Scene, request: pytest.FixtureRequest) -> Scene:
    """A thread after its first beat, which stamped the task."""
    saver: Saver = request.param
    scene.saver = saver
    arrange(scene.world)
    assert scene.next_beat(POST)["status"] == "acted"
    assert asked_for_tea(scene)
    return scene


def hour_later(scene: Scene) -> None:
    scene.world.clock.move(seconds=HOUR)
    scene.world.post("Another")
    assert scene.next_beat(NONE)["status"] == "none"
    assert asked_for_tea(scene)


def test_checkpoints_are_lost(two: Scene) -> None:
    memory = two.memory()
    forget(two.world.settings.checkpoints_path)
    two.next_beat()
    assert not asked_for_tea(two)
    assert "New posts: 0." in two.world.ollama.prompts[-1]
    assert "Your note to yourself: Told them." in two.world.ollama.prompts[-1]
    assert two.memory().tasks == memory.tasks
    assert two.channel() == two.memory()
    assert two.channel().beat == 2


def test_checkpoints_are_older(two: Scene) -> None:
    restore = keep(two.world.settings.checkpoints_path)
    hour_later(two)
    memory = two.memory()
    restore()
    assert two.channel().beat == 1
    two.next_beat()
    assert not asked_for_tea(two)
    assert "New posts: 0." in two.world.ollama.prompts[-1]
    assert two.memory().tasks == memory.tasks
    assert two.channel() == two.memory()


def test_checkpoints_skip_a_beat_without_saver(two: Scene) -> None:
    saver, two.saver = two.saver, ""
    hour_later(two)
    two.saver = saver
    two.next_beat()
    assert not asked_for_tea(two)
    assert two.channel() == two.memory()


def test_checkpoint_of_a_killed_beat_is_older(two: Scene) -> None:
    """Killed between the two commits: the row has the outcome, the checkpoint does not."""
    two.world.clock.move(seconds=HOUR)
    two.world.post("Another")
    two.killed(at="after:settle")
    assert asked_for_tea(two)
    assert (two.channel().beat, two.memory().beat) == (1, 2)
    two.next_beat()
    assert not asked_for_tea(two)
    assert two.channel() == two.memory()


def test_rows_are_older(two: Scene) -> None:
    two.world.store.close()
    restore = keep(two.world.settings.database_path)
    hour_later(two)
    channel = two.channel()
    two.world.store.close()
    restore()
    assert (two.memory().beat, channel.beat) == (1, 2)
    two.next_beat()
    assert not asked_for_tea(two)
    assert two.memory().tasks == channel.tasks


@pytest.mark.parametrize("lost", [1, 3])
def test_rows_are_older_and_count_their_beats_again(two: Scene, lost: int) -> None:
    """Numbers that were given before the loss come again; what is learnt under them must not be forgotten."""
    two.world.store.close()
    restore = keep(two.world.settings.database_path)
    for _ in range(lost):
        hour_later(two)
    two.world.store.close()
    restore()
    hour_later(two)
    two.next_beat()
    assert not asked_for_tea(two), "done half a minute ago"
    assert two.channel() == two.memory()
    hour_later(two)
