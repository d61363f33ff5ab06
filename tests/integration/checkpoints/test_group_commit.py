"""The saver against LangGraph's own: the same files, history, deletion in steps, delta channels."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import pytest
from langgraph.channels.delta import DeltaChannel
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.checkpoint.sqlite import SqliteSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

from checkpoints import GroupCommitSaver, open_saver, removal
from checkpoints.listing import PAGE


class State(TypedDict):
    count: int


def counting(saver: Any) -> Any:
    """A graph of two nodes that counts its runs."""
    builder = StateGraph(State)
    builder.add_node("add", lambda state: {"count": state["count"] + 1})
    builder.add_node("rest", lambda state: {})
    builder.add_edge(START, "add")
    builder.add_edge("add", "rest")
    builder.add_edge("rest", END)
    return builder.compile(checkpointer=saver)


def thread(name: str = "t") -> Any:
    return {"configurable": {"thread_id": name}}


def seen(saver: Any, name: str = "t") -> list[Any]:
    """What a saver says of each checkpoint of a thread."""
    return [
        (each.config, each.checkpoint, each.metadata, each.parent_config, each.pending_writes)
        for each in saver.list(thread(name))
    ]


def test_a_file_of_langgraphs_saver_is_read_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    with SqliteSaver.from_conn_string(str(path)) as official:
        counting(official).invoke({"count": 0}, thread(), durability="sync")
        before = seen(official)
    with open_saver(path) as saver:
        assert seen(saver) == before
        counting(saver).invoke({"count": 5}, thread(), durability="sync")
        after = seen(saver)
    assert len(after) > len(before)
    with SqliteSaver.from_conn_string(str(path)) as official:
        assert seen(official) == after
        assert counting(official).get_state(thread()).values == {"count": 6}


async def test_a_file_of_the_asynchronous_saver_too(tmp_path: Path) -> None:
    path = tmp_path / "c.db"
    async with AsyncSqliteSaver.from_conn_string(str(path)) as official:
        await counting(official).ainvoke({"count": 0}, thread(), durability="sync")
    async with open_saver(path) as saver:
        result = await counting(saver).ainvoke({"count": 6}, thread(), durability="exit")
        assert result == {"count": 7}
        states = [state async for state in counting(saver).aget_state_history(thread())]
    async with AsyncSqliteSaver.from_conn_string(str(path)) as official:
        assert [state async for state in counting(official).aget_state_history(thread())] == states


async def test_sync_and_async_at_once(tmp_path: Path) -> None:
    async with open_saver(tmp_path / "c.db") as saver:
        graph = counting(saver)
        runs = [graph.ainvoke({"count": number}, thread(f"a{number}")) for number in range(10)]
        others = [
            asyncio.to_thread(graph.invoke, {"count": number}, thread(f"s{number}")) for number in range(10)
        ]
        results = await asyncio.gather(*runs, *others)
        assert [each["count"] for each in results] == [*range(1, 11)] * 2


def filled(saver: GroupCommitSaver, number: int, name: str = "t") -> None:
    """Put a chain of checkpoints with one write each."""
    config: Any = {"configurable": {"thread_id": name, "checkpoint_ns": ""}}
    for step in range(number):
        config = saver.put(config, empty_checkpoint(), {"step": step, "run_id": f"r{step % 2}"}, {})
        saver.put_writes(config, [("channel", step)], "task")


def test_history_takes_two_statements_a_page_and_holds_no_lock(tmp_path: Path) -> None:
    with open_saver(tmp_path / "c.db") as saver:
        filled(saver, PAGE + 10)
        statements: list[str] = []
        saver.conn.set_trace_callback(statements.append)
        listed = saver.list(thread())
        first = next(listed)
        assert len([each for each in statements if each.startswith("SELECT")]) == 2
        # A listing that is not finished hinders neither a reader nor a writer of this process, nor a checkpoint.
        assert saver.get_tuple(thread()) is not None
        saver.put(first.config, empty_checkpoint(), {"step": -2}, {})
        with closing(sqlite3.connect(tmp_path / "c.db", timeout=0)) as other:
            assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        steps = [first.metadata.get("step"), *(each.metadata.get("step") for each in listed)]
        assert steps == list(range(PAGE + 9, -1, -1))


@pytest.mark.parametrize("limit", [0, 1, PAGE, PAGE + 1, None])
def test_limits(tmp_path: Path, limit: int | None) -> None:
    with open_saver(tmp_path / "c.db") as saver:
        filled(saver, PAGE + 5)
        found = list(saver.list(thread(), limit=limit))
        assert len(found) == (PAGE + 5 if limit is None else limit)
        odd = [each.metadata.get("step") for each in saver.list(thread(), filter={"run_id": "r1"}, limit=2)]
        assert odd == [53, 51]
        half = saver.list(thread(), before=found[9].config if len(found) > 9 else None)
        assert len(list(half)) == (PAGE - 5 if len(found) > 9 else PAGE + 5)


def test_pages_of_all_threads_hold_each_checkpoint_once(tmp_path: Path) -> None:
    with open_saver(tmp_path / "c.db") as saver:
        for name in ("a", "b", "c"):
            filled(saver, PAGE, name)
        same = empty_checkpoint()
        for name in ("a", "b"):
            saver.put({"configurable": {"thread_id": name, "checkpoint_ns": ""}}, same, {}, {})
        found = [each.config["configurable"] for each in saver.list(None)]
        assert len(found) == 3 * PAGE + 2
        assert len({(each["thread_id"], each["checkpoint_id"]) for each in found}) == len(found)


def test_a_thread_goes_in_small_steps_the_newest_last(tmp_path: Path) -> None:
    with open_saver(tmp_path / "c.db") as saver:
        filled(saver, 2 * removal.STEP + 1)
        filled(saver, 3, "other")
        saver.put_writes(
            {"configurable": {"thread_id": "t", "checkpoint_ns": "", "checkpoint_id": "never stored"}},
            [("channel", 1)],
            "task",
        )
        newest = saver.get_tuple(thread())
        assert saver.writer.submit(removal.oldest("t")).result() == removal.STEP
        assert saver.get_tuple(thread()) == newest
        saver.delete_thread("t")
        assert seen(saver) == []
        assert saver.conn.execute("SELECT DISTINCT thread_id FROM writes").fetchall() == [("other",)]
        assert len(seen(saver, "other")) == 3


def test_prune_keeps_as_many_as_are_asked_for(tmp_path: Path) -> None:
    with open_saver(tmp_path / "c.db") as saver:
        filled(saver, 30)
        kept = seen(saver)[:20]
        saver.prune(["t"], keep=20)
        assert seen(saver) == kept
        assert saver.conn.execute("SELECT count(*) FROM writes").fetchone() == (20,)
        for strategy, keep, named in (("keep_all", 1, "strategy"), ("keep_latest", 0, "keep")):
            with pytest.raises(ValueError, match=named):
                saver.prune(["t"], strategy=strategy, keep=keep)


def test_what_a_delta_channel_is_rebuilt_from_stays(tmp_path: Path) -> None:
    class Delta(TypedDict):
        items: Annotated[list[int], DeltaChannel(lambda old, new: [*old, *(x for each in new for x in each)])]

    builder = StateGraph(Delta)
    builder.add_node("add", lambda state: {"items": [len(state["items"])]})
    builder.add_edge(START, "add")
    builder.add_edge("add", END)
    with open_saver(tmp_path / "c.db") as saver:
        graph = builder.compile(checkpointer=saver)
        for _ in range(4):
            graph.invoke({"items": []}, thread())
        before = graph.get_state(thread()).values
        assert before == {"items": [0, 1, 2, 3]}
        saver.prune(["t"])
        assert graph.get_state(thread()).values == before
