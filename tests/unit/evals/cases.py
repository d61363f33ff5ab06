"""Cases for the tests of the harness, from few words."""

from __future__ import annotations

from typing import Any

from evals.case import Case


def values(**given: Any) -> dict[str, Any]:
    """The values of a case of silence; whatever is given stands instead."""
    return {
        "name": "a-case",
        "category": "quiet",
        "why": "Nothing asks for anything.",
        "instructions": "- If 3+ new posts, post a summary on heartbeat\n",
        "now": "2026-11-03T10:00:00+00:00",
        "expect": [{"action": "none"}],
        **given,
    }


def case(**given: Any) -> Case:
    return Case.model_validate(values(**given))


def post(label: str = "p1", age: str = "2h", **given: Any) -> dict[str, Any]:
    return {"id": label, "author": "bo", "title": "A post", "content": "Words", "age": age, **given}


def comment(label: str = "c1", age: str = "1h", **given: Any) -> dict[str, Any]:
    return {"id": label, "author": "cy", "content": "A remark", "age": age, **given}


def message(age: str = "10m", **given: Any) -> dict[str, Any]:
    return {"author": "owner", "content": "Please be kind", "age": age, **given}
