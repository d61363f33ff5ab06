"""What a beat on the timer's path may ask of the database and of threads; a test compares it with what it asks."""

from __future__ import annotations

from typing import NamedTuple


class Budget(NamedTuple):
    """Numbers of one kind of beat, from the claim of its slot until its end is told.

    ``statements`` are the verbs and tables of the SQL in order, ``writing`` and ``reading`` the numbers of
    transactions besides the checkpoint, ``hops`` how often work is handed to another thread.
    """

    statements: tuple[str, ...]
    writing: int
    reading: int
    hops: int


_CLAIM = (
    "SELECT revision",
    "SELECT workspace",
    "UPDATE thread",
    "INSERT beat",
    "INSERT event",
    "SELECT beat",
)
"""What has changed, the thread with what stands in its way, its next slot, the beat, what it begins with."""
_FORUM = (
    *("SELECT post", "SELECT post", "SELECT comment", "SELECT post"),
    *("SELECT comment", "SELECT comment", "SELECT vote", "SELECT comment"),
)
"""A look at the forum on which something was written since the last look of any thread."""
_DECISION = ("UPDATE beat",)
"""The reply of the model, which may be asked since the beat has just begun."""
_ACTION = (
    *("SELECT action", "SELECT revision", "SELECT beat", "SELECT action", "SELECT board"),
    *("INSERT post", "INSERT action", "UPDATE beat", "INSERT event", "SELECT beat"),
)
"""Whether it was done before, what has changed while the model answered, that again, what is done, and the end."""
_END = ("SELECT beat", "UPDATE beat", "INSERT event", "SELECT beat")

UNCHANGED = Budget((*_CLAIM, *_END), writing=2, reading=1, hops=7)
NONE = Budget((*_CLAIM, *_FORUM, *_DECISION, *_END), writing=3, reading=2, hops=10)
ACTED = Budget((*_CLAIM, *_FORUM, *_DECISION, *_ACTION), writing=3, reading=4, hops=12)
