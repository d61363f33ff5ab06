"""Where a beat goes next; the first node that sets an ending sends it to settle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, cast

from heartbeat.vocabulary import Node
from nodes.state import BeatState


def after_load(state: BeatState) -> Literal[Node.GATHER_CONTEXT, Node.APPROVE, Node.SETTLE]:
    """Go on unless a gate is shut; where a beat waits for a person, wait with it."""
    if state.get("ending"):
        return Node.SETTLE
    return Node.APPROVE if state.get("draft") else Node.GATHER_CONTEXT


def after_gather(state: BeatState) -> Literal[Node.DECIDE, Node.SETTLE]:
    """Go on unless nothing has changed."""
    return Node.SETTLE if state.get("ending") else Node.DECIDE


def after_decide(state: BeatState) -> Literal[Node.VALIDATE, Node.SETTLE]:
    """Go on unless there is no decision to be had."""
    return Node.SETTLE if state.get("ending") else Node.VALIDATE


def after_validate(state: BeatState) -> Literal[Node.APPROVE, Node.DECIDE, Node.SETTLE]:
    """Go on with a draft, back once with problems, or end: silent, dry run, duplicate, not allowed."""
    if state.get("ending"):
        return Node.SETTLE
    return Node.DECIDE if state.get("repair") else Node.APPROVE


def after_approve(state: BeatState) -> Literal[Node.DISPATCH, Node.SETTLE]:
    """Go on unless a person said no."""
    return Node.SETTLE if state.get("ending") else Node.DISPATCH


_AFTER: dict[Node, Callable[[BeatState], Node]] = {
    Node.LOAD_INSTRUCTIONS: after_load,
    Node.GATHER_CONTEXT: after_gather,
    Node.DECIDE: after_decide,
    Node.VALIDATE: after_validate,
    Node.APPROVE: after_approve,
    Node.DISPATCH: lambda _: Node.SETTLE,
}


def following(node: Node, change: Mapping[str, Any]) -> Node | None:
    """Return the node that comes after one that has made this change; None after the last.

    What a route looks at is always set by the node before it, so the change says as much as the whole state.
    """
    route = _AFTER.get(node)
    return None if route is None else route(cast("BeatState", change))
