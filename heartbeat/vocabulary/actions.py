"""Words of actions: their kinds, and what became of them at their target."""

from __future__ import annotations

from enum import StrEnum


class ActionStatus(StrEnum):
    """The state of an action at its target. All but ``recorded`` follow its deliveries where it has any."""

    RECORDED = "recorded"
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    HELD = "held"


class ActionKind(StrEnum):
    """The kinds of actions that Heartbeat knows; a target's own kinds are plain texts."""

    POST = "post"
    COMMENT = "comment"
    VOTE = "vote"
    TELL = "tell"
    NOTE = "note"


FORUM_KINDS = (ActionKind.POST, ActionKind.COMMENT, ActionKind.VOTE)
"""The kinds that a forum takes."""


class NoteMode(StrEnum):
    """What a note does in its file."""

    APPEND = "append"
    TICK = "tick"


NO_ACTION = "none"
"""The action of a decision to do nothing."""


NOTICE = "notice"
"""The kind of what is not an action: a notice of Heartbeat's own to the owner."""
