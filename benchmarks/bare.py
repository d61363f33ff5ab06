"""The bare graph that beats and savers are measured against: five nodes that do nothing, and a state of 2 KB."""

from __future__ import annotations

from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

NODES = ("load", "gather", "decide", "validate", "act")
STATE = {"text": "x" * 2000, "number": 0}


class State(TypedDict):
    """What the bare graph hands from node to node."""

    text: str
    number: int


def bare_graph(saver: BaseCheckpointSaver[Any] | None, *, is_async: bool = True) -> Any:
    """Return the graph, compiled with a saver."""

    def step(state: State) -> dict[str, int]:
        return {"number": state["number"] + 1}

    async def step_async(state: State) -> dict[str, int]:
        return step(state)

    builder = StateGraph(State)
    for name in NODES:
        builder.add_node(name, step_async if is_async else step)
    for first, second in zip((START, *NODES), (*NODES, END), strict=True):
        builder.add_edge(first, second)
    return builder.compile(checkpointer=saver)
