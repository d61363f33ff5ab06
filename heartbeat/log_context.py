"""Which thread and beat the running code works for, so that every line of the log can say it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class LogContext(NamedTuple):
    """A thread and its beat; None outside any."""

    thread_id: str | None = None
    beat_id: int | None = None


_NONE = LogContext()
_log_context: ContextVar[LogContext] = ContextVar("heartbeat_log_context", default=_NONE)


def log_context() -> LogContext:
    """Return what the running code works for; tasks and threads started by it inherit that."""
    return _log_context.get()


@contextmanager
def bind_log_context(thread_id: str | None, beat_id: int | None) -> Iterator[None]:
    """Say what the code in the context works for."""
    token = _log_context.set(LogContext(thread_id, beat_id))
    try:
        yield
    finally:
        _log_context.reset(token)
