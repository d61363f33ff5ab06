"""Read a list from a YAML file strictly, and say in one sentence what is wrong with an entry."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from heartbeat.errors import HeartbeatError


class _Unique(yaml.constructor.SafeConstructor):
    """Refuses duplicate keys, of which PyYAML silently takes the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        known: set[str] = set()
        for key, _ in node.value:
            if str(key.value) in known:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} is given twice", key.start_mark
                )
            known.add(str(key.value))
        return super().construct_mapping(node, deep)


class _Loader(_Unique, yaml.SafeLoader):
    """PyYAML's safe loader, which says exactly where a mistake is."""


class _CLoader(_Unique, yaml.CSafeLoader):
    """The same in C, which takes a tenth of the time."""


def _load(text: str) -> object:
    try:
        return yaml.load(text, _CLoader)  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError:
        return yaml.load(text, _Loader)  # noqa: S506 - a safe loader


def read_list(path: Path, what: str, fault: type[HeartbeatError]) -> list[object]:
    """Return the entries of a file, which is a list of ``what``.

    Raises:
        HeartbeatError: of the class ``fault``: the file is missing or is no such list.
    """
    try:
        given = _load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise fault(f"{path.name}: {error.strerror}") from None
    except yaml.MarkedYAMLError as error:
        where = f" line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise fault(f"{path.name}{where}: {error.problem}") from None
    if not isinstance(given, list):
        raise fault(f"{path.name}: not a list of {what}")
    return given


def explain(error: ValidationError) -> str:
    """Return what is wrong with an entry, naming the field, the value and what is allowed."""
    first = error.errors(include_url=False)[0]
    loc = ".".join(str(part) for part in first["loc"])
    if first["type"] == "value_error" and not loc:
        return str(first["ctx"]["error"])
    if first["type"] == "missing":
        return f"{loc}: missing"
    if first["type"] == "extra_forbidden":
        return f"{loc}: unknown field"
    said = str(first["ctx"]["error"]) if first["type"] == "value_error" else first["msg"].lower()
    given = first["input"]
    if first["type"] == "value_error" and isinstance(given, dict):
        return f"{loc}: {said}"
    shown = given.isoformat() if isinstance(given, date) else f"{given!r:.60}"
    return f"{loc}: {shown} is not allowed: {said}"
