"""Forms of the texts that the agent writes: what a model fills in, one form a kind of action."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from heartbeat.vocabulary import NoteMode


def _text(longest: int) -> dict[str, Any]:
    """Return the schema of a text of so many characters at most."""
    return {"type": "string", "maxLength": longest}


class Answer(BaseModel):
    """A text with what leads to it; ``schema_for`` is what holds the model to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

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

    def json_line(self) -> str:
        """Return the JSON of the answer, in the order of its schema."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False)


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


class TellAnswer(Answer):
    """A message to the owner: what it has to tell and in which language, then its words."""

    reasoning: str
    language: str
    text: str

    form: ClassVar[Mapping[str, Any]] = {
        "reasoning": _text(160),
        "language": _text(30),
        "text": _text(1_000),
    }


class NoteAnswer(Answer):
    """A line for a file: what is to be noted, the file and how, then the line."""

    reasoning: str
    file: str
    mode: NoteMode
    text: str

    form: ClassVar[Mapping[str, Any]] = {
        "reasoning": _text(160),
        "file": _text(200),
        "mode": {"type": "string", "enum": [str(mode) for mode in NoteMode]},
        "text": _text(500),
    }


ANSWERS: Mapping[str, type[Answer]] = {
    "comment": CommentAnswer,
    "post": PostAnswer,
    "tell": TellAnswer,
    "note": NoteAnswer,
}
"""Kind of action to the form of its text; all are asked for in the words of write.txt."""
