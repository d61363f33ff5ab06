"""Rules: what a line of HEARTBEAT.md, or a message of the owner, has the agent do, as data."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from heartbeat.instructions.secrets import masked_line
from heartbeat.plan.words import About, Counts, Do, Limit, LineRole, WhenKind
from heartbeat.schedule.window import END_OF_DAY

COUNT_LIMIT = 1_000
WITHIN_LIMIT = 30 * 86_400
"""Seconds before an item is due at which a rule may become due at the earliest."""
QUESTION_LIMIT, HOW_LIMIT = 300, 300
EVERY_HOURS = (1, 2, 3, 4, 6, 8, 12)
"""Hours between instants of a day: those that a day can be divided by."""
PLACES_LIMIT, NAME_LIMIT = 20, 64
MESSAGE = "message-"
"""How the ids of rules begin that are orders of the owner in the conversation."""

Question = Annotated[str, Field(min_length=1, max_length=QUESTION_LIMIT), AfterValidator(masked_line)]
Name = Annotated[str, Field(min_length=1, max_length=NAME_LIMIT)]
"""The name of a board or connection."""
Minute = Annotated[int, Field(ge=0, lt=END_OF_DAY)]
Weekday = Annotated[int, Field(ge=0, le=6)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class When(_Part):
    """The occasion on which a rule is due.

    ``new``: ``count`` items or more have come since the rule was last followed; of the forum posts, comments or both
    count, as ``counts`` says. ``item``: a new item to which
    ``question`` is answered with yes; with ``is_open`` one that was looked at before counts too. ``addressed``: the
    owner, a mention or a reply speaks to the agent. ``due``: an item is due ``within`` seconds; of both the
    ``question``, if there is one, is answered with yes. ``task``: the task of this name is due. ``always``: at each
    slot.
    """

    kind: WhenKind
    count: int = Field(1, ge=1, le=COUNT_LIMIT)
    counts: Counts = Counts.POSTS
    question: Question | None = None
    is_open: bool = False
    within: int = Field(7_200, ge=0, le=WITHIN_LIMIT)
    task: str | None = Field(None, min_length=1, max_length=200)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind == WhenKind.ITEM and self.question is None:
            raise ValueError("an item is chosen by a question")
        if (self.kind == WhenKind.TASK) != (self.task is not None):
            raise ValueError("a task has a name, and nothing else has one")
        if self.question is not None and self.kind not in {WhenKind.ITEM, WhenKind.ADDRESSED, WhenKind.DUE}:
            raise ValueError(
                "a question is asked about items, about what is due, and about what addresses the agent only"
            )
        return self


class Only(_Part):
    """When a rule holds: ``days`` (Monday is 0) and a window of the day, in the thread's zone; ``at`` are instants.

    ``start`` and ``end`` are minutes of the day; a window whose end is not after its start spans midnight. ``at`` are
    minutes of the day, ``every_hours`` counts from local midnight.
    """

    days: tuple[Weekday, ...] = ()
    start: Minute | None = None
    end: Annotated[int, Field(ge=0, le=END_OF_DAY)] | None = None
    at: tuple[Minute, ...] = Field((), max_length=24)
    every_hours: int | None = None

    @field_validator("days", "at")
    @classmethod
    def _sorted(cls, value: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(set(value)))

    @field_validator("every_hours")
    @classmethod
    def _divides_a_day(cls, value: int | None) -> int | None:
        if value is not None and value not in EVERY_HOURS:
            raise ValueError("a day cannot be divided by it")
        return value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.start is None) != (self.end is None) or (self.start is not None and self.start == self.end):
            raise ValueError("a window has a start and an end that differ")
        if self.at and self.every_hours is not None:
            raise ValueError("instants are given by name or by hours between them, not both")
        return self

    @property
    def minutes(self) -> tuple[int, ...]:
        """The instants as minutes of the day."""
        if self.every_hours is None:
            return self.at
        return tuple(range(0, END_OF_DAY, self.every_hours * 60))

    @property
    def limits_time(self) -> bool:
        """Whether it holds at some times only."""
        return bool(self.days) or self.start is not None


class Until(_Part):
    """When an order of the owner ends: at an instant, with the owner's next message, or when it is lifted."""

    instant: datetime | None = None
    next_message: bool = False


class Unless(_Part):
    """Exceptions of a rule: questions that must not be answered with yes, and days on which it does not hold."""

    questions: tuple[Question, ...] = Field((), max_length=5)
    days: tuple[Weekday, ...] = ()


class RuleBody(_Part):
    """What is read from a line, apart from where it stands and what exists in the workspace.

    ``do`` is a word of `Do` or a kind that a target offers. ``how`` says in a few words what its text has to do.
    ``free``: the line fits no form and is put to the model as it stands.
    """

    when: When
    about: tuple[About, ...] = ()
    only: Only = Only()
    until: Until | None = None
    do: str = Field(min_length=1, max_length=32)
    how: Annotated[str, Field(max_length=HOW_LIMIT), AfterValidator(masked_line)] = ""
    limits: tuple[Limit, ...] = ()
    unless: Unless = Unless()
    free: bool = False

    @property
    def is_silence(self) -> bool:
        """Whether it has the agent be silent."""
        return self.do == Do.SILENT

    @property
    def comes_last(self) -> bool:
        """Whether all rules that need something to have happened come before it."""
        return self.free or (not self.is_silence and self.when.kind in {WhenKind.ALWAYS, WhenKind.TASK})

    @property
    def questions(self) -> tuple[str, ...]:
        """All questions that are asked about an item for it."""
        own = () if self.when.question is None else (self.when.question,)
        return (*own, *self.unless.questions)


class PlacedBody(RuleBody):
    """What a rule says, with the boards and connections that it names.

    ``places`` are those whose things it is about, ``where`` is the one that the act goes to.
    """

    places: tuple[Name, ...] = Field((), max_length=PLACES_LIMIT)
    where: Name | None = None


class Rule(PlacedBody):
    """One thing that a line asks for.

    ``id`` names it among all rules of a plan; those of messages begin with ``message-``. ``line`` counts from 1;
    ``text`` is the line without its bullet. ``read_at`` is when it was first read.
    """

    id: str = Field(min_length=1, max_length=100)
    line: int = Field(ge=1)
    text: str
    read_at: datetime

    @property
    def is_order(self) -> bool:
        """Whether it is an order of the owner in the conversation."""
        return self.id.startswith(MESSAGE)


class QuietLine(_Part):
    """A line that asks for nothing."""

    id: str
    line: int = Field(ge=1)
    text: str
    role: LineRole


class Plan(_Part):
    """What a thread's instructions ask for: rules in the order of the lines, those of messages first."""

    rules: tuple[Rule, ...] = ()
    quiet: tuple[QuietLine, ...] = ()

    @property
    def in_order(self) -> tuple[Rule, ...]:
        """The rules in the order in which they are followed: orders, the lines, and what comes last."""
        ranked = sorted(self.rules, key=lambda rule: (not rule.is_order, rule.comes_last))
        return tuple(ranked)
