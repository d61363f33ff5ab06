"""The nodes of the graph, one module each, with their state, context and services."""
