"""HEARTBEAT.plan.json: the corrections that a workspace ships beside HEARTBEAT.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from heartbeat.plan.assemble import nearest
from heartbeat.plan.correction import Correction
from heartbeat.plan.faults import ALLOWED, faults_of
from heartbeat.plan.lines import LINES_LIMIT, line_id
from heartbeat.plan.reading import RULES_LIMIT, PlanLine
from heartbeat.plan.rule import PlacedBody
from heartbeat.plan.words import LineRole
from heartbeat.schedule.window import format_minute, parse_minute
from heartbeat.text import sentence

SUFFIX = ".plan.json"
MAX_BYTES = 1 << 20
_Change = Callable[[Any], object]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Days of the week in the file, in the order of their numbers in a rule."""
_ALLOWED: Mapping[str, str] = {
    **ALLOWED,
    "version": "1",
    "": "an object with line, and with rules or a role",
    "lines": f"a list of up to {LINES_LIMIT} entries",
    "line": "the words of a line of HEARTBEAT.md",
    "under": "a list of the headings and introductions above the line",
    "box": "true or false",
    "number": "a whole number from 1, where several lines are equal",
    "days": f"a list of {', '.join(DAYS)}",
    "start": "a time like 09:05",
    "end": "a time like 09:05, up to 24:00",
    "at": "a list of times like 09:05",
}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Entry(_Part):
    """A line with its rules, or its role: its words, what stands ``under`` it, and its number among equal lines."""

    line: str = Field(min_length=1)
    under: tuple[str, ...] = ()
    task: str | None = None
    box: bool = False
    number: int = Field(1, ge=1)
    rules: tuple[PlacedBody, ...] = Field((), max_length=RULES_LIMIT)
    role: LineRole | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if bool(self.rules) == (self.role is not None):
            raise ValueError("a line has rules, or else a role")
        return self

    @property
    def id(self) -> str:
        """The id of the line in a text."""
        return line_id(self.line, self.under, self.number, box=self.box, task=self.task)


class _File(_Part):
    version: Literal[1]
    lines: tuple[Any, ...] = Field((), max_length=LINES_LIMIT)


@dataclass(frozen=True)
class Shipped:
    """The corrections of a file, and what is wrong with it, one sentence each; a line with a fault is left out."""

    corrections: tuple[Correction, ...] = ()
    faults: tuple[str, ...] = ()


def shipped_path(instructions: Path) -> Path:
    """Return the path of the corrections that belong to a file of instructions."""
    return instructions.with_suffix(SUFFIX)


def read_shipped(path: Path) -> Shipped:
    """Return the corrections of a file; none where there is no file."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return Shipped()
    except OSError as error:
        return Shipped(faults=(sentence(f"{path.name} cannot be read: {error.strerror}"),))
    if len(data) > MAX_BYTES:
        return Shipped(faults=(f"{path.name} is larger than 1 MiB and is not read.",))
    try:
        return parse_shipped(data.decode("utf-8-sig"), changed, path.name)
    except UnicodeDecodeError as error:
        return Shipped(faults=(f"{path.name} is not UTF-8 at byte {error.start}; save it as UTF-8.",))


def parse_shipped(text: str, at: datetime, name: str = f"HEARTBEAT{SUFFIX}") -> Shipped:
    """Return the corrections in the text of a file that was changed ``at`` an instant."""
    try:
        given = json.loads(text)
        file = _File.model_validate(given)
    except json.JSONDecodeError as error:
        return Shipped(faults=(f"{name} is no JSON at line {error.lineno}: {error.msg}.",))
    except ValidationError as error:
        return Shipped(
            faults=tuple(
                faults_of(error, f"{name}: ", {**_ALLOWED, "": "an object with version and lines"}, _File)
            )
        )
    except ValueError as error:
        return Shipped(faults=(sentence(f"{name} cannot be read: {error}"),))
    except RecursionError:
        return Shipped(faults=(f"{name} is nested too deep.",))
    corrections: dict[str, Correction] = {}
    faults = []
    for number, values in enumerate(file.lines, 1):
        place = f"{name}, entry {number}: "
        try:
            entry = _Entry.model_validate(_changed(values, _day, _time))
        except ValidationError as error:
            faults += faults_of(error, place, _ALLOWED, _Entry)
            continue
        if entry.id in corrections:
            faults.append(f"{place}it stands there twice; the first holds.")
            continue
        corrections[entry.id] = Correction(
            line_id=entry.id, text=entry.line, rules=entry.rules, role=entry.role, at=at
        )
    return Shipped(tuple(corrections.values()), tuple(faults))


def write_shipped(lines: Sequence[PlanLine], corrections: Iterable[Correction]) -> str:
    """Return the text of a file with the corrections of these lines, in their order.

    Of several corrections of a line the one that wins is written; those whose line is gone are left out.
    """
    chosen = nearest(corrections)
    seen: dict[str, int] = {}
    entries = []
    for line in lines:
        first = line_id(line.text, line.above, box=line.box, task=line.task)
        seen[first] = seen.get(first, 0) + 1
        if (correction := chosen.get(line.id)) is not None:
            entries.append(_written(line, seen[first], correction))
    return json.dumps({"version": 1, "lines": entries}, ensure_ascii=False, indent=2) + "\n"


def _written(line: PlanLine, number: int, correction: Correction) -> dict[str, Any]:
    entry = _Entry(
        line=line.text,
        under=line.above,
        task=line.task,
        box=line.box,
        number=number,
        rules=correction.rules,
        role=correction.role,
    )
    values = entry.model_dump(mode="json", exclude_defaults=True)
    changed: dict[str, Any] = _changed(values, DAYS.__getitem__, format_minute)
    return changed


def _changed(values: Any, day: _Change, time: _Change) -> Any:
    """Return an entry with each day and time of its rules changed; what has another form stays as it is."""
    rules = values.get("rules") if isinstance(values, dict) else None
    if not isinstance(rules, list):
        return values
    return {**values, "rules": [_changed_rule(rule, day, time) for rule in rules]}


def _changed_rule(rule: object, day: _Change, time: _Change) -> object:
    if not isinstance(rule, dict):
        return rule
    made = dict(rule)
    for part in ("only", "unless"):
        if isinstance(made.get(part), dict):
            made[part] = {name: _changed_field(name, value, day, time) for name, value in made[part].items()}
    return made


def _changed_field(name: str, value: object, day: _Change, time: _Change) -> object:
    if name in {"days", "at"} and isinstance(value, list):
        return [(day if name == "days" else time)(each) for each in value]
    return time(value) if name in {"start", "end"} and value is not None else value


def _day(value: object) -> object:
    return DAYS.index(value) if value in DAYS else value


def _time(value: object) -> object:
    try:
        return parse_minute(value, end=True)
    except ValueError:
        return value
