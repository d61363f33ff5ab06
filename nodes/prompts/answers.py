"""What the small questions are answered with: flat, closed, and as short as can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from heartbeat.instructions.duty import Day, Hours, Label


class Answer(BaseModel):
    """An answer; ``schema_for`` is what holds the model to it."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    form: ClassVar[Mapping[str, Any]]
    """Properties of the JSON schema, written out: grammars know less than JSON schema does."""

    @classmethod
    def schema_for(cls, **replaced: Any) -> dict[str, Any]:
        """Return the JSON schema; ``replaced`` are properties of this one question."""
        properties = {**cls.form, **replaced}
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    def plain(self) -> dict[str, Any]:
        """Return the JSON of the answer, in the order of its schema."""
        return self.model_dump(mode="json", by_alias=True)


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [dict(schema), {"type": "null"}]}


def _one_of(*words: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(words)}


class LabelAnswer(Answer):
    """What a line asks for."""

    label: Label
    number: int | None = None
    time: Literal["days", "hours"] | None = None

    form: ClassVar[Mapping[str, Any]] = {
        "label": _one_of(*Label.__args__),  # type: ignore[attr-defined]
        "number": _or_null({"type": "integer"}),
        "time": _or_null(_one_of("days", "hours")),
    }


class HoursAnswer(Answer):
    """Which days and hours a line names."""

    days: tuple[Day, ...] = Field(max_length=7)
    start: int | None = Field(None, alias="from", ge=0, le=24)
    end: int | None = Field(None, alias="until", ge=0, le=24)
    act: Literal["in", "out"]

    form: ClassVar[Mapping[str, Any]] = {
        "days": {"type": "array", "items": _one_of(*Day.__args__), "maxItems": 7},  # type: ignore[attr-defined]
        "from": _or_null({"type": "integer", "minimum": 0, "maximum": 24}),
        "until": _or_null({"type": "integer", "minimum": 0, "maximum": 24}),
        "act": _one_of("in", "out"),
    }

    def hours(self) -> Hours:
        """Return the same, to be compared with a clock."""
        return Hours(days=self.days, start=self.start, end=self.end, inside=self.act == "in")


class WantedAnswer(Answer):
    """What a message of the owner wants."""

    wants: Literal["post", "comment", "vote_up", "vote_down", "hush_today", "hush", "talk"]

    form: ClassVar[Mapping[str, Any]] = {
        "wants": _one_of("post", "comment", "vote_up", "vote_down", "hush_today", "hush", "talk")
    }


class AsksAnswer(Answer):
    """Whether a line asks for a post by itself."""

    asks: Literal["yes", "no"]

    form: ClassVar[Mapping[str, Any]] = {"asks": _one_of("yes", "no")}


class WhatAnswer(Answer):
    """What an item is, in a few words."""

    what: str = Field(alias="is", max_length=400)

    form: ClassVar[Mapping[str, Any]] = {"is": {"type": "string", "maxLength": 80}}


class AboutAnswer(Answer):
    """What kind of item a line is about, in a few words."""

    about: str = Field(max_length=400)

    form: ClassVar[Mapping[str, Any]] = {"about": {"type": "string", "maxLength": 80}}


class MatchAnswer(Answer):
    """Whether an item is of the kind that is wanted."""

    match: Literal["yes", "no"]

    form: ClassVar[Mapping[str, Any]] = {"match": _one_of("yes", "no")}


class ChooseAnswer(Answer):
    """What is chosen, in a few words, and its number; 0 for none."""

    what: str = Field(alias="is", max_length=400)
    number: str = Field(pattern=r"^\d{1,3}$")

    form: ClassVar[Mapping[str, Any]] = {
        "is": {"type": "string", "maxLength": 80},
        "number": _one_of("0", "1"),
    }

    @classmethod
    def of(cls, count: int) -> dict[str, Any]:
        """Return the schema of a choice among ``count`` items."""
        return cls.schema_for(number=_one_of(*(str(number) for number in range(count + 1))))


ANSWERS: Mapping[str, type[Answer]] = {
    "label": LabelAnswer,
    "asks": AsksAnswer,
    "hours": HoursAnswer,
    "about": AboutAnswer,
    "wanted": WantedAnswer,
    "choose": ChooseAnswer,
    "what": WhatAnswer,
    "match": MatchAnswer,
}
"""Small question to the form of its answer."""

__all__ = [
    "ANSWERS",
    "AboutAnswer",
    "Answer",
    "AsksAnswer",
    "ChooseAnswer",
    "HoursAnswer",
    "LabelAnswer",
    "MatchAnswer",
    "WantedAnswer",
    "WhatAnswer",
]
