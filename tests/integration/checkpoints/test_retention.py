"""The last runs of a thread stay in the checkpoint file, and what an unanswered interrupt needs."""

from __future__ import annotations

import operator
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

import pytest
from langgraph.channels import DeltaChannel
from langgraph.checkpoint.base import empty_checkpoint
from langgraph.graph import START, StateGraph
from langgraph.types import Command, interrupt

from checkpoints import GroupCommitSaver, open_saver, removal, retention

Durability = Literal["exit", "sync"]


class Question(TypedDict):
    asks: bool
    answer: int


class Sum(Question):
    total: Annotated[int, operator.add]


def ask(state: Question) -> dict[str, Any]:
    return {"answer": int(interrupt("how much?")) if state["asks"] else 0}


def graph_of(saver: GroupCommitSaver) -> Any:
    """Return a graph that counts its runs; a part of it may ask a person how much to add besides."""
    inner = StateGraph(Question)
    inner.add_node("ask", ask)
    inner.add_edge(START, "ask")
    builder = StateGraph(Sum)
    builder.add_node("begin", lambda _: {"answer": 0})
    builder.add_node("part", inner.compile())
    builder.add_node("add", lambda state: {"total": 1 + state["answer"]})
    builder.add_edge(START, "begin")
    builder.add_edge("begin", "part")
    builder.add_edge("part", "add")
    return builder.compile(checkpointer=saver)


def place(thread: str = "t") -> Any:
    return {"configurable": {"thread_id": thread}}


def prune(saver: GroupCommitSaver, runs: int, thread: str = "t") -> list[int]:
    """Prune a thread to the end, and return how many each step deleted."""
    steps = []
    while removed := saver.prune_runs(thread, runs):
        steps.append(removed)
    return steps


def stored(saver: GroupCommitSaver, thread: str = "t", namespaces: str = "%") -> int:
    query = "SELECT count(*) FROM checkpoints WHERE thread_id = ? AND checkpoint_ns LIKE ?"
    number: int = saver.conn.execute(query, (thread, namespaces)).fetchone()[0]
    return number


@pytest.mark.parametrize(("durability", "of_a_run"), [("exit", 1), ("sync", 5)])
def test_the_last_runs_stay_and_the_state_is_as_before(
    tmp_path: Path, durability: Durability, of_a_run: int
) -> None:
    with open_saver(tmp_path / "c.db") as saver:
        graph = graph_of(saver)
        for _ in range(9):
            graph.invoke({"asks": False}, place(), durability=durability)
        before = graph.get_state(place())
        prune(saver, 4)
        assert stored(saver, namespaces="") == 4 * of_a_run
        assert graph.get_state(place()) == before
        assert before.values["total"] == 9
        left = saver.conn.execute(
            "SELECT count(*) FROM writes WHERE checkpoint_id NOT IN (SELECT checkpoint_id FROM checkpoints)"
        )
        assert left.fetchone() == (0,)
        assert prune(saver, 4) == []
        graph.invoke({"asks": False}, place(), durability=durability)
        assert graph.get_state(place()).values["total"] == 10


@pytest.mark.parametrize("durability", ["exit", "sync"])
def test_what_subgraphs_stored_goes_with_their_runs(tmp_path: Path, durability: Durability) -> None:
    with open_saver(tmp_path / "c.db") as saver:
        graph = graph_of(saver)
        for _ in range(6):
            graph.invoke({"asks": True}, place(), durability=durability)
            graph.invoke(Command(resume=1), place(), durability=durability)
        of_subgraphs = stored(saver, namespaces="part:%")
        assert of_subgraphs >= 6
        prune(saver, 2)
        assert 0 < stored(saver, namespaces="part:%") <= of_subgraphs / 2


@pytest.mark.parametrize("durability", ["exit", "sync"])
@pytest.mark.parametrize("runs", [1, 3])
def test_an_interrupted_run_is_resumed_after_pruning(
    tmp_path: Path, durability: Durability, runs: int
) -> None:
    with open_saver(tmp_path / "c.db") as saver:
        graph = graph_of(saver)
        for _ in range(5):
            graph.invoke({"asks": False}, place(), durability=durability)
        graph.invoke({"asks": True}, place(), durability=durability)
        prune(saver, runs)
        assert graph.get_state(place()).interrupts
        ended = graph.invoke(Command(resume=10), place(), durability=durability)
        assert ended["total"] == 16


def test_an_old_interrupt_that_nobody_answered_stays(tmp_path: Path) -> None:
    """Runs of other branches have come after it; it can still be resumed by its checkpoint."""
    with open_saver(tmp_path / "c.db") as saver:
        graph = graph_of(saver)
        graph.invoke({"asks": False}, place(), durability="exit")
        first = graph.get_state(place()).config
        graph.invoke({"asks": True}, place(), durability="exit")
        asked = graph.get_state(place())
        graph.invoke({"asks": False}, first, durability="exit")  # from before the question
        for _ in range(4):
            graph.invoke({"asks": False}, place(), durability="exit")
        assert prune(saver, 2)
        assert stored(saver, namespaces="part:%") == 1
        assert graph.get_state(asked.config).interrupts == asked.interrupts
        assert saver.get_tuple(first) is None
        assert graph.invoke(Command(resume=10), asked.config)["total"] == 12


def test_what_a_delta_channel_is_rebuilt_from_stays(tmp_path: Path) -> None:
    class Delta(TypedDict):
        items: Annotated[list[int], DeltaChannel(lambda old, new: [*old, *(x for each in new for x in each)])]

    builder = StateGraph(Delta)
    builder.add_node("add", lambda state: {"items": [len(state["items"])]})
    builder.add_edge(START, "add")
    with open_saver(tmp_path / "c.db") as saver:
        graph = builder.compile(checkpointer=saver)
        for _ in range(4):
            graph.invoke({"items": []}, place())
        prune(saver, 1)
        assert graph.get_state(place()).values == {"items": [0, 1, 2, 3]}


def chain(saver: GroupCommitSaver, number: int, thread: str) -> None:
    """Put checkpoints of runs that store one each."""
    config: Any = {"configurable": {"thread_id": thread, "checkpoint_ns": ""}}
    for run in range(number):
        config = saver.put(config, empty_checkpoint(), {"source": "loop", "step": 3 * run}, {})


def test_much_goes_in_steps(tmp_path: Path) -> None:
    with open_saver(tmp_path / "c.db") as saver:
        chain(saver, 2 * removal.STEP + 30, "t")
        assert prune(saver, 20) == [removal.STEP, removal.STEP, 10]
        assert stored(saver) == 20


def test_threads_are_looked_at_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "PIECE", 2)
    with open_saver(tmp_path / "c.db") as saver:
        for number, thread in enumerate("abc", start=1):
            chain(saver, number, thread)
        assert saver.over(1) == retention.Piece(["b"], "b")
        assert saver.over(1, after="b") == retention.Piece(["c"], None)
        statements: list[str] = []
        saver.conn.set_trace_callback(statements.append)
        saver.over(1)
        plans = [
            str(saver.conn.execute(f"EXPLAIN QUERY PLAN {each}").fetchall())
            for each in [*statements]
            if each.startswith("SELECT")
        ]
        assert len(plans) == 4
        assert all("SEARCH" in each and "SCAN" not in each for each in plans), plans
