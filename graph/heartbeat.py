"""One heartbeat as a LangGraph state machine.

``graph`` is compiled without a checkpointer, as LangGraph's own servers want it; ``compile_graph`` takes one::

    from checkpoints import open_saver
    from graph.heartbeat import compile_graph, graph

    graph.invoke({"thread": "demo"})["beat"]["status"]
    with open_saver() as saver:
        compile_graph(saver).invoke({"thread": "demo", "dry_run": True}, run_config("demo"))
"""

from __future__ import annotations

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Checkpointer

from graph import routes
from heartbeat.threads import langgraph_thread_id
from nodes.approve import approve
from nodes.context import Context
from nodes.decide import decide_node
from nodes.dispatch import dispatch
from nodes.gather_context import gather_context
from nodes.load_instructions import load_instructions
from nodes.settle import settle
from nodes.state import BeatInput, BeatOutput, BeatState
from nodes.validate import validate

HeartbeatGraph = CompiledStateGraph[BeatState, Context, BeatInput, BeatOutput]


def build_graph() -> StateGraph[BeatState, Context, BeatInput, BeatOutput]:
    """Return the state machine, not compiled yet."""
    builder = StateGraph(BeatState, context_schema=Context, input_schema=BeatInput, output_schema=BeatOutput)
    builder.add_node("load_instructions", load_instructions)
    builder.add_node("gather_context", gather_context)
    builder.add_node("decide", decide_node, input_schema=BeatState)
    builder.add_node("validate", validate)
    builder.add_node("approve", approve)
    builder.add_node("dispatch", dispatch)
    builder.add_node("settle", settle)

    builder.add_edge(START, "load_instructions")
    builder.add_conditional_edges("load_instructions", routes.after_load)
    builder.add_conditional_edges("gather_context", routes.after_gather)
    builder.add_conditional_edges("decide", routes.after_decide)
    builder.add_conditional_edges("validate", routes.after_validate)
    builder.add_conditional_edges("approve", routes.after_approve)
    builder.add_edge("dispatch", "settle")
    builder.add_edge("settle", END)
    return builder


def compile_graph(checkpointer: Checkpointer = None) -> HeartbeatGraph:
    """Return the graph with a checkpointer, or without."""
    return build_graph().compile(checkpointer=checkpointer, name="heartbeat")


def run_config(thread_id: str, beat_id: int | None = None) -> RunnableConfig:
    """Return the config of a run: the LangGraph thread of a Heartbeat thread, and the beat for tracing."""
    metadata = {} if beat_id is None else {"beat_id": beat_id}
    return {"configurable": {"thread_id": langgraph_thread_id(thread_id)}, "metadata": metadata}


graph = compile_graph()
