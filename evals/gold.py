"""The gold plan of a case: what each line of its HEARTBEAT.md, and each message of the owner, asks for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, NamedTuple

from pydantic import BeforeValidator, Field, ValidationError

from evals.plan.lines import Reading
from evals.strict import explain
from evals.written import Age, Label, Strict
from heartbeat.instructions.parse import parse
from heartbeat.plan import Plan, PlanLine, QuietLine, Rule
from heartbeat.plan.lines import plan_lines
from heartbeat.plan.rule import MESSAGE

_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)


def _listed(value: object) -> object:
    return [value] if isinstance(value, dict) else value


Readings = Annotated[
    tuple[Reading, ...], BeforeValidator(_listed), Field(strict=False, min_length=1, max_length=20)
]
"""What the lines of one number ask for, in their order; one alone needs no list."""
Gold = dict[int, Readings]
"""By the number of a line in the text."""
Said = dict[int, Reading]
"""By the number of a message in the case, from 1."""


class Followed(Strict):
    """A rule that an earlier beat has followed: the ``rule``-th of a line, for these items; ``text`` is what came."""

    line: int = Field(ge=1)
    rule: int = Field(1, ge=1)
    age: Age
    items: list[Label] = Field([])
    text: str = ""


class Message(NamedTuple):
    """A message of the conversation: its number in the case, when it was written, and its text."""

    number: int
    at: datetime
    content: str
    from_owner: bool


def check_plan(text: str, gold: Gold, names: Collection[str]) -> None:
    """Check that every line of a text that is read has gold, and nothing else, and that its rules can be held.

    Raises:
        ValueError: it is not so, in one sentence.
    """
    by_number = _by_number(text)
    for number, lines in by_number.items():
        if number not in gold:
            raise ValueError(f"plan: line {number} has no gold: {lines[0].text:.60}")
    for number, readings in gold.items():
        lines = by_number.get(number, [])
        if not lines:
            raise ValueError(f"plan: no line that is read has the number {number}; allowed: {[*by_number]}")
        if len(readings) != len(lines):
            raise ValueError(f"plan: line {number} is read as {len(lines)}, and has gold for {len(readings)}")
    tasks = {task.name for task in parse(text).tasks}
    for line, reading in _pairs(by_number, gold):
        for rule in rules_of(reading, line, _ANY_TIME):
            where = f"plan: line {line.number}: "
            _check_rule(rule, names, where)
            if rule.until is not None:
                raise ValueError(f"{where}until: only a message has one")
            if rule.when.task is not None and rule.when.task not in tasks:
                raise ValueError(f"{where}task: there is no {rule.when.task!r}")


def check_said(said: Said, messages: Sequence[Message], names: Collection[str]) -> None:
    """Check that every message of the owner has gold, and nothing else.

    Raises:
        ValueError: it is not so, in one sentence.
    """
    orders = {each.number: each for each in messages if each.from_owner}
    if missing := sorted(orders.keys() - said.keys()):
        raise ValueError(f"said: message {missing[0]} has no gold: {orders[missing[0]].content:.60}")
    if unknown := sorted(said.keys() - orders.keys()):
        raise ValueError(f"said: message {unknown[0]} is none of the owner; allowed: {sorted(orders)}")
    for number, reading in said.items():
        for rule in orders_of(reading, orders[number]):
            _check_rule(rule, names, f"said: message {number}: ")


def check_followed(followed: Sequence[Followed], gold: Gold, labels: Collection[str]) -> None:
    """Check that what was followed are rules of the plan, for items that are there.

    Raises:
        ValueError: it is not so, in one sentence.
    """
    for each in followed:
        rules = [rule for reading in gold.get(each.line, ()) for rule in reading.gold]
        if each.rule > len(rules):
            raise ValueError(f"followed: line {each.line} has no rule {each.rule} in the plan")
        if unknown := [label for label in each.items if label not in labels]:
            raise ValueError(f"followed: there is no item {unknown[0]!r}")


def plan_of(
    text: str, gold: Gold, read_at: datetime, *, said: Said | None = None, messages: Sequence[Message] = ()
) -> Plan:
    """Return the plan of a text with its gold, with the rules of messages first, each read when it was written."""
    rules, quiet = list[Rule](), list[QuietLine]()
    for message in messages:
        if said and message.number in said:
            rules += orders_of(said[message.number], message)
    for line, reading in _pairs(_by_number(text), gold):
        rules += rules_of(reading, line, read_at)
        if reading.quiet is not None:
            quiet.append(QuietLine(id=line.id, line=line.number, text=line.text, role=reading.quiet))
    return Plan(rules=tuple(rules), quiet=tuple(quiet))


def rules_of(reading: Reading, line: PlanLine, read_at: datetime) -> list[Rule]:
    """Return the rules of a line, with the ids that they have in a plan.

    Raises:
        ValueError: no plan can hold one of them.
    """
    made = []
    for number, gold in enumerate(reading.gold, 1):
        try:
            rule = gold.rule(f"{line.id}-{number}", line.text, read_at)
        except ValidationError as error:
            raise ValueError(f"plan: line {line.number}, rule {number}: {explain(error)}") from None
        made.append(rule.model_copy(update={"line": line.number}))
    return made


def orders_of(reading: Reading, message: Message) -> list[Rule]:
    """Return the rules of a message of the owner.

    Raises:
        ValueError: no plan can hold one of them.
    """
    made = []
    for number, gold in enumerate(reading.gold, 1):
        try:
            made.append(gold.rule(f"{MESSAGE}{message.number}-{number}", message.content, message.at))
        except ValidationError as error:
            raise ValueError(f"said: message {message.number}, rule {number}: {explain(error)}") from None
    return made


def _by_number(text: str) -> dict[int, list[PlanLine]]:
    found: dict[int, list[PlanLine]] = defaultdict(list)
    for line in plan_lines(text):
        found[line.number].append(line)
    return dict(found)


def _pairs(by_number: Mapping[int, Sequence[PlanLine]], gold: Gold) -> Iterator[tuple[PlanLine, Reading]]:
    for number, lines in by_number.items():
        yield from zip(lines, gold[number], strict=True)


def _check_rule(rule: Rule, names: Collection[str], where: str) -> None:
    for name in (*rule.places, *filter(None, [rule.where])):
        if name not in names:
            raise ValueError(f"{where}places, where: there is no {name!r}; there are {sorted(names)}")
