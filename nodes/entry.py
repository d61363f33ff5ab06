"""Entries of the rounds of a decision, as the row of a beat keeps them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from heartbeat.capabilities import Capabilities
from heartbeat.instructions import mask_secrets
from heartbeat.plan.listed import Listed
from heartbeat.validation import parse_reply
from heartbeat.vocabulary import ActionKind, Decider
from heartbeat_decision.model import Reply

Entry = dict[str, Any]
"""One round of a decision: the decision, who made it, the reply with its problem, and what was found of the plan."""

_REPLY_LIMIT = 20_000
"""Characters of a reply that the row keeps."""
_THOUGHT = (
    "the model spent its tokens on thinking and came to no answer; answer at once, without thinking "
    "(a larger max_tokens gives it more room, a model that does not think needs none)"
)
_CUT = "the reply was cut before it was complete; answer more briefly"
_FIXED = frozenset({"action", "post_id", "comment_id", "vote_direction"})
"""Fields that the call which writes a text must not change."""


def undecided() -> Entry:
    """Return the entry of a round in which nothing is decided."""
    return {"decided_by": None, "decision": None, "reply": None, "problem": None}


def reply_entry(
    reply: Reply,
    can: Capabilities,
    fixed: dict[str, Any] | None = None,
    listed: Listed | None = None,
) -> Entry:
    """Return the entry of a reply; ``fixed`` are the fields of the decision that no model decides.

    ``listed`` is what stands below the text of the decision, as far as the target ``can`` take it.
    """
    decision, problem = parse_reply(reply.text)
    if reply.thought and (not reply.finished or not reply.text.strip()):
        decision, problem = None, _THOUGHT
    elif not reply.finished:
        decision, problem = None, _CUT
    if fixed and decision:
        decision = {name: value for name, value in decision.items() if name not in _FIXED} | fixed
    if listed and decision:
        limits = {"content": can.content_limit, "text": can.text_limit}
        one_line = decision.get("action") == ActionKind.NOTE
        texts = {name: decision.get(name) for name in limits}
        decision |= {
            name: listed.below(text, limits[name], one_line=one_line)
            for name, text in texts.items()
            if isinstance(text, str)
        }
    return {
        **asdict(reply),
        "text": None,
        "reply": mask_secrets(reply.text[:_REPLY_LIMIT]),
        "decided_by": Decider.MODEL.value,
        "problem": problem,
        "decision": decision,
        **({"settled": fixed} if fixed else {}),
        **({"listed": listed.model_dump(mode="json")} if listed else {}),
    }
