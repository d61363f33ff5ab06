"""The question until when what a message asks for holds, and the form that answers it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from heartbeat.plan import PlanLine
from heartbeat.plan.until import NUMBER_LIMIT, UntilForm, UntilWord
from heartbeat.schedule import parse_minute
from heartbeat.schedule.window import END_OF_DAY
from heartbeat.text import first_line
from heartbeat_decision.asking import ShortAnswer, ShortQuestion
from heartbeat_decision.reading.examples import FOLDER
from heartbeat_decision.reading.form import CLOCK, DAYS, Clock, Day

EXAMPLES = FOLDER / "until.yaml"
UNTIL_TOKENS = 40
"""Tokens of a filled-in form at most."""


class Answer(BaseModel):
    """The form as the model fills it in."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    until: UntilWord
    number: Annotated[int, Field(ge=1, le=NUMBER_LIMIT)] | None = None
    weekday: Day | None = None
    clock: Clock | None = None
    day: Annotated[int, Field(ge=1, le=31)] | None = None
    month: Annotated[int, Field(ge=1, le=12)] | None = None

    @property
    def form(self) -> UntilForm:
        """What it says, in the words of a plan.

        Raises:
            ValidationError: it lacks what its word needs.
        """
        clock = None
        if self.clock is not None:
            clock = parse_minute(min(self.clock, "24:00"), end=True) % END_OF_DAY
        return UntilForm(
            until=self.until,
            number=self.number,
            weekday=None if self.weekday is None else DAYS.index(self.weekday),
            clock=clock,
            day=self.day,
            month=self.month,
        )


class Example(BaseModel):
    """A message with the right answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    said: str
    answer: Answer


_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "until": {"type": "string", "enum": [word.value for word in UntilWord]},
        "number": {"type": "integer", "minimum": 1, "maximum": NUMBER_LIMIT},
        "weekday": {"type": "string", "enum": list(DAYS)},
        "clock": {"type": "string", "pattern": CLOCK},
        "day": {"type": "integer", "minimum": 1, "maximum": 31},
        "month": {"type": "integer", "minimum": 1, "maximum": 12},
    },
    "required": ["until"],
    "additionalProperties": False,
}


@cache
def until_examples() -> tuple[Example, ...]:
    """Return the examples in the order of their file."""
    return TypeAdapter(tuple[Example, ...]).validate_python(yaml.safe_load(EXAMPLES.read_text("utf-8")))


def until_question(line: PlanLine) -> ShortQuestion:
    """Return the question until when what a message asks for holds."""
    turns = [
        turn
        for each in until_examples()
        for turn in (
            ("user", _asked(each.said)),
            ("assistant", json.dumps(each.answer.model_dump(mode="json", exclude_none=True))),
        )
    ]
    chat = (("system", _system()), *turns, ("user", _asked(line.text)))
    return ShortQuestion(chat, schema=_SCHEMA, max_tokens=UNTIL_TOKENS)


@cache
def _system() -> str:
    return (FOLDER / "until.txt").read_text("utf-8").strip()


def _asked(text: str) -> str:
    return f"Message: {text}"


def until_answer(answer: ShortAnswer) -> UntilForm:
    """Return what was answered.

    Raises:
        ValueError: it is no such form, or lacks what its word needs.
    """
    try:
        return Answer.model_validate_json(answer.text).form
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the form"
        raise ValueError(f"{where}: {first_line(first['msg'], 200)}") from None
