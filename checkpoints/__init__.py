"""LangGraph checkpoints in one SQLite file."""

from checkpoints.saver import checkpointer, open_saver

__all__ = ["checkpointer", "open_saver"]
