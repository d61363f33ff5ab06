"""Words of items that the agent looks at."""

from __future__ import annotations

from enum import StrEnum


class FeedKind(StrEnum):
    """The kind of an item that the agent looks at.

    ``alert``: something that is down, or up again. ``entry``: of a feed. ``event``: an appointment. ``file``: a file
    that is new or has changed. ``page``: a change of a web page. ``task``: an open box in a file.
    """

    POST = "post"
    COMMENT = "comment"
    MESSAGE = "message"
    ALERT = "alert"
    ENTRY = "entry"
    EVENT = "event"
    FILE = "file"
    MAIL = "mail"
    PAGE = "page"
    TASK = "task"


_SPOKEN = (FeedKind.POST, FeedKind.COMMENT, FeedKind.MESSAGE)


INBOX_KINDS = tuple(kind for kind in FeedKind if kind not in _SPOKEN)
"""The kinds of items that the inbox holds; the others are on the forum or in a conversation."""


class ItemState(StrEnum):
    """What has become of an item of the inbox, for one thread or, without a thread, for the workspace.

    ``new``: not looked at. ``open``: looked at by nobody or waiting for another beat. ``read``: looked at. ``told``:
    the owner was told of it. ``old``: no news, since it is older than the first look takes, or the agent made it.
    ``done`` and ``snoozed``: a person said so. ``gone``: its source shows it no more.
    """

    NEW = "new"
    OPEN = "open"
    READ = "read"
    TOLD = "told"
    OLD = "old"
    DONE = "done"
    SNOOZED = "snoozed"
    GONE = "gone"
