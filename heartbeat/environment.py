"""A settings source for environment variables as set by shells, env files, containers and Kubernetes."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from heartbeat.errors import InvalidValueError

_INVISIBLE = "\ufeff\u200b\u200e\u200f"
"""Invisible characters that editors leave at the ends of a value and that ``str.strip`` keeps."""
_QUOTES = ("'", '"')
_SERVICE_LINK = re.compile(r"(?:tcp|udp|sctp)://[^/\s]+:\d+")
"""The value that Kubernetes and Docker links give to NAME_PORT for a service called NAME."""
_SERVICE_NAMES = re.compile(
    r"HEARTBEAT_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT_\d+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)"
)
_PLACEHOLDER = re.compile(r"\$\{[A-Za-z_]\w*[^{}]*\}|\$\([A-Za-z_]\w*\)")
_BARE_PLACEHOLDER = re.compile(r"\$[A-Za-z_]\w*")


class ValueKind(NamedTuple):
    """How the text of a setting is read: as a path, a secret, or a list."""

    path: bool = False
    secret: bool = False
    listed: bool = False


def is_service_name(variable: str) -> bool:
    """Return whether Kubernetes sets this variable for a Service called heartbeat."""
    return bool(_SERVICE_NAMES.fullmatch(variable.upper()))


def is_service_link(variable: str, value: str) -> bool:
    """Return whether Kubernetes or Docker has set this value for a service of the same name."""
    return variable.upper().endswith("_PORT") and bool(_SERVICE_LINK.fullmatch(_trimmed(value)))


def clean(variable: str, text: str, kind: ValueKind, allowed: str) -> str | None:
    """Return the cleaned value of a variable; None if it is empty or a service link.

    Surrounding white space, a byte order mark and one pair of quotes are removed; ``~`` in a path is expanded.

    Raises:
        InvalidValueError: the value has a control character, an unpaired quote or an unfilled placeholder.
    """

    def refuse(why: str) -> InvalidValueError:
        return InvalidValueError(variable, f"{variable}: {why}; allowed: {allowed}")

    value = _trimmed(text)
    if value[:1] in _QUOTES or value[-1:] in _QUOTES:
        mark = value[0] if value[0] in _QUOTES else value[-1]
        if len(value) == 1 or value[0] != value[-1]:
            raise refuse(f"the value has a quotation mark ({mark}) at one end only")
        value = _trimmed(value[1:-1])
    if not value or is_service_link(variable, value):
        return None
    if kind.listed:
        value = re.sub(r"[\t\r\n]+", " ", value)
    for character in value:
        if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}:
            invalid = (
                "a byte that is not UTF-8" if unicodedata.category(character) == "Cs" else _name(character)
            )
            raise refuse(f"the value has {invalid} in it")
    found = _placeholder(value, kind)
    if found:
        raise refuse(f"the value has {found} in it, which nothing has filled in")
    if not kind.path:
        return value
    try:
        return _expanded(value)
    except RuntimeError:
        raise refuse("~ is followed by the name of nobody who has a home folder here") from None


class Environment(PydanticBaseSettingsSource):
    """A pydantic settings source for the environment; names are case-insensitive."""

    def __init__(
        self, settings: type[BaseSettings], kinds: Mapping[str, ValueKind], allowed: Mapping[str, str]
    ) -> None:
        super().__init__(settings)
        self._kinds, self._allowed = kinds, allowed
        # The exact name wins over the same name in another case.
        named = {_bare(name): value for name, value in os.environ.items()}
        self._variables = {**named, **os.environ}

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the value of the first variable of a field that is not empty, and the key to pass it under."""
        for variable in variables_of(field, field_name):
            text = self._variables.get(variable)
            if text is None:
                continue
            value = clean(variable, text, self._kinds[field_name], self._allowed[field_name])
            if value is not None:
                return value, variable if field.validation_alias else field_name, False
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the values of all fields that are set in the environment."""
        return dict(self._found())

    def _found(self) -> Iterator[tuple[str, Any]]:
        for name, field in self.settings_cls.model_fields.items():
            value, key, _ = self.get_field_value(field, name)
            if value is not None:
                yield key, value


def variables_of(field: FieldInfo, name: str) -> list[str]:
    """Return the names of a field's variables in order of precedence."""
    choices = getattr(field.validation_alias, "choices", None)
    return [str(choice) for choice in choices] if choices else [f"HEARTBEAT_{name.upper()}"]


def _bare(name: str) -> str:
    # A byte order mark at the start of an env file becomes part of the first name.
    return name.lstrip(_INVISIBLE).upper()


def _trimmed(text: str) -> str:
    before = None
    while before != text:
        before, text = text, text.strip().strip(_INVISIBLE)
    return text


def _name(character: str) -> str:
    known = {"\r": "a carriage return", "\n": "a line break", "\t": "a tab"}
    return known.get(character) or f"a control character (U+{ord(character):04X})"


def _placeholder(value: str, kind: ValueKind) -> str | None:
    found = _PLACEHOLDER.search(value)
    if found:
        return "a placeholder such as ${NAME}" if kind.secret else found[0]
    if kind.secret:
        # A password may contain a dollar sign, so only a whole value counts as a placeholder.
        return "nothing but a placeholder such as $NAME" if _BARE_PLACEHOLDER.fullmatch(value) else None
    bare = _BARE_PLACEHOLDER.search(value)
    return bare[0] if bare else None


def _expanded(value: str) -> str:
    head, mark, path = value.rpartition("sqlite:///")
    return f"{head}{mark}{Path(path).expanduser()}" if path.startswith("~") else value
