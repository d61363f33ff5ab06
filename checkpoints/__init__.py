"""LangGraph checkpoints in one SQLite file."""

from checkpoints.opening import checkpointer, open_saver
from checkpoints.saver import GroupCommitSaver

__all__ = ["GroupCommitSaver", "checkpointer", "open_saver"]
