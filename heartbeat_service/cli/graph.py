"""``heartbeat graph``: draw the graph of a beat."""

from __future__ import annotations

from typing import Annotated, Literal

import typer
from langchain_core.runnables.graph import Graph
from langgraph.constants import END, START

from graph.heartbeat import compile_graph
from heartbeat_service.cli.group import single_command

app = single_command()


@app.command()
def graph(
    form: Annotated[
        Literal["mermaid", "ascii"],
        typer.Option("--format", help="mermaid for documents, ascii for a plain list."),
    ] = "mermaid",
) -> None:
    """Draw the nodes and edges of the graph that a beat runs through."""
    drawn = compile_graph().get_graph()
    typer.echo(drawn.draw_mermaid().rstrip() if form == "mermaid" else "\n".join(plain_lines(drawn)))


def plain_lines(drawn: Graph) -> list[str]:
    """Return one line per node: the node and its successors."""
    ways: dict[str, list[str]] = {node: [] for node in drawn.nodes}
    for edge in drawn.edges:
        ways[edge.source].append(edge.target)
    order = list(drawn.nodes)
    return [
        f"{_name(node)} -> {' | '.join(_name(target) for target in sorted(targets, key=order.index))}"
        for node, targets in ways.items()
        if targets
    ]


def _name(node: str) -> str:
    return {START: "START", END: "END"}.get(node, node)
