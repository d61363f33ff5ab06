"""graph: the state machine, drawn."""

from __future__ import annotations

from graph import graph
from tests.integration.cli.conftest import Cli

NODES = [node for node in graph.nodes if not node.startswith("__")]


def test_mermaid_names_every_node(cli: Cli) -> None:
    drawn = cli.fine("graph")
    assert "graph TD" in drawn
    assert all(f"\t{node}(" in drawn for node in NODES)
    assert cli.fine("graph", "--format", "mermaid") == drawn


def test_ascii_names_every_node_and_its_ways(cli: Cli) -> None:
    ways = dict(line.split(" -> ") for line in cli.fine("graph", "--format", "ascii").splitlines())
    assert set(ways) == {"START", *NODES}
    assert set(ways["validate"].split(" | ")) == {"decide", "approve", "settle"}
    assert ways["settle"] == "END"


def test_an_unknown_format_is_refused(cli: Cli) -> None:
    assert "--format" in cli.refused("graph", "--format", "png")
