"""Per-thread state on SQLite: one file, strict about what it reads back, patient with other writers."""

from checkpoints.saver import checkpointer, open_saver

__all__ = ["checkpointer", "open_saver"]
