"""What each kind of connection asks for, for forms that are made from it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BeforeValidator

from heartbeat.connections.guides import Guide
from heartbeat.connections.making import CONFIGURABLE, SPECS
from heartbeat.connections.spec import LookedAt, Spec, parse_every
from heartbeat.vocabulary import ConnectionKind, KeyType

_TYPES: Mapping[str, KeyType] = {
    "integer": KeyType.NUMBER,
    "number": KeyType.NUMBER,
    "boolean": KeyType.BOOLEAN,
    "array": KeyType.LIST,
}
"""Of JSON Schema; everything else is text."""


@dataclass(frozen=True)
class Key:
    """One key of a kind; see `Spec` for ``secret``, ``fixed`` and ``only_in_file``.

    ``choices`` are the allowed values of a choice; ``default`` is a plain JSON value.
    """

    key: str
    type: KeyType
    allowed: str
    required: bool = False
    secret: bool = False
    fixed: bool = False
    only_in_file: bool = False
    choices: Sequence[str] = ()
    default: Any = None


@dataclass(frozen=True)
class Kind:
    """One kind: its keys, those that it demands first.

    ``one_of``: exactly one of these keys is given. ``missing`` says what has to be installed first, None if nothing.
    """

    kind: ConnectionKind
    private: bool
    looked_at: bool
    missing: str | None
    keys: Sequence[Key]
    one_of: Sequence[str]
    guides: Sequence[Guide]


def all_kinds() -> list[Kind]:
    """Return the kinds that can be added in the panel, over HTTP or on the command line."""
    return [describe(kind) for kind in CONFIGURABLE]


def describe(kind: ConnectionKind) -> Kind:
    """Return what a kind asks for."""
    spec = SPECS[kind]
    keys = sorted(_keys(spec), key=lambda each: not (each.required or each.key in spec.one_of))
    return Kind(
        kind=kind,
        private=_is_private(spec),
        looked_at=issubclass(spec, LookedAt),
        missing=spec.missing(),
        keys=keys,
        one_of=spec.one_of,
        guides=spec.guides,
    )


def _keys(spec: type[Spec]) -> list[Key]:
    schema = spec.model_json_schema()
    required = set(schema.get("required", ()))
    return [_key(spec, name, schema, required=name in required) for name in spec.allowed]


def _key(spec: type[Spec], name: str, schema: Mapping[str, Any], *, required: bool) -> Key:
    found = schema["properties"][name]
    inner = _inner(found, schema.get("$defs", {}))
    choices = [str(each) for each in inner.get("enum", ())]
    if _is_span(spec, name):
        kind_of_key = KeyType.SPAN
    elif choices:
        kind_of_key = KeyType.CHOICE
    else:
        kind_of_key = _TYPES.get(inner.get("type", ""), KeyType.TEXT)
    return Key(
        key=name,
        type=kind_of_key,
        allowed=spec.allowed[name],
        required=required,
        secret=name in spec.secret_keys,
        fixed=name in spec.fixed_keys,
        only_in_file=name in spec.file_keys or (name == "private" and _is_private(spec)),
        choices=choices,
        default=found.get("default"),
    )


def _inner(found: Mapping[str, Any], defined: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the part of a schema that says what a value is where it is not null."""
    for each in found.get("anyOf", ()):
        if each.get("type") != "null":
            return _inner(each, defined)
    reference = found.get("$ref")
    return found if reference is None else defined[str(reference).rpartition("/")[2]]


def _is_span(spec: type[Spec], name: str) -> bool:
    field = spec.model_fields.get(name)
    return field is not None and any(
        isinstance(each, BeforeValidator) and each.func is parse_every for each in field.metadata
    )


def _is_private(spec: type[Spec]) -> bool:
    """Return whether connections of the kind are private unless they say otherwise; only the file may say so."""
    field = spec.model_fields.get("private")
    return field is not None and field.default is True
