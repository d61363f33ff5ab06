"""Read the written lines: a line of HEARTBEAT.md or a message, what stands above it, and its rules as gold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self, get_args

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from evals.strict import explain, read_list
from heartbeat.errors import HeartbeatError, InvalidValueError
from heartbeat.plan import About, Counts, Limit, LineRole, Only, Rule, Unless, Until, When, WhenKind
from heartbeat.plan.rule import MESSAGE, WITHIN_LIMIT
from heartbeat.schedule import parse_interval, parse_minute

Half = Literal["tuning", "unseen"]
HALVES: tuple[Half, ...] = ("tuning", "unseen")
FOLDER = Path(__file__).parent
BOARDS = ("general", "heartbeat")
"""Boards where a line names none: those that exist from the start."""
READ_AT = datetime(2026, 3, 2, tzinfo=UTC)
"""When lines of the file count as read; a message is read when it was said."""

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = get_args(Day)
"""Days of the week in the order of their numbers in a rule."""


class LineError(HeartbeatError):
    """A file of lines that cannot be read, or an invalid line in it."""


def _start(value: object) -> object:
    return None if value is None else parse_minute(value, end=False)


def _end(value: object) -> object:
    return None if value is None else parse_minute(value, end=True)


def _span(value: object) -> int:
    return parse_interval(value, minimum=0, maximum=WITHIN_LIMIT)


Minute = Annotated[int, BeforeValidator(_start)]
"""A time of day, written HH:MM in quotes, as its minute."""
Span = Annotated[int, BeforeValidator(_span)]
"""A span of time, written 45m, 2h or 10d, in seconds."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Also(_Part):
    """Other values of a rule's fields that count as right too; of ``unless`` the number of exceptions.

    Where another ``when`` was read, what belongs to the first (``count``, ``question``, ``open``, ``within``) is not
    compared.
    """

    do: tuple[str, ...] = ()
    when: tuple[WhenKind, ...] = ()
    count: tuple[int, ...] = ()
    counts: tuple[Counts, ...] = ()
    open: tuple[bool, ...] = ()
    within: tuple[Span, ...] = ()
    about: tuple[tuple[About, ...], ...] = ()
    places: tuple[tuple[str, ...], ...] = ()
    days: tuple[tuple[Day, ...], ...] = ()
    at: tuple[tuple[Minute, ...], ...] = ()
    every_hours: tuple[int | None, ...] = ()
    until: tuple[AwareDatetime | None, ...] = ()
    limits: tuple[tuple[Limit, ...], ...] = ()
    unless: tuple[int, ...] = ()
    unless_days: tuple[tuple[Day, ...], ...] = ()
    where: tuple[str | None, ...] = ()
    free: tuple[bool, ...] = ()


class GoldRule(_Part):
    """One rule as gold, in a flat form; the fields are those of `heartbeat.plan.Rule` and its parts.

    ``question``, ``unless`` and ``how`` say in English what the wording has to mean; all other fields are compared
    as they stand, or with what ``also`` allows besides.
    """

    do: str
    when: WhenKind
    count: int = 1
    counts: Counts = Counts.POSTS
    question: str | None = None
    open: bool = False
    within: Span = 7_200
    task: str | None = None
    about: tuple[About, ...] = ()
    places: tuple[str, ...] = ()
    days: tuple[Day, ...] = ()
    start: Annotated[int | None, BeforeValidator(_start)] = Field(None, alias="from")
    end: Annotated[int | None, BeforeValidator(_end)] = Field(None, alias="to")
    at: tuple[Minute, ...] = ()
    every_hours: int | None = None
    until: AwareDatetime | None = None
    until_next: bool = False
    limits: tuple[Limit, ...] = ()
    unless: tuple[str, ...] = ()
    unless_days: tuple[Day, ...] = ()
    where: str | None = None
    how: str = ""
    free: bool = False
    also: Also = Also()

    def rule(self, rule_id: str, text: str, read_at: datetime) -> Rule:
        """Return it as a rule of a plan.

        Raises:
            ValidationError: no plan can hold such a rule.
        """
        ends = self.until is not None or self.until_next
        return Rule(
            id=rule_id,
            line=1,
            text=text,
            when=When(
                kind=self.when,
                count=self.count,
                counts=self.counts,
                question=self.question,
                is_open=self.open,
                within=self.within,
                task=self.task,
            ),
            about=self.about,
            places=self.places,
            only=Only(
                days=_numbers(self.days),
                start=self.start,
                end=self.end,
                at=self.at,
                every_hours=self.every_hours,
            ),
            until=Until(instant=self.until, next_message=self.until_next) if ends else None,
            do=self.do,
            where=self.where,
            how=self.how,
            limits=self.limits,
            unless=Unless(questions=self.unless, days=_numbers(self.unless_days)),
            free=self.free,
            read_at=read_at,
        )


