"""The form that the model fills in about a line: numbers, times, a question about an item, and what to write."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from heartbeat.plan.rule import EVERY_HOURS
from heartbeat_decision.reading.words import Act, Occasion

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Often = Literal["once", "day", "week", "month"]
AT_LEAST, MORE_THAN = "at least", "more than"
NUMBER = f"^({AT_LEAST}|{MORE_THAN}) [1-9][0-9]?[0-9]?$"
"""A small model copies a number where it is asked for words about it, and miscounts where it has to add one itself:
asked for the least number, Qwen2.5-Coder-1.5B answered 4 to "3+"."""
CLOCK = "^([01][0-9]|2[0-4]):[0-5][0-9]$"
Clock = Annotated[str, Field(pattern=CLOCK)]
TEXT_LIMIT = 120
"""Characters of a question, so that the form fits into its tokens."""
HOW_LIMIT = 80


class Form(BaseModel):
    """What a line says besides what is to be done, when, and about what. What it does not say is left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    number: Annotated[str, Field(pattern=NUMBER)] | None = None
    question: str | None = Field(None, max_length=TEXT_LIMIT)
    open: bool | None = None
    minutes: int | None = Field(None, ge=0, le=100_000)
    hours: int | None = Field(None, ge=0, le=1_000)
    days_before: int | None = Field(None, ge=0, le=30)
    days: tuple[Day, ...] | None = Field(None, max_length=7)
    at: tuple[Clock, ...] | None = Field(None, max_length=6)
    start: Clock | None = Field(None, alias="from")
    end: Clock | None = Field(None, alias="to")
    every_hours: int | None = None
    limit: Often | None = None
    unless: str | None = Field(None, max_length=TEXT_LIMIT)
    not_days: tuple[Day, ...] | None = Field(None, max_length=7)
    how: str | None = Field(None, max_length=HOW_LIMIT)


_TEXT = {"type": "string", "maxLength": TEXT_LIMIT}
_CLOCK = {"type": "string", "pattern": CLOCK}
_DAYS = {"type": "array", "items": {"type": "string", "enum": list(DAYS)}, "maxItems": 7}
_SPAN = {"type": "integer", "minimum": 0, "maximum": 1_000}


def schema(act: str, occasion: Occasion) -> Mapping[str, Any]:
    """Return the JSON schema of the form: only the fields that make sense on this occasion, in the form's order."""
    fields: dict[str, Any] = {}
    required = []
    match occasion:
        case Occasion.NUMBER:
            fields["number"] = {"type": "string", "pattern": NUMBER}
            required.append("number")
        case Occasion.IF:
            fields |= {"question": _TEXT, "open": {"type": "boolean"}}
            required.append("question")
        case Occasion.SPOKEN:
            fields["question"] = _TEXT
        case Occasion.BEFORE:
            fields |= {
                "question": _TEXT,
                "minutes": _SPAN,
                "hours": _SPAN,
                "days_before": _SPAN | {"maximum": 30},
            }
        case Occasion.TIME | Occasion.ALWAYS:
            pass
    fields |= {
        "days": _DAYS,
        "at": {"type": "array", "items": _CLOCK, "maxItems": 6},
        "from": _CLOCK,
        "to": _CLOCK,
        "every_hours": {"type": "integer", "enum": list(EVERY_HOURS)},
        "limit": {"type": "string", "enum": ["once", "day", "week", "month"]},
        "unless": _TEXT,
        "not_days": _DAYS,
    }
    if act != Act.SILENT:
        fields["how"] = {"type": "string", "maxLength": HOW_LIMIT}
    return {"type": "object", "properties": fields, "required": required, "additionalProperties": False}
