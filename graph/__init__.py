"""The state machine: wiring, routes, the exported graph."""

from graph.heartbeat import compile_graph, graph

__all__ = ["compile_graph", "graph"]
