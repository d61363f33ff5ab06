"""The domain of Heartbeat: configuration, instructions, schedule, store, targets and sources; no LangGraph."""

__version__ = "0.1.0"
