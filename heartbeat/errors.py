"""Errors a person may read: the message is one sentence that names the thing, the value and what is allowed."""

from __future__ import annotations


class HeartbeatError(Exception):
    """Base of every error Heartbeat raises on purpose."""


class InvalidValueError(HeartbeatError, ValueError):
    """A value from outside was refused.

    ``field`` is the dotted name of what was refused (``active_hours.start``); the message names it too.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class NotFoundError(HeartbeatError, LookupError):
    """A thread, beat, board, post or comment does not exist."""


class ConflictError(HeartbeatError):
    """The thing exists, but is not in a state that allows the call."""


class StaleError(HeartbeatError):
    """The thing was changed by somebody else since it was read; nothing was written."""


class FenceLostError(HeartbeatError):
    """Another process has taken this beat over, so this one must not write any more."""


class TargetError(HeartbeatError):
    """A target did not take an action."""


class SchemaTooNewError(HeartbeatError):
    """The database was written by a newer Heartbeat."""
