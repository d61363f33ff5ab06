"""The question for the text of an act that a rule of the plan asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from heartbeat.feed import Item
from heartbeat.plan import LineRole, Plan, Rule
from heartbeat.schedule import parse_zone
from heartbeat_decision import prompt
from heartbeat_decision.model import Question
from heartbeat_decision.prompts import ASKING
from heartbeat_decision.writing import material
from nodes.choice import Choice
from nodes.question import QuestionBuilder, for_text

_MANNER = frozenset({LineRole.FORBIDS, LineRole.STYLE})
"""Roles of lines that go with every text that is written."""


def writing_question(
    builder: QuestionBuilder, plan: Plan, choice: Choice, above: Mapping[str, Item]
) -> Question:
    """Return the question for the text of an act: what it has to do, what is forbidden, and its items.

    ``above`` are posts, by their id, whose titles may be shown with comments below them. A kind of a target's own,
    which no form is written for, is asked for in the whole question, with no other kind.
    """
    whole = builder.question()
    if choice.kind not in ASKING:
        return replace(whole, schema=_only(whole.schema, choice.kind))
    beat, services = builder.beat, builder.services
    titles = {post_id: post.title for post_id, post in above.items()}
    messages = prompt.build_writing(
        builder.templates,
        choice.kind,
        agent=services.settings.agent_name,
        manner=[line.text for line in plan.quiet if line.role in _MANNER],
        duty=duty_of(choice.rule),
        material=material(choice.told, parse_zone(beat.config.timezone), more=choice.untold, titles=titles),
        facts=beat.feed.facts,
        memory=beat.memory,
        config=beat.config,
        now=services.clock(),
    )
    return for_text(whole, messages, choice.kind, builder.choice.capabilities, beat.config)


def duty_of(rule: Rule) -> str:
    """Return what the text of a rule has to do: in a few words, and the line itself in its own language."""
    return f"{rule.how} ({rule.text})" if rule.how else rule.text


def _only(schema: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return the schema of a decision that can only be of one kind."""
    properties = {**schema["properties"], "action": {"type": "string", "enum": [str(kind)]}}
    return {**schema, "properties": properties}
