"""Words of connections: what they lead to, where they come from, and who sees what they are given."""

from __future__ import annotations

from enum import StrEnum


class Reach(StrEnum):
    """Who sees what a target is given."""

    OWNER = "owner"
    PUBLIC = "public"


class Outflow(StrEnum):
    """Whether a thread may give what it sees of a private connection to others without a person's approval."""

    GUARDED = "guarded"
    ALLOWED = "allowed"


class ConnectionKind(StrEnum):
    """What a connection leads to."""

    APPRISE = "apprise"
    CALENDAR = "calendar"
    CHECK = "check"
    FEED = "feed"
    FOLDER = "folder"
    MAIL = "mail"
    PAGE = "page"
    WEBHOOK = "webhook"


class KeyType(StrEnum):
    """What the value of a key of a connection is, for a form; a span is text such as 5m, or seconds."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    LIST = "list"
    SPAN = "span"


class ConnectionOrigin(StrEnum):
    """Where a connection was configured."""

    FILE = "file"
    ROW = "row"
    SETTING = "setting"
    PLUGIN = "plugin"


class ConnectionState(StrEnum):
    """Whether a connection can be used."""

    OK = "ok"
    FAILING = "failing"
    FAULTY = "faulty"
