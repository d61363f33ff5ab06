"""Which thread and beat the running code works for, so that every line of the log can say it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class Bearing(NamedTuple):
    """A thread and its beat; None outside any."""

    thread_id: str | None = None
    beat_id: int | None = None


_NOWHERE = Bearing()
_bearing: ContextVar[Bearing] = ContextVar("heartbeat_bearing", default=_NOWHERE)


def bearing() -> Bearing:
    """Return what the running code works for; tasks and threads started by it inherit that."""
    return _bearing.get()


@contextmanager
def working_for(thread_id: str | None, beat_id: int | None) -> Iterator[None]:
    """Say what the code in the context works for."""
    token = _bearing.set(Bearing(thread_id, beat_id))
    try:
        yield
    finally:
        _bearing.reset(token)
