"""The loop that looks after beats that wait for approval, where no timer ticks too."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from langgraph.types import Command
from sqlalchemy import event
from sqlmodel import select

from checkpoints import open_saver
from graph.heartbeat import HeartbeatGraph, compile_graph, run_config
from graph.heartbeat import graph as without_checkpoints
from heartbeat.store import approval_threads, approvals, beats, threads
from heartbeat.store.approval_tables import ApprovalThread
from heartbeat.store.approval_threads import Place
from heartbeat.store.approvals import Answer
from heartbeat.store.tables import Beat, Post
from heartbeat.threads import approval_langgraph_id
from heartbeat.vocabulary import AnswerOrigin, Trigger
from heartbeat_service.approval_keeper import ApprovalKeeper
from heartbeat_service.approval_threads import ApprovalThreads
from heartbeat_service.lifespan import open_service
from heartbeat_service.local_runner import LocalRunner
from heartbeat_service.runner import Runner
from tests.support.holds import Hold, until
from tests.support.ollama import Say, decision
from tests.support.world import World

pytestmark = pytest.mark.one_question

POST = decision(action="post", board="general", title="Tea", content="Words")
OWN = run_config("demo", langgraph_id=approval_langgraph_id("demo", 1))


@pytest.fixture
def world(world: World) -> World:
    """A world whose posts need approval."""
    world.thread(approval="always", approval_ttl=3600)
    world.post("First")
    world.ollama.answer = lambda _: Say(POST)
    return world


@asynccontextmanager
async def keeping(world: World) -> AsyncIterator[tuple[ApprovalKeeper, HeartbeatGraph]]:
    """A process whose timer is off."""
    async with open_saver(world.settings.checkpoints_path) as saver:
        graph = compile_graph(saver)
        runner = LocalRunner(Runner(world.services, graph))
        yield ApprovalKeeper(world.services, runner), graph
        await runner.drain(5)


def as_if_awake(keeper: ApprovalKeeper) -> ApprovalKeeper:
    """The same loop that has not seen how the test moved its clock."""
    return ApprovalKeeper(keeper.services, keeper.runner)


async def waits(world: World, thread_id: str = "demo") -> None:
    """A beat that waits; its process died before it had stored the interrupt."""
    ended = await Runner(world.services, without_checkpoints).beat(thread_id)
    assert getattr(ended, "status", ended) == "awaiting_approval"


async def beats_and_waits(world: World, graph: HeartbeatGraph) -> None:
    """A beat that waits, with its interrupt."""
    ended = await Runner(world.services, graph).beat("demo")
    assert getattr(ended, "status", ended) == "awaiting_approval"


async def interrupts(graph: HeartbeatGraph) -> list[Any]:
    """What waits on the LangGraph thread of beat 1."""
    return list((await graph.aget_state(OWN)).interrupts)


async def stored(graph: HeartbeatGraph, config: Any = OWN) -> list[Any]:
    """The checkpoints of a LangGraph thread."""
    assert graph.checkpointer is not None
    return [each async for each in graph.checkpointer.alist(config)]  # type: ignore[union-attr]


def rows_of(world: World) -> list[ApprovalThread]:
    return list(world.store.read(lambda session: session.exec(select(ApprovalThread)).all()))


def posts(world: World) -> list[Post]:
    return [post for post in world.posts() if post.title == "Tea"]


def row(world: World, beat_id: int = 1) -> Beat:
    return world.store.read(beats.get, beat_id)


def answered_by_a_dead_process(world: World, **given: Any) -> None:
    """An answer that is committed and not carried out."""
    dead = world.elsewhere("dead")
    world.store.write(
        approvals.answer,
        1,
        Answer(**given),
        by=AnswerOrigin.CLI,
        lease=dead.store.lease,
        now=world.clock(),
    )
    dead.store.close()


async def test_an_approval_expires_where_no_timer_ticks(world: World) -> None:
    async with keeping(world) as (keeper, graph):
        await beats_and_waits(world, graph)
        assert await keeper.tick() == keeper.poll
        world.clock.move(seconds=3598)
        assert await keeper.tick() == 2
        world.clock.move(seconds=2)
        await keeper.tick()
        assert (row(world).status, row(world).reason) == ("rejected", "expired")
        world.clock.move(seconds=61)
        assert await stored(graph)
        await keeper.tick()
        assert await stored(graph) == []
    assert posts(world) == []


async def test_the_interrupt_is_stored_that_a_dead_process_did_not_store(world: World) -> None:
    await waits(world)
    async with keeping(world) as (keeper, graph):
        assert await interrupts(graph) == []
        await keeper.tick()
        [interrupt] = await interrupts(graph)
        assert interrupt.value["beat_id"] == 1
        before = len(await stored(graph))
        await keeper.tick()
        assert len(await stored(graph)) == before


@pytest.mark.parametrize("answer", ["approve", "reject"])
async def test_an_answer_is_carried_out_that_a_dead_process_left_behind(world: World, answer: str) -> None:
    async with keeping(world) as (keeper, graph):
        await beats_and_waits(world, graph)
        answered_by_a_dead_process(world, answer=answer)
        await keeper.tick()
        assert row(world).status == "running", "its process may live"
        world.clock.move(seconds=31)
        await as_if_awake(keeper).tick()
        await until(lambda: not keeper.runner.in_flight)
        assert row(world).status == ("acted" if answer == "approve" else "rejected")
        assert await stored(graph) == []
        await keeper.tick()
    assert len(posts(world)) == (1 if answer == "approve" else 0)


async def test_after_a_clock_step_nobody_is_taken_over_at_once(world: World) -> None:
    async with keeping(world) as (keeper, graph):
        await beats_and_waits(world, graph)
        answered_by_a_dead_process(world, answer="approve")
        await keeper.tick()
        world.clock.move(seconds=31)
        await keeper.tick()
        assert keeper.runner.in_flight == frozenset()
        assert row(world).status == "running"


async def test_an_answered_beat_runs_beside_another_and_touches_nothing_of_it(world: World) -> None:
    async with keeping(world) as (keeper, graph):
        await beats_and_waits(world, graph)
        answered_by_a_dead_process(world, answer="approve")
        world.clock.move(seconds=31)
        world.post("Second")
        hold = Hold()
        world.ollama.answer = hold.model(lambda: decision(action="none"))
        # A beat of the thread begins while the answer waits for somebody who carries it out.
        assert await keeper.runner.start_now("demo") == 2
        await until(lambda: 1 not in keeper.runner.in_flight)
        assert row(world).status in {"acted", "running"}
        hold.let_go()
        await until(lambda: not keeper.runner.in_flight)
        await keeper.tick()
        await until(lambda: not keeper.runner.in_flight)
    assert (row(world).status, row(world, 2).status) == ("acted", "none")


async def test_a_scheduled_beat_begins_while_an_answer_is_carried_out(world: World) -> None:
    async with keeping(world) as (_, graph):
        await beats_and_waits(world, graph)
    answered_by_a_dead_process(world, answer="approve")
    world.clock.move(seconds=40)
    now = world.clock()
    opened = world.store.open_beat("demo", Trigger.SCHEDULED, now, now, supervised=True)
    assert getattr(opened, "beat_id", None) == 2
    assert getattr(opened, "gate", None) is None


async def test_what_a_client_leaves_behind_is_deleted_a_minute_later(world: World) -> None:
    async with keeping(world) as (keeper, graph):
        await beats_and_waits(world, graph)
        context = world.context()
        done = await graph.ainvoke(Command(resume={"answer": "approve"}), OWN, context=context)
        assert done["beat"]["status"] == "acted"
        await keeper.tick()
        assert await stored(graph)
        world.clock.move(seconds=61)
        await keeper.tick()
        assert await stored(graph) == []
        # A client that comes once more finds the beat as it ended, and leaves nothing for good.
        again = await graph.ainvoke({}, OWN, context=context)
        assert again["beat"]["id"] == 1
        await keeper.tick()
        assert await stored(graph) == []
    assert len(posts(world)) == 1
    assert [thread.id for thread in world.store.read(threads.every)] == ["demo"]


async def test_a_removed_thread_leaves_nothing_where_the_process_died_in_between(world: World) -> None:
    async with keeping(world) as (keeper, graph):
        await beats_and_waits(world, graph)
        world.store.write(threads.remove, "demo", world.clock())
        assert await stored(graph)
        assert await stored(graph, run_config("demo"))
        await keeper.tick()
        assert await stored(graph) == []
        assert await stored(graph, run_config("demo")) == []
    assert rows_of(world) == []


async def test_a_thread_of_the_same_name_keeps_its_checkpoints(world: World) -> None:
    async with keeping(world) as (keeper, graph):
        await beats_and_waits(world, graph)
        world.store.write(threads.remove, "demo", world.clock())
        world.thread(approval="always")
        world.post("Second")
        world.clock.move(seconds=60)
        await beats_and_waits(world, graph)
        own = run_config("demo", langgraph_id=approval_langgraph_id("demo", 2))
        await keeper.tick()
        await Runner(world.services, graph).approval_threads.clear_removed("demo")
        assert await stored(graph, run_config("demo"))
        assert await stored(graph, own)
        assert await stored(graph) == []
    assert [each.beat_id for each in rows_of(world)] == [2]


async def test_one_that_fails_does_not_keep_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await waits(world)
    world.thread("other", approval="always")
    world.post("Second")
    await waits(world, "other")
    real = ApprovalThreads.store

    async def store(self: ApprovalThreads, place: Place) -> None:
        if place.beat_id == 1:
            raise ValueError("no interrupt can be made of it")
        await real(self, place)

    monkeypatch.setattr(ApprovalThreads, "store", store)
    async with keeping(world) as (keeper, _):
        await keeper.tick()
    states = {each.beat_id: each.state for each in rows_of(world)}
    assert states == {1: "missing", 2: "stored"}
    assert "the LangGraph thread of beat 1 is not as it should be" in caplog.text


async def test_it_costs_one_look_when_nothing_waits(world: World) -> None:
    statements: list[str] = []
    event.listen(world.store.engine, "before_cursor_execute", lambda *given: statements.append(str(given[2])))
    async with keeping(world) as (keeper, _):
        await keeper.tick()
        statements.clear()
        await keeper.tick()
    asked = [each for each in statements if each.startswith("SELECT")]
    assert len(asked) == 4
    assert not [each for each in statements if each.startswith(("UPDATE", "INSERT", "DELETE"))]


async def test_every_process_has_one(world: World) -> None:
    await waits(world)
    async with open_service(world.settings, enabled=False, services=world.services) as service:
        await until(lambda: [each.state for each in rows_of(world)] == ["stored"])
        assert service.approval_keeper.is_alive(1)


def test_its_look_uses_indexes(world: World) -> None:
    found: list[str] = []

    def explain(_c: Any, cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if statement.startswith("SELECT"):
            plan = cursor.connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            found.extend(str(step[3]) for step in plan.fetchall())

    event.listen(world.store.engine, "before_cursor_execute", explain)
    world.store.read(approval_threads.look, world.clock(), world.clock(), 50)
    assert found
    assert not [step for step in found if step.startswith("SCAN")], found
