"""The LangGraph state machine of a beat: its edges and the compiled graph."""

from graph.heartbeat import compile_graph, graph

__all__ = ["compile_graph", "graph"]
