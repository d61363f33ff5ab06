"""JSON schemas for the fields of target-specific actions, limited to what grammar-constrained decoding supports."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel

from heartbeat.errors import InvalidValueError

MAX_FIELDS = 8
MAX_TEXT_LENGTH = 5_000
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
_ALLOWED = "text with a max_length of up to 5,000, a Literal of texts, int, float or bool, each perhaps None"
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "minLength", "maxLength")


def field_schemas(model: type[BaseModel]) -> dict[str, dict[str, Any]]:
    """Return the JSON schema of each field by name; optional fields lose their ``null`` alternative.

    Raises:
        InvalidValueError: more than ``MAX_FIELDS`` fields, an invalid name, or a type other than those in
            ``_ALLOWED``.
    """
    try:
        described: dict[str, Any] = model.model_json_schema(by_alias=False).get("properties", {})
    except Exception as error:
        raise InvalidValueError(
            "fields", f"fields: {type(error).__name__}: {error}; allowed: {_ALLOWED}"
        ) from error
    if len(described) > MAX_FIELDS:
        raise InvalidValueError("fields", f"fields: {len(described)} of them; allowed: up to {MAX_FIELDS}")
    for name, field in model.model_fields.items():
        if not _NAME.fullmatch(name) or field.alias is not None or field.validation_alias is not None:
            message = f"fields: {name!r:.60} is no name; allowed: a to z, digits and _, without an alias"
            raise InvalidValueError("fields", message)
    return {name: _plain(name, schema) for name, schema in described.items()}


def _plain(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    choices = [each for each in schema.get("anyOf", [schema]) if each != {"type": "null"}]
    found = _bounded(choices[0]) if len(choices) == 1 else None
    if found is None:
        raise InvalidValueError(
            "fields", f"fields: {name}: not a plain value with bounds; allowed: {_ALLOWED}"
        )
    return found


def _bounded(schema: dict[str, Any]) -> dict[str, Any] | None:
    """Return the schema reduced to keywords that a grammar supports, or None where the type is not allowed.

    Constraints dropped here are still checked when the pydantic model validates the reply.
    """
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    if values is not None:
        is_text = bool(values) and all(isinstance(value, str) for value in values)
        return {"type": "string", "enum": list(values)} if is_text else None
    json_type = schema.get("type")
    if json_type in ("integer", "number", "boolean"):
        return {"type": json_type, **{name: schema[name] for name in _BOUNDS if name in schema}}
    if json_type == "string" and schema.get("maxLength", MAX_TEXT_LENGTH + 1) <= MAX_TEXT_LENGTH:
        return {"type": json_type, **{name: schema[name] for name in _BOUNDS if name in schema}}
    return None
