"""Answers about a line of the instructions, a paragraph, a title, or a message of the owner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from heartbeat.instructions.duty import Label
from heartbeat_decision.prompts.answers.answer import Answer, one_of, or_null, text


class LabelAnswer(Answer):
    """What a line asks for."""

    label: Label
    number: int | None = None
    time: Literal["days", "hours"] | None = None

    form: ClassVar[Mapping[str, Any]] = {
        "label": one_of(*Label.__args__),  # type: ignore[attr-defined]
        "number": or_null({"type": "integer"}),
        "time": or_null(one_of("days", "hours")),
    }


class TitleAnswer(Answer):
    """What a title is: what stands above lines."""

    kind: Literal["topic", "list", "time", "condition"]

    form: ClassVar[Mapping[str, Any]] = {"kind": one_of("topic", "list", "time", "condition")}

    @property
    def limits(self) -> bool:
        """Whether what stands below it holds only then."""
        return self.kind in ("time", "condition")


class AsksAnswer(Answer):
    """Whether a line asks for a post by itself."""

    asks: Literal["yes", "no"]

    form: ClassVar[Mapping[str, Any]] = {"asks": one_of("yes", "no")}


class ForbidsAnswer(Answer):
    """Whether a title forbids what stands below it."""

    forbids: Literal["yes", "no"]

    form: ClassVar[Mapping[str, Any]] = {"forbids": one_of("yes", "no")}


class BoundAnswer(Answer):
    """Whether the number a line names is enough, or has to be exceeded."""

    bound: Literal["at least", "more than"]

    form: ClassVar[Mapping[str, Any]] = {"bound": one_of("at least", "more than")}


class NamedAnswer(Answer):
    """Whether a line that names hours names weekdays too."""

    named: Literal["yes", "no"]

    form: ClassVar[Mapping[str, Any]] = {"named": one_of("yes", "no")}


class SumsAnswer(Answer):
    """Whether a post tells of what others wrote."""

    sums: Literal["yes", "no"]

    form: ClassVar[Mapping[str, Any]] = {"sums": one_of("yes", "no")}


class ReplyAnswer(Answer):
    """What of all that people say to the agent a line wants answered."""

    to: Literal["anything", "questions", "corrections"]

    form: ClassVar[Mapping[str, Any]] = {"to": one_of("anything", "questions", "corrections")}


class AboutAnswer(Answer):
    """The question that tells whether an item is what a line is about, and one that must not be true of it."""

    question: str = Field(max_length=400)
    unless: str | None = Field(None, max_length=400)

    form: ClassVar[Mapping[str, Any]] = {"question": text(120), "unless": or_null(text(120))}


class BriefAnswer(Answer):
    """What the text that a line asks for has to do."""

    brief: str = Field(max_length=1_000)

    form: ClassVar[Mapping[str, Any]] = {"brief": text(240)}


class SecretAnswer(Answer):
    """Whether a paragraph holds what must not be told."""

    secret: Literal["yes", "no"]

    form: ClassVar[Mapping[str, Any]] = {"secret": one_of("yes", "no")}


class WantedAnswer(Answer):
    """What a message of the owner wants."""

    wants: Literal["post", "comment", "vote_up", "vote_down", "hush_today", "hush", "talk"]

    form: ClassVar[Mapping[str, Any]] = {
        "wants": one_of("post", "comment", "vote_up", "vote_down", "hush_today", "hush", "talk")
    }
