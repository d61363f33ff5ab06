"""Parse ``FIELD=VALUE`` arguments."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from heartbeat.errors import InvalidValueError

_LISTS = frozenset({"target", "approval", "sources"})
"""Fields whose value may also be names with commas between them."""


def read_fields(arguments: Iterable[str]) -> dict[str, Any]:
    """Return the fields; a value that is valid JSON is parsed, any other is text.

    Names with commas between them are a list where the field takes one: ``target=forum,phone``.

    Raises:
        InvalidValueError: an argument has no ``=``, or a field is given twice.
    """
    return {name: _value(name, text) for name, text in split_fields(arguments).items()}


def split_fields(arguments: Iterable[str]) -> dict[str, str]:
    """Return the fields as text.

    Raises:
        InvalidValueError: an argument has no ``=``, or a field is given twice.
    """
    fields: dict[str, str] = {}
    for argument in arguments:
        name, sign, value = argument.partition("=")
        if not sign or not name.strip():
            raise InvalidValueError("field", f"{argument!r:.80} is not allowed; allowed: FIELD=VALUE")
        if name.strip() in fields:
            raise InvalidValueError(name.strip(), f"{name.strip()}: given twice; allowed: once")
        fields[name.strip()] = value
    return fields


def _value(name: str, text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return [part.strip() for part in text.split(",")] if name in _LISTS and "," in text else text
