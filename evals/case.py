"""The model of a case: a HEARTBEAT.md, the content of forum and thread, and the acceptable actions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal, Protocol, Self

from pydantic import AwareDatetime, BeforeValidator, Field, model_validator

from evals import gold
from evals.connection import Connection, Entry
from evals.gold import Followed, Gold, Said
from evals.written import Age, InstantText, Label, Strict, Text, Written
from heartbeat.capabilities import Direction
from heartbeat.config import clean_overrides
from heartbeat.instructions.parse import parse
from heartbeat.names import OWNER
from heartbeat.plan import Plan, Rule
from heartbeat.store import forum, messages
from heartbeat.vocabulary import ActionKind

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
    "mail",
    "calendar",
    "files",
    "feeds",
    "pages",
    "checks",
]
_NOT_OVERRIDABLE = frozenset(
    {
        *("model", "temperature", "enabled", "target", "sources", "dry_run", "approval", "fallback"),
        *("outflow", "daily_token_budget"),
    }
)


def _pattern(value: object) -> object:
    if isinstance(value, str):
        try:
            return re.compile(value, re.IGNORECASE)
        except re.error as error:
            raise ValueError(f"not a regular expression: {error}") from None
    return value


Pattern = Annotated[re.Pattern[str], BeforeValidator(_pattern)]
_BEFORE = timedelta(days=30)
"""Time between the reading of the instructions and the beat."""


class _Aged(Protocol):
    """What an earlier beat may have seen."""

    @property
    def age(self) -> timedelta: ...
    @property
    def seen(self) -> bool: ...
    @property
    def own(self) -> bool: ...
    @property
    def news(self) -> bool: ...


class Comment(Written):
    """A comment on a post, or a reply to another comment on it."""

    id: Label
    content: Text
    parent: Label | None = None
    vote: Direction | None = Field(None, description="The vote the agent has cast on it.")


class Post(Written):
    """A post with its comments."""

    id: Label
    board: str = Field("general", min_length=1, max_length=64)
    title: str = Field(min_length=1, max_length=forum.TITLE_LIMIT)
    content: Text
    vote: Direction | None = Field(None, description="The vote the agent has cast on it.")
    comments: list[Comment] = Field([])


class Message(Written):
    """A message in the thread's conversation; messages by ``owner`` are orders."""

    content: str = Field(min_length=1, max_length=messages.CONTENT_LIMIT)


class Recent(Strict):
    """An action of an earlier beat in the thread's memory."""

    kind: Annotated[ActionKind, Field(strict=False)]
    text: str
    age: Age


class Remembered(Strict):
    """The thread's memory."""

    note: str = ""
    recent: list[Recent] = Field([])


class Outcome(Strict):
    """An outcome of a beat; without ``target`` any target matches, without ``direction`` a vote up or down."""

    action: Literal["post", "comment", "vote", "tell", "note", "none"]
    target: str | None = Field(
        None,
        description="Label of a post or comment; of a new post: the board; of a tell or note: what it is about.",
    )
    direction: Direction | None = None
    file: str | None = Field(None, description="Of a note: the file that it goes to; without it any.")

    def covers(self, other: Outcome) -> bool:
        """Return whether every deed that matches the other outcome matches this one too."""
        return (
            self.action == other.action
            and self.target in (None, other.target)
            and self.direction in (None, other.direction)
            and self.file in (None, other.file)
        )


class TextChecks(Strict):
    """Patterns that title and content, or the text of a tell or note, must or must not match, ignoring case."""

    must: list[Pattern] = Field([])
    must_not: list[Pattern] = Field([])


