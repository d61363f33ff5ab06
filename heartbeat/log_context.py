"""The thread and beat that the running code works for, for use in log records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple


class LogContext(NamedTuple):
    """A thread id and beat number; None outside of one."""

    thread_id: str | None = None
    beat_id: int | None = None


_NONE = LogContext()
_log_context: ContextVar[LogContext] = ContextVar("heartbeat_log_context", default=_NONE)


def log_context() -> LogContext:
    """Return the current log context; asyncio tasks and daemon threads inherit it."""
    return _log_context.get()


@contextmanager
def bind_log_context(thread_id: str | None, beat_id: int | None) -> Iterator[None]:
    """Set the log context for the duration of a ``with`` block."""
    token = _log_context.set(LogContext(thread_id, beat_id))
    try:
        yield
    finally:
        _log_context.reset(token)
