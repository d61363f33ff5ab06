"""Whether the running code works on something private, so that its texts go to no log line and no trace.

A run opens a note of that in its context, which its threads and tasks share; whoever finds out first that something
is private marks it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class _Note:
    """What is known of one run so far."""

    private: bool = False


_note: ContextVar[_Note | None] = ContextVar("heartbeat_secrecy", default=None)


@contextmanager
def noting_private(*, private: bool = False) -> Iterator[None]:
    """Open a note for the duration of a ``with`` block, or go on with the one that is open."""
    before = _note.get()
    if before is not None:
        before.private = before.private or private
        yield
        return
    token = _note.set(_Note(private))
    try:
        yield
    finally:
        _note.reset(token)


def mark_private() -> None:
    """Note that the run works on something private; without an open note nothing is noted."""
    note = _note.get()
    if note is not None:
        note.private = True


def is_private() -> bool:
    """Return whether the run works on something private, as far as it is known."""
    note = _note.get()
    return note is not None and note.private


def told(error: BaseException) -> str:
    """Return what a log line may say of an error: its kind, and its text where nothing private may be in it."""
    kind = type(error).__name__
    return kind if is_private() else f"{kind}: {error}"
