"""One heartbeat as a LangGraph state machine.

``graph`` is compiled without a checkpointer, because LangGraph's servers bring their own. ``compile_graph`` takes
one::

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

from graph.routes import ROUTES, Choosing
from heartbeat.threads import langgraph_thread_id
from heartbeat.vocabulary import Node
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
    """Build the state machine without compiling it."""
    builder = StateGraph(BeatState, context_schema=Context, input_schema=BeatInput, output_schema=BeatOutput)
    builder.add_node(Node.LOAD_INSTRUCTIONS.value, load_instructions)
    builder.add_node(Node.GATHER_CONTEXT.value, gather_context)
    builder.add_node(Node.DECIDE.value, decide_node, input_schema=BeatState)
    builder.add_node(Node.VALIDATE.value, validate)
    builder.add_node(Node.APPROVE.value, approve)
    builder.add_node(Node.DISPATCH.value, dispatch)
    builder.add_node(Node.SETTLE.value, settle)

    builder.add_edge(START, Node.LOAD_INSTRUCTIONS.value)
    for node, route in ROUTES.items():
        if isinstance(route, Node):
            builder.add_edge(node.value, route.value)
        else:
            choosing = Choosing(route)
            builder.add_conditional_edges(node.value, choosing, choosing.ends)
    builder.add_edge(Node.SETTLE.value, END)
    return builder


def compile_graph(checkpointer: Checkpointer = None) -> HeartbeatGraph:
    """Compile the graph, with a checkpointer if one is given."""
    return build_graph().compile(checkpointer=checkpointer, name="heartbeat")


def run_config(thread_id: str, beat_id: int | None = None, langgraph_id: str | None = None) -> RunnableConfig:
    """Return the LangGraph config of a run of a Heartbeat thread.

    It names the LangGraph thread, which is that of the thread unless ``langgraph_id`` is given; a ``beat_id`` goes
    into its metadata, for tracing.
    """
    metadata = {} if beat_id is None else {"beat_id": beat_id}
    configurable = {"thread_id": langgraph_id or langgraph_thread_id(thread_id)}
    return {"configurable": configurable, "metadata": metadata}


graph = compile_graph()
