"""Runs the triage of a beat, and puts what it found into the form of a decision."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, replace
from typing import Any

from heartbeat.instructions.lines import is_nested_too_deep, is_too_long
from heartbeat_decision.answer_cache import Answers
from heartbeat_decision.model import Question, Reply
from heartbeat_decision.prompts import Templates
from heartbeat_decision.triage.asker import ANSWER_TOKENS, Asker, Step
from heartbeat_decision.triage.find import find
from heartbeat_decision.triage.scene import Finding, Scene

_KEPT = 2_000
"""Characters of a small question that the row keeps."""


async def triage(
    scene: Scene,
    whole: Question,
    digest: str,
    templates: Templates,
    answers: Answers,
    put: Callable[[Question], Awaitable[Reply]],
    steps: list[Step],
) -> Finding:
    """Return what was found; ``whole`` says which model to ask, and where.

    ``steps`` is filled with the small questions as they are asked, so that they are known also where one fails. They
    share its window, since a server loads the model anew whenever that changes. What lines were read as counts for
    the model with this ``digest`` only.

    Raises:
        ModelError: the model gave no answer.
    """

    def small(messages: list[tuple[str, str]], schema: dict[str, Any]) -> Question:
        return replace(whole, messages=messages, schema=schema, temperature=0.0, max_tokens=ANSWER_TOKENS)

    asker = Asker(put, small, templates, answers, (whole.url, whole.model, digest), steps)
    return await find(scene, asker)


def decision_of(found: Finding) -> dict[str, Any] | None:
    """Return the decision where nothing is left to be written: silence or a vote; else ``None``."""
    if found.kind is None:
        return {"reasoning": found.why, "action": "none"}
    if found.kind != "vote" or found.item is None:
        return None
    key = "post_id" if found.item.kind == "post" else "comment_id"
    return {
        "reasoning": found.why,
        "duty": found.followed,
        "uses": found.uses,
        "action": "vote",
        key: found.item.id,
        "vote_direction": found.direction,
    }


def add_steps(entry: dict[str, Any], steps: Sequence[Step]) -> dict[str, Any]:
    """Return the entry of a round with the small questions before it, and all that they cost."""
    total: dict[str, float] = {
        name: (entry.get(name) or 0) + sum(getattr(step, name) for step in steps)
        for name in ("prompt_tokens", "completion_tokens", "seconds")
    }
    kept = [{**asdict(step), "asked": step.asked[:_KEPT]} for step in steps]
    return {**entry, **total, "steps": kept}


def applies(scene: Scene, *, own_kinds: bool) -> bool:
    """Whether the triage knows every action that is possible, and can read every line.

    A target's own kinds it does not know. More, longer or deeper lines than it reads would be left out in silence.
    """
    return not (own_kinds or is_too_long(scene.lines) or is_nested_too_deep(scene.body))
