"""Forget a connection in a process of its own: one that is killed at any step, and one beside another that works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from checkpoints import open_saver
from graph.heartbeat import compile_graph, run_config
from heartbeat.connections import editing
from heartbeat.fetching import FetchedItem
from heartbeat.store import forgetting, threads, views
from heartbeat.vocabulary import FeedKind
from tests.support.bringing import bring
from tests.support.canary import CANARY, files_with
from tests.support.ollama import decision
from tests.support.world import START, World

pytestmark = pytest.mark.one_question

BEATS = 3
CLI = "from heartbeat_service.cli import main; main()"
FORGET = ("-c", CLI, "connections", "remove", "vault", "--forget")


def fill(world: World) -> None:
    """Let a thread have seen a folder, and have told and kept what it holds."""
    (world.folder / "vault").mkdir()
    editing.add(world.services.connections, "vault", "folder", {"path": str(world.folder / "vault")})
    world.thread(sources=["default", "vault"])
    with open_saver(world.settings.checkpoints_path) as saver:
        graph = compile_graph(saver)
        for number in range(BEATS):
            bring(
                world,
                [
                    FetchedItem(
                        f"{CANARY}{number}", FeedKind.FILE, START, title=CANARY, content=CANARY, author=CANARY
                    )
                ],
                "vault",
                private=True,
            )
            world.ollama.says(decision(action="tell", text=f"{CANARY} {number}", about=None, note=CANARY))
            world.clock.move(hours=1)
            given, context = {"thread": "demo"}, world.context(look=False)
            graph.invoke(given, run_config("demo"), context=context)  # type: ignore[call-overload]
    assert files_with(world.settings) != []


def command(world: World, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of Python in a process of its own, in the workspace."""
    made = {
        "HEARTBEAT_HOME": str(world.settings.home),
        "HEARTBEAT_INSTRUCTIONS": str(world.settings.instructions),
    }
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, **made, "PYTHONPATH": str(Path.cwd())},
        cwd=world.folder,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.parametrize(
    ("step", "number"),
    [
        ("begin", 1),
        ("step", 1),
        ("step", 2),
        ("step", 5),
        ("delete_checkpoints", 1),
        ("note_cleaned", 1),
        ("rewrite", 1),
        ("rewrite", 2),
        ("end", 1),
    ],
)
def test_one_that_is_killed_is_gone_on_with(world: World, step: str, number: int) -> None:
    fill(world)
    world.store.close()
    died = command(world, "-m", "tests.acceptance.inbox.forgets", step, str(number))
    assert died.returncode == -signal.SIGKILL, died.stderr
    again = command(world, *FORGET)
    assert (again.returncode, again.stderr) == (0, "")
    assert files_with(world.settings) == []
    assert world.store.read(forgetting.names) == []
    shown = world.store.read(views.history_view)
    assert [each.id for each in shown] == list(range(BEATS, 0, -1))
    assert {each.status for each in shown} == {"acted"}


def test_it_is_gone_from_the_files_of_a_process_that_works(world: World) -> None:
    fill(world)
    with open_saver(world.settings.checkpoints_path) as saver:
        graph = compile_graph(saver)
        assert graph.get_state(run_config("demo")).values["memory"]["note"] == CANARY
        done = command(world, *FORGET)
        assert (done.returncode, done.stderr) == (0, "")
        assert files_with(world.settings) == []
        world.ollama.says(decision(action="none", note="All new."))
        given, context = {"thread": "demo"}, world.context(look=False)
        world.clock.move(hours=1)
        beat = graph.invoke(given, run_config("demo"), context=context)["beat"]  # type: ignore[call-overload]
        assert (beat["id"], beat["status"]) == (BEATS + 1, "none")
        assert CANARY not in str(world.ollama.calls[-1])
        assert files_with(world.settings) == []
    assert world.store.read(threads.get, "demo").paused_reason is None
