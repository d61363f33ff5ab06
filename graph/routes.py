"""Where a beat goes next; the first node that sets an ending sends it to settle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, cast

from nodes.state import BeatState


def after_load(state: BeatState) -> Literal["gather_context", "approve", "settle"]:
    """Go on unless a gate is shut; where a beat waits for a person, wait with it."""
    if state.get("ending"):
        return "settle"
    return "approve" if state.get("draft") else "gather_context"


def after_gather(state: BeatState) -> Literal["decide", "settle"]:
    """Go on unless nothing has changed."""
    return "settle" if state.get("ending") else "decide"


def after_decide(state: BeatState) -> Literal["validate", "settle"]:
    """Go on unless there is no decision to be had."""
    return "settle" if state.get("ending") else "validate"


def after_validate(state: BeatState) -> Literal["approve", "decide", "settle"]:
    """Go on with a draft, back once with problems, or end: silent, dry run, duplicate, not allowed."""
    if state.get("ending"):
        return "settle"
    return "decide" if state.get("repair") else "approve"


def after_approve(state: BeatState) -> Literal["dispatch", "settle"]:
    """Go on unless a person said no."""
    return "settle" if state.get("ending") else "dispatch"


_AFTER: dict[str, Callable[[BeatState], str]] = {
    "load_instructions": after_load,
    "gather_context": after_gather,
    "decide": after_decide,
    "validate": after_validate,
    "approve": after_approve,
    "dispatch": lambda _: "settle",
}


def following(node: str, change: Mapping[str, Any]) -> str | None:
    """Return the node that comes after one that has made this change; None after the last.

    What a route looks at is always set by the node before it, so the change says as much as the whole state.
    """
    route = _AFTER.get(node)
    return None if route is None else route(cast("BeatState", change))
