"""Where a beat goes next; the first node that sets an ending sends it to settle."""

from __future__ import annotations

from typing import Literal

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
