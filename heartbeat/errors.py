"""Errors a person may read: the message is one sentence that names the thing, the value and what is allowed."""

from __future__ import annotations

from typing import ClassVar

from heartbeat.vocabulary import Reason


class HeartbeatError(Exception):
    """Base of every error Heartbeat raises on purpose.

    ``reason`` is that of a beat which it ends, ``remedy`` a sentence that says what to do about it.
    """

    reason: ClassVar[Reason] = Reason.INTERNAL
    remedy: ClassVar[str] = ""


class InvalidValueError(HeartbeatError, ValueError):
    """A value from outside was refused.

    ``field`` is the dotted name of what was refused (``active_hours.start``); the message names it too.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class UnreadableError(InvalidValueError):
    """A file of instructions is there, and cannot be read as text."""


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


class PromptError(HeartbeatError):
    """A template of the prompt cannot be used."""

    reason = Reason.INVALID_PROMPT
    remedy = "Mend the file, or remove it to have the usual words; then: heartbeat prompts check"


class PluginError(HeartbeatError):
    """A plug-in that the beat needs cannot be used, or failed."""

    reason = Reason.PLUGIN
    remedy = "See: heartbeat doctor"


class SchemaTooNewError(HeartbeatError):
    """The database was written by a newer Heartbeat."""
