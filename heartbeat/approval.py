"""What an action that waits for approval waits at, and what that means for its thread meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from heartbeat.vocabulary import ActionKind


def place_of(draft: Mapping[str, Any]) -> str:
    """Return where a draft, in its JSON form, goes to: the name of its target, or ``tell`` for the owner.

    At most one action of a thread waits at each place. A draft of an earlier version names no target; its kind stands
    for it.
    """
    kind = str(draft.get("kind"))
    return kind if kind == ActionKind.TELL else str(draft.get("target") or kind)


def meanwhile(place: str, *, in_place: bool) -> str:
    """Return in one sentence what the thread does until the action is answered.

    ``in_place``: the beat waits on the LangGraph thread of its own thread, which cannot beat before it has an answer.
    """
    if in_place:
        return "Until then the thread does not beat."
    if place == ActionKind.TELL:
        return "Until then the thread goes on, but tells you nothing else."
    return f"Until then the thread goes on, but does nothing else on {place}."
