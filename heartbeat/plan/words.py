"""Fixed words of rules: what a model chooses from when it reads a line, and a person in a correction.

Each word can always be chosen, whether or not anything is connected for it: only so can a line about mail without a
mailbox be recognised and named.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from heartbeat.vocabulary import FeedKind


class WhenKind(StrEnum):
    """On what occasion a rule is due."""

    NEW = "new"
    ITEM = "item"
    ADDRESSED = "addressed"
    DUE = "due"
    TASK = "task"
    ALWAYS = "always"


class Counts(StrEnum):
    """What of the forum a rule counts that is due when so many things are new."""

    POSTS = "posts"
    COMMENTS = "comments"
    BOTH = "both"


class About(StrEnum):
    """The kind of things that a line means."""

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


class Do(StrEnum):
    """What a rule has the agent do; a target may offer kinds of its own besides."""

    POST = "post"
    COMMENT = "comment"
    VOTE_UP = "vote_up"
    VOTE_DOWN = "vote_down"
    TELL = "tell"
    NOTE = "note"
    SILENT = "silent"
    OTHER = "other"


class Limit(StrEnum):
    """How often a rule may be followed."""

    ONCE = "once"
    DAY = "once a day"
    WEEK = "once a week"
    MONTH = "once a month"
    ITEM = "once an item"


class LineRole(StrEnum):
    """What a line is that asks for nothing."""

    FORBIDS = "forbids"
    STYLE = "style"
    ABOUT = "about"
    LOOK = "look"


class DecidedBy(StrEnum):
    """Who decided what a line asks for: the model that read it, a person, or the workspace's file of corrections."""

    MODEL = "model"
    CORRECTION = "correction"
    FILE = "file"


class RuleState(StrEnum):
    """Whether a rule is due, or else why not."""

    DUE = "due"
    JUDGE = "judge"
    """Items wait for a verdict, and without one it is not due."""
    SILENCED = "silenced"
    LACKS = "lacks"
    NOT_NOW = "not_now"
    EXCEPTED = "excepted"
    TOO_FEW = "too_few"
    NOTHING = "nothing"
    LIMITED = "limited"
    PASSED_OVER = "passed_over"
    OVER = "over"
    """An order that was done, was lifted by a later message, or is too old."""
    SILENT = "silent"
    """It silences the other rules now."""
    ELSE = "else"
    """It only says that nothing is done where no other rule is due."""


KINDS_ABOUT: Mapping[FeedKind, About] = {
    FeedKind.POST: About.FORUM,
    FeedKind.COMMENT: About.FORUM,
    FeedKind.MESSAGE: About.CONVERSATION,
    FeedKind.ENTRY: About.FEEDS,
    FeedKind.EVENT: About.CALENDAR,
    FeedKind.FILE: About.FILES,
    FeedKind.TASK: About.FILES,
    FeedKind.MAIL: About.MAIL,
    FeedKind.PAGE: About.PAGES,
    FeedKind.ALERT: About.CHECKS,
}
"""What an item of each kind is about."""
