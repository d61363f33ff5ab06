"""What every answer is: flat, closed, and as short as can be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


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


def or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of a value that may be missing."""
    return {"anyOf": [dict(schema), {"type": "null"}]}


def text(longest: int) -> dict[str, Any]:
    """Return the schema of a text of so many characters at most."""
    return {"type": "string", "maxLength": longest}


def one_of(*words: str) -> dict[str, Any]:
    """Return the schema of one of these words."""
    return {"type": "string", "enum": list(words)}
