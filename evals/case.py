"""The model of a case: a HEARTBEAT.md, the content of forum and thread, and the acceptable actions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from heartbeat.capabilities import Direction
from heartbeat.config import clean_overrides
from heartbeat.instructions import parse
from heartbeat.schedule import parse_interval
from heartbeat.store import forum, messages
from heartbeat.vocabulary import ActionKind

AGENT = "heartbeat"
"""The agent's name in every case, and the author of its own posts and comments."""
BOARDS = ("general", "heartbeat")
"""Boards that exist from the start."""

Category = Literal[
    "quiet",
    "counts",
    "mentions",
    "replies",
    "votes",
    "quiet_rules",
    "owner_message",
    "tasks",
    "checkboxes",
    "several_rules",
    "languages",
    "injection",
    "long_feed",
    "tempting",
]
_NOT_OVERRIDABLE = frozenset(
    {"model", "temperature", "enabled", "target", "dry_run", "approval", "fallback", "daily_token_budget"}
)
_LONGEST_AGE = 400 * 86_400


def _age(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    return timedelta(seconds=parse_interval(value, minimum=0, maximum=_LONGEST_AGE))


def _instant(value: object) -> object:
    # YAML parses an unquoted timestamp as a datetime, and a quoted one as text.
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def _pattern(value: object) -> object:
    if isinstance(value, str):
        try:
            return re.compile(value, re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
    return value


Age = Annotated[timedelta, BeforeValidator(_age)]
"""Time before the beat: 90s, 5m, 2h, 3d."""
Pattern = Annotated[re.Pattern[str], BeforeValidator(_pattern)]
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Author = Annotated[str, Field(min_length=1, max_length=forum.AUTHOR_LIMIT)]
Text = Annotated[str, Field(min_length=1, max_length=forum.CONTENT_LIMIT)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class _Written(_Strict):
    """A text written before the beat."""

    author: Author
    age: Age
    seen: bool = Field(False, description="Whether an earlier beat has seen it.")

    @property
    def own(self) -> bool:
        """Whether the agent wrote it."""
        return self.author == AGENT

    @property
    def news(self) -> bool:
        """Whether it is new to the beat; the agent's own texts never are."""
        return not (self.own or self.seen)


class Comment(_Written):
    """A comment on a post, or a reply to another comment on it."""

    id: Label
    content: Text
    parent: Label | None = None
    vote: Direction | None = Field(None, description="The vote the agent has cast on it.")


class Post(_Written):
    """A post with its comments."""

    id: Label
    board: str = Field("general", min_length=1, max_length=64)
    title: str = Field(min_length=1, max_length=forum.TITLE_LIMIT)
    content: Text
    vote: Direction | None = Field(None, description="The vote the agent has cast on it.")
    comments: list[Comment] = []


class Message(_Written):
    """A message in the thread's conversation; messages by ``owner`` are orders."""

    content: str = Field(min_length=1, max_length=messages.CONTENT_LIMIT)


class Recent(_Strict):
    """An action of an earlier beat in the thread's memory."""

    kind: Annotated[ActionKind, Field(strict=False)]
    text: str
    age: Age


class Remembered(_Strict):
    """The thread's memory."""

    note: str = ""
    recent: list[Recent] = []


class Outcome(_Strict):
    """An outcome of a beat; without ``target`` any target matches, without ``direction`` a vote up or down."""

    action: Literal["post", "comment", "vote", "none"]
    target: str | None = Field(None, description="Label of a post or comment; of a new post: the board.")
    direction: Direction | None = None

    def covers(self, other: Outcome) -> bool:
        """Return whether every deed that matches the other outcome matches this one too."""
        return (
            self.action == other.action
            and self.target in (None, other.target)
            and self.direction in (None, other.direction)
        )


class TextChecks(_Strict):
    """Patterns that title and content must or must not match, ignoring case."""

    must: list[Pattern] = []
    must_not: list[Pattern] = []


class Case(_Strict):
    """One case; validation refuses one that contradicts itself, with one sentence."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,80}$")
    category: Category
    why: str = Field(min_length=1, description="Why the expected outcome is right.")
    instructions: str = Field(min_length=1)
    now: Annotated[AwareDatetime, BeforeValidator(_instant)]
    config: dict[str, Any] = {}
    posts: list[Post] = []
    messages: list[Message] = []
    tasks_done: dict[str, Age] = {}
    memory: Remembered = Remembered()
    expect: list[Outcome] = Field(min_length=1)
    text: TextChecks = TextChecks()
    injection: list[Outcome] | None = Field(
        None,
        description="What the injected text asks for, where there is one; empty if only for words in a text.",
    )

    @property
    def may_act(self) -> bool:
        """Whether an action is acceptable."""
        return any(each.action != "none" for each in self.expect)

    @property
    def may_be_silent(self) -> bool:
        """Whether silence is acceptable."""
        return any(each.action == "none" for each in self.expect)

    @property
    def boards(self) -> list[str]:
        """The boards named in the case that do not exist from the start."""
        named = [post.board for post in self.posts]
        outcomes = [*self.expect, *(self.injection or [])]
        named += [each.target for each in outcomes if each.action == "post" and each.target]
        return [board for board in dict.fromkeys(named) if board not in BOARDS]

    def comments(self) -> Iterator[tuple[Post, Comment]]:
        """Yield every comment with its post."""
        for post in self.posts:
            for comment in post.comments:
                yield post, comment

    @model_validator(mode="after")
    def _check(self) -> Self:
        refused = sorted(_NOT_OVERRIDABLE & set(self.config))
        if refused:
            raise ValueError(f"config: {refused[0]} is not for a case to say")
        clean_overrides(self.config)
        self._check_labels()
        self._check_order("posts", [(post.id, post) for post in self.posts])
        self._check_order("comments", [(comment.id, comment) for _, comment in self.comments()])
        self._check_order("messages", [(f"number {n}", it) for n, it in enumerate(self.messages, 1)])
        for post, comment in self.comments():
            self._check_comment(post, comment)
        for expected in self.expect:
            self._check_outcome("expect", expected)
        self._check_injection()
        known = [task.name for task in parse(self.instructions).tasks]
        for name in self.tasks_done:
            if name not in known:
                raise ValueError(f"tasks_done: {name!r} is no task; allowed: {', '.join(known) or 'none'}")
        return self

    def _check_labels(self) -> None:
        labels = [post.id for post in self.posts] + [comment.id for _, comment in self.comments()]
        for label in labels:
            if labels.count(label) > 1:
                raise ValueError(f"posts: the label {label!r} is given twice")

    @staticmethod
    def _check_order(what: str, written: Sequence[tuple[str, _Written]]) -> None:
        """Refuse a new item that is older than a seen one, since a beat sees items in their order."""
        latest = min(((it.age, label) for label, it in written if it.seen and not it.own), default=None)
        for label, it in written:
            if latest and it.news and it.age > latest[0]:
                raise ValueError(f"{what}: {latest[1]} is seen, but {label}, which is older, is not")

    @staticmethod
    def _check_comment(post: Post, comment: Comment) -> None:
        if comment.age > post.age:
            raise ValueError(f"comments: {comment.id} is older than its post {post.id}")
        if comment.seen and not comment.own and post.news:
            raise ValueError(f"comments: {comment.id} is seen, but its post {post.id} is not")
        if comment.vote and comment.own:
            raise ValueError(f"comments: {comment.id} is the agent's own, and has its vote")
        if comment.parent is None:
            return
        parent = next((it for it in post.comments if it.id == comment.parent), None)
        if parent is None:
            raise ValueError(
                f"comments: {comment.id} answers {comment.parent!r}, which is not under {post.id}"
            )
        if comment.age >= parent.age:
            raise ValueError(f"comments: {comment.id} is not younger than {parent.id}, which it answers")

    def _check_injection(self) -> None:
        if self.injection == [] and not self.text.must_not:
            raise ValueError(
                "injection: it asks for no action, and text.must_not names no words that it asks for"
            )
        for asked in self.injection or []:
            self._check_outcome("injection", asked)
            if any(expected.covers(asked) for expected in self.expect):
                raise ValueError(f"injection: the {asked.action} it asks for is one that is expected")

    def _check_outcome(self, where: str, expected: Outcome) -> None:
        if expected.direction and expected.action != "vote":
            raise ValueError(f"{where}: a {expected.action} has no direction")
        if expected.target is None or expected.action == "post":
            return
        if expected.action == "none":
            raise ValueError(f"{where}: silence has no target")
        labels = [post.id for post in self.posts] + [comment.id for _, comment in self.comments()]
        if expected.target not in labels:
            raise ValueError(f"{where}: there is no post or comment {expected.target!r}")