class Case(Strict):
    """One case; validation refuses one that contradicts itself, with one sentence."""

    name: str = Field(pattern=r"^[a-z0-9-]{1,80}$")
    category: Category
    why: str = Field(min_length=1, description="Why the expected outcome is right.")
    instructions: str = Field(min_length=1)
    now: Annotated[AwareDatetime, InstantText]
    config: dict[str, Any] = Field({})
    posts: list[Post] = Field([])
    messages: list[Message] = Field([])
    connections: list[Connection] = Field([])
    tasks_done: dict[str, Age] = Field({})
    memory: Remembered = Remembered()
    plan: Gold | None = Field(None, description="What each line of the instructions asks for, by its number.")
    said: Said = Field({}, description="What each message of the owner asks for, by its number.")
    followed: list[Followed] = Field([], description="Rules that earlier beats have followed.")
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

    def entries(self) -> Iterator[tuple[Connection, Entry]]:
        """Yield every item of a connection with its connection."""
        for connection in self.connections:
            for entry in connection.items:
                yield connection, entry

    def gold_plan(self) -> Plan | None:
        """Return the gold plan, with the rules of messages first; None where the case has none."""
        if self.plan is None:
            return None
        return gold.plan_of(
            self.instructions, self.plan, self.now - _BEFORE, said=self.said, messages=self._spoken()
        )

    def rule_of(self, followed: Followed) -> Rule:
        """Return the rule that was followed."""
        plan = self.gold_plan() or Plan()
        return [rule for rule in plan.rules if not rule.is_order and rule.line == followed.line][
            followed.rule - 1
        ]

    def _spoken(self) -> list[gold.Message]:
        return [
            gold.Message(number, self.now - it.age, it.content, it.author == OWNER)
            for number, it in enumerate(self.messages, 1)
        ]

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
        self._check_connections()
        for post, comment in self.comments():
            self._check_comment(post, comment)
        for expected in self.expect:
            self._check_outcome("expect", expected)
        self._check_injection()
        self._check_plan()
        known = [task.name for task in parse(self.instructions).tasks]
        for name in self.tasks_done:
            if name not in known:
                raise ValueError(f"tasks_done: {name!r} is no task; allowed: {', '.join(known) or 'none'}")
        return self

    def _check_labels(self) -> None:
        labels = [*self._spoken_labels(), *self._brought_labels()]
        for label in labels:
            if labels.count(label) > 1:
                where = "posts" if label in self._spoken_labels() else "connections"
                raise ValueError(f"{where}: the label {label!r} is given twice")

    def _spoken_labels(self) -> list[str]:
        """Return the labels of posts and comments."""
        return [post.id for post in self.posts] + [comment.id for _, comment in self.comments()]

    def _brought_labels(self) -> list[str]:
        """Return the labels of what connections have brought."""
        return [entry.id for _, entry in self.entries()]

    def _check_connections(self) -> None:
        names = [each.name for each in self.connections]
        for name in names:
            if names.count(name) > 1:
                raise ValueError(f"connections: the name {name!r} is given twice")
            if name in self._all_boards():
                raise ValueError(f"connections: {name!r} is the name of a board")
        for each in self.connections:
            self._check_order("connections", [(entry.id, entry) for entry in each.items])

    def _all_boards(self) -> list[str]:
        return [*BOARDS, *self.boards]

    def _check_plan(self) -> None:
        if self.plan is None:
            if self.said or self.followed:
                raise ValueError("said, followed: they need a plan")
            return
        names = [*self._all_boards(), *(each.name for each in self.connections)]
        gold.check_plan(self.instructions, self.plan, names)
        gold.check_said(self.said, self._spoken(), names)
        labels = [*self._spoken_labels(), *self._brought_labels()]
        gold.check_followed(self.followed, self.plan, labels)

    @staticmethod
    def _check_order(what: str, written: Sequence[tuple[str, _Aged]]) -> None:
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
        if expected.file and expected.action != "note":
            raise ValueError(f"{where}: a {expected.action} has no file")
        if expected.target is None or expected.action == "post":
            return
        if expected.action == "none":
            raise ValueError(f"{where}: silence has no target")
        labels, what = self._spoken_labels(), "post or comment"
        if expected.action in ("tell", "note"):
            labels, what = [*labels, *self._brought_labels()], "item"
        if expected.target not in labels:
            raise ValueError(f"{where}: there is no {what} {expected.target!r}")
