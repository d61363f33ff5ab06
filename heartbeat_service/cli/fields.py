"""Parse ``FIELD=VALUE`` arguments."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from heartbeat.errors import InvalidValueError

_LISTS: Mapping[str, Collection[str] | None] = {
    "target": None,
    "approval": frozenset({"never", "always"}),
    "sources": frozenset(),
}
"""Fields whose value may also be names with commas between them, and the words that are no list; None: any name."""


def read_fields(arguments: Iterable[str]) -> dict[str, Any]:
    """Return the fields; a value that is valid JSON is parsed, any other is text.

    Names with commas between them are a list where the field takes one: ``target=forum,phone``. So is one name where
    the field takes a list alone: ``sources=notes``.

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
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = text
    if name not in _LISTS or not isinstance(value, str) or not value.strip():
        return value
    names, alone = [part.strip() for part in value.split(",")], _LISTS[name]
    if len(names) == 1 and (alone is None or names[0] in alone):
        return value
    # After the last name a comma may stand.
    return names[:-1] if names[-1] == "" else names
