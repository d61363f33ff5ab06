"""A serving process keeps the checkpoint file bounded."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest
from langgraph.types import Command

from checkpoints import GroupCommitSaver, open_saver, retention
from graph.heartbeat import HeartbeatGraph, compile_graph, run_config
from heartbeat.threads import langgraph_thread_id
from heartbeat_service.compacting import compact
from heartbeat_service.pruner import Pruner
from heartbeat_service.runner import Runner
from tests.support.ollama import decision
from tests.support.world import World


@pytest.fixture
def saver(world: World) -> Iterator[GroupCommitSaver]:
    with open_saver(world.settings.checkpoints_path) as opened:
        yield opened


def stored(world: World) -> list[tuple[str, int]]:
    """Return the number of checkpoints of each LangGraph thread in the file."""
    query = "SELECT thread_id, count(*) FROM checkpoints GROUP BY thread_id ORDER BY thread_id"
    with closing(sqlite3.connect(world.settings.checkpoints_path)) as connection:
        return connection.execute(query).fetchall()


def beats(world: World, graph: HeartbeatGraph, number: int, thread: str = "demo") -> None:
    """Run beats from outside, as a notebook does."""
    for _ in range(number):
        world.clock.move(seconds=30)
        graph.invoke({"thread": thread}, run_config(thread), context=world.context(), durability="exit")


def keeping(world: World, runs: int) -> None:
    world.settings = world.settings.model_copy(update={"checkpoints_kept": runs})
    world.services = replace(world.services, settings=world.settings)


async def test_sixty_beats_leave_twenty_runs_in_the_file(world: World, saver: GroupCommitSaver) -> None:
    world.thread(recheck_after=0)
    runner, pruner = Runner(world.services, compile_graph(saver)), Pruner(world.services, saver, pause=0.0)
    for _ in range(60):
        world.clock.move(seconds=30)
        await runner.beat("demo")
    place = run_config("demo")
    before = await runner.graph.aget_state(place)
    assert stored(world) == [(langgraph_thread_id("demo"), 60)]
    assert await pruner.tick() == pruner.poll
    assert stored(world) == [(langgraph_thread_id("demo"), 20)]
    assert await runner.graph.aget_state(place) == before
    assert await pruner.tick() == Pruner.REST
    world.clock.move(seconds=30)
    await runner.beat("demo")
    assert (await runner.graph.aget_state(place)).values["beat"]["id"] == 61


async def test_runs_from_outside_and_other_threads_too(world: World, saver: GroupCommitSaver) -> None:
    keeping(world, 2)
    graph = compile_graph(saver)
    for thread, number in (("demo", 5), ("other", 3), ("third", 1)):
        await asyncio.to_thread(beats, world, graph, number, thread)
    await Pruner(world.services, saver, pause=0.0).tick()
    assert sorted(number for _, number in stored(world)) == [1, 2, 2]


@pytest.mark.one_question  # what waits is a reply with a whole decision
async def test_a_run_that_waits_for_approval_is_resumed_after_pruning(
    world: World, saver: GroupCommitSaver
) -> None:
    keeping(world, 1)
    world.thread(approval="always", recheck_after=0)
    graph, place = compile_graph(saver), run_config("demo")
    await asyncio.to_thread(beats, world, graph, 4)
    world.post("First")
    world.ollama.says(decision(action="post", board="general", title="Summary", content="Words"))
    await asyncio.to_thread(beats, world, graph, 1)
    await Pruner(world.services, saver, pause=0.0).tick()
    assert stored(world) == [(langgraph_thread_id("demo"), 1)]
    assert (await graph.aget_state(place)).interrupts
    answer: Command[Any] = Command(resume={"answer": "approve"})
    ended = await graph.ainvoke(answer, place, context=world.context())
    assert ended["beat"]["status"] == "acted"
    assert [post.title for post in world.posts()] == ["Summary"]


async def test_it_goes_on_where_it_was_and_stops_when_told(
    world: World, saver: GroupCommitSaver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "PIECE", 1)
    keeping(world, 1)
    graph = compile_graph(saver)
    for thread in ("demo", "other"):
        await asyncio.to_thread(beats, world, graph, 3, thread)
    pruner = Pruner(world.services, saver, pause=0.0)
    assert await pruner.tick() == pruner.pause
    assert sorted(number for _, number in stored(world)) == [1, 3]
    pruner.stop()
    await pruner.tick()
    assert sorted(number for _, number in stored(world)) == [1, 3]


def test_compacting_deletes_and_gives_space_back(world: World) -> None:
    keeping(world, 2)
    with open_saver(world.settings.checkpoints_path) as saver:
        beats(world, compile_graph(saver), 40)
    world.store.close()
    made = compact(world.settings, world.clock)
    assert stored(world) == [(langgraph_thread_id("demo"), 2)]
    assert (made.checkpoints, set(made.rows.values())) == (38, {0})
    assert [(each.path.name, each.in_use) for each in made.files] == [
        ("heartbeat.db", False),
        ("checkpoints.db", False),
    ]
    checkpoints = made.files[1]
    assert checkpoints.after == world.settings.checkpoints_path.stat().st_size < checkpoints.before / 2
    assert compact(world.settings, world.clock).checkpoints == 0
    with open_saver(world.settings.checkpoints_path) as saver:
        beats(world, compile_graph(saver), 1)
    assert len(world.history()) == 41
