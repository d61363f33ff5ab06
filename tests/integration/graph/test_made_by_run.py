"""A thread that comes into being by a run is switched off, so that it does not beat by itself unasked."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from graph.heartbeat import compile_graph
from heartbeat.store import due, threads
from heartbeat.store.tables import Thread
from tests.support.world import World


def only_thread(world: World) -> Thread:
    (row,) = world.store.read(threads.every)
    return row


@pytest.mark.parametrize("given", [{"thread": "typo"}, {"thread": "typo", "dry_run": True}, {}])
@pytest.mark.parametrize("way", ["invoke", "ainvoke"])
def test_a_run_of_an_unknown_thread(
    world: World, caplog: pytest.LogCaptureFixture, given: Any, way: str
) -> None:
    with caplog.at_level(logging.WARNING, "heartbeat"):
        if way == "invoke":
            world.graph.invoke(given, context=world.context())
        else:
            asyncio.run(world.graph.ainvoke(given, context=world.context()))
    row = only_thread(world)
    assert row.id == given.get("thread", "default")
    assert (row.overrides, row.next_due, row.wake_at) == ({"enabled": False}, None, None)
    assert f"heartbeat threads set {row.id} enabled=true" in caplog.text
    assert world.store.read(due.look, world.clock() + timedelta(days=2), 10).due == []


def test_a_run_on_a_fresh_langgraph_thread(world: World) -> None:
    number = str(uuid4())
    config: Any = {"configurable": {"thread_id": number}}
    compile_graph().invoke({"dry_run": True}, config, context=world.context())
    row = only_thread(world)
    assert (row.id, row.overrides) == (number, {"enabled": False})


def test_it_beats_by_itself_once_somebody_enables_it(world: World) -> None:
    world.graph.invoke({"thread": "typo"}, context=world.context())
    world.store.write(threads.configure, "typo", {"enabled": True}, world.clock())
    assert only_thread(world).next_due is not None


def test_a_thread_that_was_made_on_purpose_stays_as_it_is(world: World) -> None:
    world.thread()
    world.graph.invoke({"thread": "demo"}, context=world.context())
    row = only_thread(world)
    assert (row.overrides, row.next_due is None) == ({}, False)