def _numbers(days: tuple[Day, ...]) -> tuple[int, ...]:
    return tuple(DAYS.index(day) for day in days)


class Reading(_Part):
    """What a line asks for: rules in their order, or nothing, with the role of the line."""

    gold: tuple[GoldRule, ...] = ()
    quiet: LineRole | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if bool(self.gold) == (self.quiet is not None):
            raise ValueError("a line has rules or is quiet: give gold or quiet")
        return self


class Line(Reading):
    """One line with its gold. Of a message that asks for nothing any role is right.

    ``under`` are the headings and introductions above it, as written. ``said`` is the instant of a message of the
    owner, in the thread's zone; a line of the file has none. ``connections`` are names with what they bring.
    ``also`` are whole readings that count as right besides.
    """

    id: str = Field(pattern=r"^[a-z0-9-]{3,40}$")
    language: str = Field(pattern=r"^[a-z]{2}$")
    under: tuple[str, ...] = ()
    line: str = Field(min_length=1)
    said: AwareDatetime | None = None
    boards: tuple[str, ...] = BOARDS
    connections: Mapping[str, About] = {}
    also: tuple[Reading, ...] = ()

    @property
    def readings(self) -> tuple[Reading, ...]:
        """All readings that count as right, the first one first."""
        return (self, *self.also)

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules of the first reading."""
        return self.rules_of(self)

    @property
    def is_beyond_forum(self) -> bool:
        """Whether one of its rules is about more than the forum and the conversation."""
        return any(set(rule.about) - {About.FORUM, About.CONVERSATION} for rule in self.gold)

    def rules_of(self, reading: Reading) -> tuple[Rule, ...]:
        """Return the rules of one of its readings.

        Raises:
            ValueError: no plan can hold one of them.
        """
        start = "rule-" if self.said is None else MESSAGE
        made = []
        for number, gold in enumerate(reading.gold, 1):
            try:
                made.append(gold.rule(f"{start}{number}", self.line, self.said or READ_AT))
            except ValidationError as error:
                raise ValueError(f"gold {number}: {explain(error)}") from None
        return tuple(made)

    @model_validator(mode="after")
    def _is_a_plan(self) -> Self:
        names = {*self.boards, *self.connections}
        for rule in [rule for reading in self.readings for rule in self.rules_of(reading)]:
            if unknown := {*rule.places, *filter(None, [rule.where])} - names:
                raise ValueError(f"places, where: there is no {min(unknown)!r}; there are {sorted(names)}")
            if self.said is None and rule.until is not None:
                raise ValueError("until: only a message has one")
        return self


class Loaded(NamedTuple):
    """A line and the half it belongs to."""

    half: Half
    line: Line


def read_lines(path: Path) -> list[Line]:
    """Return the lines of one file, in its order.

    Raises:
        LineError: the file is missing or is not a list of lines, or a line in it is invalid.
    """
    return [
        _line(path, number, values) for number, values in enumerate(read_list(path, "lines", LineError), 1)
    ]


def load_lines(which: str = "all", folder: Path = FOLDER) -> list[Loaded]:
    """Return the lines of ``tuning``, ``unseen`` or ``all``, file by file.

    Raises:
        InvalidValueError: ``which`` is another value.
        LineError: a file or a line is invalid, or an id is given twice.
    """
    if which not in (*HALVES, "all"):
        raise InvalidValueError(
            "lines", f"lines: {which!r} is not allowed; allowed: {', '.join(HALVES)} or all"
        )
    found = [
        Loaded(half, line)
        for half in HALVES
        if which in (half, "all")
        for path in sorted((folder / half).glob("*.yaml"))
        for line in read_lines(path)
    ]
    known: set[str] = set()
    for _, line in found:
        if line.id in known:
            raise LineError(f"the id {line.id!r} is given twice")
        known.add(line.id)
    return found


def _line(path: Path, number: int, values: object) -> Line:
    name = values.get("id") if isinstance(values, dict) else None
    where = f"{path.name}, line {number}" + (f" ({name})" if isinstance(name, str) else "")
    try:
        return Line.model_validate(values)
    except ValidationError as error:
        raise LineError(f"{where}: {explain(error)}") from None
