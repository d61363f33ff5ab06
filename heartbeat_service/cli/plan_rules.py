"""Read the rules of a correction from options or from a JSON file."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from heartbeat.errors import InvalidValueError
from heartbeat.plan import Limit
from heartbeat.plan.faults import said
from heartbeat.plan.rule import WITHIN_LIMIT, PlacedBody
from heartbeat.plan.shipped import DAYS
from heartbeat.schedule import parse_interval, parse_minute

_LIMITS: Mapping[str, Limit] = {
    "once": Limit.ONCE,
    "day": Limit.DAY,
    "week": Limit.WEEK,
    "month": Limit.MONTH,
    "item": Limit.ITEM,
}
_PLACE: Mapping[str, tuple[str, ...]] = {
    "when": ("when", "kind"),
    "count": ("when", "count"),
    "counts": ("when", "counts"),
    "question": ("when", "question"),
    "open": ("when", "is_open"),
    "within": ("when", "within"),
    "task": ("when", "task"),
    "place": ("places",),
    "days": ("only", "days"),
    "from": ("only", "start"),
    "to": ("only", "end"),
    "at": ("only", "at"),
    "every-hours": ("only", "every_hours"),
    "limit": ("limits",),
    "unless": ("unless", "questions"),
    "not-days": ("unless", "days"),
}
"""Where in a rule the value of an option stands; others stand at their own name."""
_RULES = TypeAdapter(list[PlacedBody])


def given_rules(options: Mapping[str, Any], file: Path | None) -> tuple[PlacedBody, ...]:
    """Return the rule of these options, or the rules of a JSON file; ``-`` is stdin.

    Raises:
        InvalidValueError: a value is not allowed; the message names the option or the field, and what is allowed.
    """
    if file is not None:
        return _checked(_loaded(file))
    if "do" not in options or "when" not in options:
        missing = "do" if "do" not in options else "when"
        raise InvalidValueError(missing, f"--{missing}: missing; a rule needs --do and --when")
    rule: dict[str, Any] = {}
    if ("from" in options) != ("to" in options):
        options = {"from": "00:00", "to": "24:00", **options}
    for name, value in options.items():
        *outer, last = _PLACE.get(name, (name,))
        part = rule
        for key in outer:
            part = part.setdefault(key, {})
        part[last] = _value(name, value)
    return _checked([rule])


def _checked(rules: object) -> tuple[PlacedBody, ...]:
    try:
        found = _RULES.validate_python(rules)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InvalidValueError("rules", said({**first, "loc": ("rules", *first["loc"])})) from None
    if not found:
        raise InvalidValueError("rules", "rules: an empty list; allowed: 1 to 5 rules, or --nothing ROLE")
    return tuple(found)


def _loaded(file: Path) -> object:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
        return json.loads(text)
    except OSError as error:
        raise InvalidValueError("rules", f"--rules: {file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise InvalidValueError("rules", f"--rules: {file} is no JSON: {error}") from error


def _value(name: str, value: Any) -> Any:
    read = _READ.get(name)
    return value if read is None else read(f"--{name}", value)


def _names(_: str, value: str) -> list[str]:
    return [each.strip() for each in value.split(",") if each.strip()]


def _days(option: str, value: str) -> list[int]:
    found = [each.casefold() for each in _names(option, value)]
    for each in found:
        if each not in DAYS:
            raise InvalidValueError(
                option, f"{option}: {each!r:.40} is not allowed; allowed: {', '.join(DAYS)}"
            )
    return [DAYS.index(each) for each in found]


def _minute(option: str, value: str) -> int:
    try:
        return parse_minute(value.strip(), end=option == "--to")
    except ValueError as error:
        raise InvalidValueError(option, f"{option}: {error}") from error


def _minutes(option: str, value: str) -> list[int]:
    return [_minute(option, each) for each in _names(option, value)]


def _span(option: str, value: str) -> int:
    try:
        return parse_interval(value, minimum=0, maximum=WITHIN_LIMIT)
    except ValueError as error:
        raise InvalidValueError(option, f"{option}: {error}") from error


def _limit(option: str, value: str) -> list[Limit]:
    if value not in _LIMITS:
        raise InvalidValueError(
            option, f"{option}: {value!r:.40} is not allowed; allowed: {', '.join(_LIMITS)}"
        )
    return [_LIMITS[value]]


def _texts(_: str, value: Sequence[str]) -> list[str]:
    return list(value)


_READ: Mapping[str, Callable[[str, Any], Any]] = {
    "about": _names,
    "place": _names,
    "days": _days,
    "not-days": _days,
    "from": _minute,
    "to": _minute,
    "at": _minutes,
    "within": _span,
    "limit": _limit,
    "unless": _texts,
}
