"""Say what is wrong with the rules of a correction: the field, its value, and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError

from heartbeat.plan.reading import RULES_LIMIT
from heartbeat.plan.rule import (
    COUNT_LIMIT,
    EVERY_HOURS,
    HOW_LIMIT,
    NAME_LIMIT,
    QUESTION_LIMIT,
    WITHIN_LIMIT,
    Only,
    PlacedBody,
    Unless,
    Until,
    When,
)
from heartbeat.plan.words import About, Counts, Do, Limit, LineRole, WhenKind
from heartbeat.text import as_json, sentence

_NAME = f"a name of up to {NAME_LIMIT} characters"
_QUESTION = f"a question of up to {QUESTION_LIMIT} characters"
_SHOWN = 80
"""Maximum characters of a value that is quoted."""

ALLOWED: Mapping[str, str] = {
    "rules": f"a list of up to {RULES_LIMIT} rules",
    "role": ", ".join(LineRole),
    "when": "an object with kind and what belongs to it",
    "kind": ", ".join(WhenKind),
    "count": f"a whole number from 1 to {COUNT_LIMIT:,}",
    "counts": ", ".join(Counts),
    "question": _QUESTION,
    "is_open": "true or false",
    "within": f"whole seconds from 0 to {WITHIN_LIMIT:,}",
    "task": "the name of a task",
    "about": f"a list of {', '.join(About)}",
    "places": f"a list of names of boards and connections, each {_NAME}",
    "where": f"{_NAME}, of a board or connection",
    "only": "an object with days, with start and end, or with at or every_hours",
    "unless": "an object with questions or days",
    "until": "an object with instant or next_message",
    "instant": "an instant with its offset, like 2026-01-31T09:00:00Z",
    "next_message": "true or false",
    "days": "a list of days, from 0 for Monday to 6",
    "start": "a minute of the day, from 0 to 1439",
    "end": "a minute of the day, from 0 to 1440",
    "at": "a list of up to 24 minutes of the day, each from 0 to 1439",
    "every_hours": ", ".join(map(str, EVERY_HOURS)),
    "do": f"{', '.join(Do)}, or a kind of a target's own",
    "how": f"a text of up to {HOW_LIMIT} characters",
    "limits": f"a list of {', '.join(Limit)}",
    "questions": f"a list of up to 5 questions, each {_QUESTION}",
    "free": "true or false",
}
"""What a field of a correction takes."""
_PARTS: Mapping[str, type[BaseModel]] = {
    "rules": PlacedBody,
    "when": When,
    "only": Only,
    "unless": Unless,
    "until": Until,
}
"""What stands in a field that is an object, or a list of objects."""


def faults_of(
    error: ValidationError,
    place: str,
    allowed: Mapping[str, str] = ALLOWED,
    whole: type[BaseModel] | None = None,
) -> list[str]:
    """Return one sentence for each thing that is wrong, each begun with the place."""
    return [sentence(f"{place}{said(each, allowed, whole)}") for each in error.errors(include_url=False)]


def said(error: Any, allowed: Mapping[str, str] = ALLOWED, whole: type[BaseModel] | None = None) -> str:
    """Return what is wrong, without a full stop: one error as pydantic lists it.

    ``allowed`` says what each field takes, and under the empty name what the whole value is. ``whole`` is its model.
    """
    path = _path(error["loc"])
    field = next((part for part in reversed(error["loc"]) if isinstance(part, str)), "")
    before = f"{path}: " if path else ""
    match error["type"]:
        case "missing":
            return f"{before}missing; allowed: {allowed.get(field, 'a value')}"
        case "extra_forbidden":
            return f"{path} is unknown" + _known_fields(error["loc"], whole)
        case "value_error" if field not in allowed or isinstance(error["input"], dict):
            return f"{before}{error['ctx']['error']}"
    takes = (
        "a rule with when and do" if field == "rules" and error["loc"][-1] != field else allowed.get(field)
    )
    return f"{before}{as_json(error['input'], _SHOWN)} is not allowed; allowed: {takes or error['msg']}"


def _known_fields(loc: tuple[int | str, ...], whole: type[BaseModel] | None) -> str:
    """Return which fields there are beside one that is unknown, if that is known."""
    names = [part for part in loc[:-1] if isinstance(part, str)]
    model = _PARTS.get(names[-1]) if names else whole
    return f"; allowed: {', '.join(model.model_fields)}" if model is not None else ""


def _path(loc: tuple[int | str, ...]) -> str:
    """Return where a fault is in words: ``rule 2, only.days``."""
    parts = list(loc)
    words = []
    if len(parts) > 1 and parts[0] == "rules" and isinstance(parts[1], int):
        words.append(f"rule {parts[1] + 1}")
        parts = parts[2:]
    if names := [part for part in parts if isinstance(part, str)]:
        words.append(".".join(names))
    return ", ".join(words)
