"""What the small questions are answered with: flat, closed, and as short as can be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from heartbeat.instructions.duty import DAY_END, Day, Hours, Label


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


def _text(longest: int) -> dict[str, Any]:
    return {"type": "string", "maxLength": longest}


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
    act: Literal["in", "out", "other"]

    form: ClassVar[Mapping[str, Any]] = {
        "days": {"type": "array", "items": _one_of(*Day.__args__), "maxItems": 7},  # type: ignore[attr-defined]
        "from": _or_null({"type": "integer", "minimum": 0, "maximum": 24}),
        "until": _or_null({"type": "integer", "minimum": 0, "maximum": 24}),
        "act": _one_of("in", "out", "other"),
    }

    @property
    def names_any(self) -> bool:
        """Whether it names a day or an hour; from midnight to midnight is none."""
        return bool(self.days) or self._names_hours

    @property
    def both(self) -> bool:
        """Whether it names days and hours."""
        return bool(self.days) and self._names_hours

    @property
    def _names_hours(self) -> bool:
        return bool(self.start) or self.end not in (None, 24)

    def hours(self, line: str, *, without_days: bool = False) -> Hours:
        """Return the same, to be compared with a clock, with the minutes that the line writes.

        A line that names times and all others ("Mondays a riddle, else nothing") is for those that it names.
        """
        start, end = _minutes(self.start, self.end, line)
        days = () if without_days else self.days
        return Hours(days=days, start=start, end=end, inside=self.act != "out")


_CLOCK = re.compile(
    r"(?i)(?<![\d.,v])(?P<hour>\d{1,2})"
    r"(?:[:：h時点]|\s?uhr\s|\.(?=\d\d\s*(?:uhr|uur|h\b|[ap]\.?\s?m|[-–])))"
    r"(?P<minute>[0-5]\d)(?!\d|[.,]\d)\s*(?P<half>[ap])?(?:\.?\s?m\b)?"
)
"""8:30, 8h30, 8 Uhr 30, 8時30分, 8:30 pm; 8.30 only where it cannot be a price."""


def _minutes(start: int | None, end: int | None, line: str) -> tuple[int | None, int | None]:
    """Return the minutes of the day of two hours, with the minutes that the line writes after them, in its order."""
    written = [_clock(match) for match in _CLOCK.finditer(line)]
    found: list[int | None] = []
    for hour in (start, end):
        fitting = [number for number, (at, _) in enumerate(written) if at == hour]
        if hour is not None and fitting:
            found.append(min(hour * 60 + written[fitting[0]][1], DAY_END))
            written = written[fitting[0] + 1 :]
        else:
            found.append(None if hour is None else hour * 60)
    return found[0], found[1]


def _clock(match: re.Match[str]) -> tuple[int, int]:
    """Return hour and minute, of 24 hours where the half of the day stands there."""
    hour, half = int(match["hour"]), (match["half"] or "").lower()
    if half == "p" and hour < 12:
        hour += 12
    elif half == "a" and hour == 12:
        hour = 0
    return hour, int(match["minute"])


class NamedAnswer(Answer):
    """Whether a line that names hours names weekdays too."""

    named: Literal["yes", "no"]

    form: ClassVar[Mapping[str, Any]] = {"named": _one_of("yes", "no")}


class WantedAnswer(Answer):
    """What a message of the owner wants."""

    wants: Literal["post", "comment", "vote_up", "vote_down", "hush_today", "hush", "talk"]

    form: ClassVar[Mapping[str, Any]] = {
        "wants": _one_of("post", "comment", "vote_up", "vote_down", "hush_today", "hush", "talk")
    }


class SecretAnswer(Answer):
    """Whether a paragraph holds what must not be told."""

    secret: Literal["yes", "no"]

    form: ClassVar[Mapping[str, Any]] = {"secret": _one_of("yes", "no")}


class ForbidsAnswer(Answer):
    """Whether a title forbids what stands below it."""

    forbids: Literal["yes", "no"]

    form: ClassVar[Mapping[str, Any]] = {"forbids": _one_of("yes", "no")}


class AsksAnswer(Answer):
    """Whether a line asks for a post by itself."""

    asks: Literal["yes", "no"]

    form: ClassVar[Mapping[str, Any]] = {"asks": _one_of("yes", "no")}


class SumsAnswer(Answer):
    """Whether a post tells of what others wrote."""

    sums: Literal["yes", "no"]

    form: ClassVar[Mapping[str, Any]] = {"sums": _one_of("yes", "no")}


class BoundAnswer(Answer):
    """Whether the number a line names is enough, or has to be exceeded."""

    bound: Literal["at least", "more than"]

    form: ClassVar[Mapping[str, Any]] = {"bound": _one_of("at least", "more than")}


class AboutAnswer(Answer):
    """The question that tells whether an item is what a line is about, and one that must not be true of it."""

    question: str = Field(max_length=400)
    unless: str | None = Field(None, max_length=400)

    form: ClassVar[Mapping[str, Any]] = {"question": _text(120), "unless": _or_null(_text(120))}


class MatchAnswer(Answer):
    """What an item does, in a few words, and whether the question of a line is true of it."""

    what: str = Field(alias="is", max_length=400)
    match: Literal["yes", "no"]

    form: ClassVar[Mapping[str, Any]] = {"is": _text(100), "match": _one_of("yes", "no")}

    def says(self, question: str) -> bool:
        """Whether the question is true of the item.

        Where the words before the verdict are those of the question ("offers a lift" to "Does it offer a lift?"), or
        these with a "not", they count: small models now and then say the contrary of what they have just written.
        """
        asked = _stems(_ASKED.sub("", question))
        if asked and asked == _stems(self.what):
            return True
        denied = _DENIES.match(self.what)
        return self.match == "yes" and not (denied and _stems(self.what[denied.end() :]) == asked)


_ASKED = re.compile(r"(?i)^\s*(?:does|is) it\b")
_DENIES = re.compile(r"(?i)\s*(?:it )?(?:does not|doesn't|is not|isn't)\b")


def _stems(text: str) -> list[str]:
    """Return the words without the endings of a verb or a plural, and without articles."""
    words = re.findall(r"\w+", text.casefold())
    return [re.sub(r"(?:es|s|e)$", "", word) for word in words if word not in ("a", "an", "the")]


class BriefAnswer(Answer):
    """What the text that a line asks for has to do."""

    brief: str = Field(max_length=1_000)

    form: ClassVar[Mapping[str, Any]] = {"brief": _text(240)}


class ReplyAnswer(Answer):
    """What of all that people say to the agent a line wants answered."""

    to: Literal["anything", "questions", "corrections"]

    form: ClassVar[Mapping[str, Any]] = {"to": _one_of("anything", "questions", "corrections")}


class SaysAnswer(Answer):
    """What one sentence does, in a few words, and of what kind it is."""

    does: str = Field(max_length=400)
    kind: Literal["question", "correction", "thanks", "remark", "order"]

    form: ClassVar[Mapping[str, Any]] = {
        "does": _text(80),
        "kind": _one_of("question", "correction", "thanks", "remark", "order"),
    }


class CommentAnswer(Answer):
    """A comment: what it has to tell and in which language, then its words, and a note to self."""

    reasoning: str
    language: str
    content: str
    note: str

    form: ClassVar[Mapping[str, Any]] = {
        "reasoning": _text(160),
        "language": _text(30),
        "content": _text(2_000),
        "note": _text(120),
    }


class PostAnswer(Answer):
    """A post: the same, with a title."""

    reasoning: str
    language: str
    title: str
    content: str
    note: str

    form: ClassVar[Mapping[str, Any]] = {
        "reasoning": _text(160),
        "language": _text(30),
        "title": _text(120),
        "content": _text(2_000),
        "note": _text(120),
    }


class ChooseAnswer(Answer):
    """What is chosen, in a few words, and its number; 0 for none."""

    what: str = Field(alias="is", max_length=400)
    number: str = Field(pattern=r"^\d{1,3}$")

    form: ClassVar[Mapping[str, Any]] = {
        "is": _text(80),
        "number": _one_of("0", "1"),
    }

    @classmethod
    def of(cls, count: int) -> dict[str, Any]:
        """Return the schema of a choice among ``count`` items."""
        return cls.schema_for(number=_one_of(*(str(number) for number in range(count + 1))))


ANSWERS: Mapping[str, type[Answer]] = {
    "label": LabelAnswer,
    "asks": AsksAnswer,
    "forbids": ForbidsAnswer,
    "bound": BoundAnswer,
    "hours": HoursAnswer,
    "named": NamedAnswer,
    "sums": SumsAnswer,
    "reply": ReplyAnswer,
    "about": AboutAnswer,
    "wanted": WantedAnswer,
    "says": SaysAnswer,
    "choose": ChooseAnswer,
    "match": MatchAnswer,
    "brief": BriefAnswer,
    "secret": SecretAnswer,
    "comment": CommentAnswer,
    "post": PostAnswer,
}
"""Small question to the form of its answer."""

TEXTS = ("comment", "post")
"""Those that are asked for a text, in the words of write.txt."""

__all__ = [
    "ANSWERS",
    "TEXTS",
    "AboutAnswer",
    "Answer",
    "AsksAnswer",
    "BoundAnswer",
    "BriefAnswer",
    "ChooseAnswer",
    "CommentAnswer",
    "ForbidsAnswer",
    "HoursAnswer",
    "LabelAnswer",
    "MatchAnswer",
    "NamedAnswer",
    "PostAnswer",
    "ReplyAnswer",
    "SaysAnswer",
    "SecretAnswer",
    "SumsAnswer",
    "WantedAnswer",
]
