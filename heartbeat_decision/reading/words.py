"""Words that the model chooses from when it reads a line, with what each means in a plan.

The words differ in their first token, so that one generated token is enough to choose.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from heartbeat.plan import About, Do, LineRole, WhenKind


class Act(StrEnum):
    """What a line has the agent do, or what it is where it asks for nothing."""

    POST = "post"
    COMMENT = "comment"
    UPVOTE = "upvote"
    DOWNVOTE = "downvote"
    TELL = "tell"
    NOTE = "note"
    SILENT = "silent"
    OTHER = "other"
    FORBIDDEN = "forbidden"
    STYLE = "style"
    INFO = "info"
    LOOK = "look"


class Occasion(StrEnum):
    """On what occasion the agent acts."""

    NUMBER = "number"
    IF = "if"
    BEFORE = "before"
    SPOKEN = "spoken"
    TIME = "time"
    ALWAYS = "always"


class Subject(StrEnum):
    """What a line is about."""

    FORUM = "forum"
    CONVERSATION = "conversation"
    MAIL = "mail"
    CALENDAR = "calendar"
    FILES = "files"
    FEEDS = "feeds"
    PAGES = "pages"
    CHECKS = "checks"
    GITHUB = "github"
    OTHER = "other"
    ANY = "any"


ROLES: Mapping[str, LineRole] = {
    Act.FORBIDDEN: LineRole.FORBIDS,
    Act.STYLE: LineRole.STYLE,
    Act.INFO: LineRole.ABOUT,
    Act.LOOK: LineRole.LOOK,
}
"""Roles of lines that ask for nothing."""
DOES: Mapping[str, Do] = {
    Act.POST: Do.POST,
    Act.COMMENT: Do.COMMENT,
    Act.UPVOTE: Do.VOTE_UP,
    Act.DOWNVOTE: Do.VOTE_DOWN,
    Act.TELL: Do.TELL,
    Act.NOTE: Do.NOTE,
    Act.SILENT: Do.SILENT,
    Act.OTHER: Do.OTHER,
}
END = "end"
"""The answer where a line has the agent do nothing else."""
KINDS: Mapping[Occasion, WhenKind] = {
    Occasion.NUMBER: WhenKind.NEW,
    Occasion.IF: WhenKind.ITEM,
    Occasion.BEFORE: WhenKind.DUE,
    Occasion.SPOKEN: WhenKind.ADDRESSED,
    Occasion.TIME: WhenKind.ALWAYS,
    Occasion.ALWAYS: WhenKind.ALWAYS,
}
ABOUT: Mapping[Subject, tuple[About, ...]] = {
    subject: () if subject is Subject.ANY else (About(subject.value),) for subject in Subject
}
