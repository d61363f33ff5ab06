"""What every answer is: flat, closed, and as short as can be."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError


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

    @classmethod
    def problem(cls, error: ValidationError) -> str:
        """Return what is wrong with a reply that is no such answer: the field, its value and what is allowed."""
        first = error.errors(include_url=False)[0]
        name, *below = (str(part) for part in first["loc"]) if first["loc"] else ("",)
        if first["type"] == "extra_forbidden":
            return f"{_quoted(name)} is no field of this answer; allowed: {', '.join(cls.form)}"
        allowed = _allowed(cls.form.get(name, {}))
        if first["type"] == "missing" and not below:
            return f"{_quoted(name)} is missing{allowed}"
        if first["type"] == "value_error":
            return f"{name}: {first['msg'].removeprefix('Value error, ')}"
        return f"{name}: {_quoted(first['input'])} is not allowed{allowed}"

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


def _allowed(schema: Mapping[str, Any]) -> str:
    said = _described(schema)
    return f"; allowed: {said}" if said else ""


def _described(schema: Mapping[str, Any]) -> str:
    """Return what a schema of an answer's field accepts, in words."""
    if "anyOf" in schema:
        return " or ".join(_described(each) for each in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(schema["enum"])
    match schema.get("type"):
        case "integer":
            bounds = (schema.get("minimum"), schema.get("maximum"))
            return "a whole number" + ("" if None in bounds else f" from {bounds[0]} to {bounds[1]}")
        case "string":
            return f"text of up to {schema['maxLength']} characters" if "maxLength" in schema else "text"
        case "array":
            return f"a list of {_described(schema['items'])}"
        case "null":
            return "null"
        case _:
            return ""


def _quoted(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= 80 else f"{text[:77]}..."
