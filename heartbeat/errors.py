"""Exceptions; each message is one sentence for people that names the thing, its value and what is allowed."""

from __future__ import annotations

from typing import ClassVar

from heartbeat.vocabulary import Reason


class HeartbeatError(Exception):
    """Base class of Heartbeat's own exceptions.

    ``reason`` is the reason of a beat that fails with it; ``remedy`` is a sentence on what to do.
    """

    reason: ClassVar[Reason] = Reason.INTERNAL
    remedy: ClassVar[str] = ""


class InvalidValueError(HeartbeatError, ValueError):
    """A value from outside was refused.

    ``field`` is the dotted name of the refused field (``active_hours.start``); the message contains it too.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class UnreadableError(InvalidValueError):
    """An instructions file exists, but cannot be read as text."""


class NotFoundError(HeartbeatError, LookupError):
    """A thread, beat, board, post or comment does not exist."""


class ConflictError(HeartbeatError):
    """The object exists, but its state does not allow the call."""


class StaleError(HeartbeatError):
    """The object was changed by somebody else since it was read; nothing was written."""


class FenceLostError(HeartbeatError):
    """Another process has taken over this beat, so this process must stop writing to it."""


class TargetError(HeartbeatError):
    """A target refused an action or failed to do it."""


class NotSentError(HeartbeatError):
    """A target was not reached, or took nothing: nothing has left, so the delivery is tried again.

    ``retry_after`` is the number of seconds for which the target wants to be left alone, if it says so.
    """

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RefusedError(HeartbeatError):
    """A target refuses the content or the account: the delivery fails at once."""


class PromptError(HeartbeatError):
    """A prompt template cannot be used."""

    reason = Reason.INVALID_PROMPT
    remedy = "Mend the file, or remove it to have the usual words; then: heartbeat prompts check"


class PluginError(HeartbeatError):
    """A plug-in that the beat needs is not usable, or failed."""

    reason = Reason.PLUGIN
    remedy = "See: heartbeat doctor"


class SchemaTooNewError(HeartbeatError):
    """The database was written by a newer Heartbeat."""
