"""The options offered to the model, the JSON schema of a decision, and the validated draft of an action."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable, Mapping
from itertools import chain
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from heartbeat.capabilities import ActionType, Capabilities, Direction, ItemKind, Shown
from heartbeat.feed import Item
from heartbeat.text import first_line
from heartbeat.vocabulary import NO_ACTION, ActionKind, FeedKind

REASONING_LIMIT = 600
NOTE_LIMIT = 500


class Offer(BaseModel):
    """The actions and items that a decision in this beat may choose from."""

    model_config = ConfigDict(frozen=True)

    kinds: tuple[str, ...] = ()
    boards: tuple[str, ...] = ()
    posts: dict[str, Shown] = Field(default_factory=dict)
    comments: dict[str, Shown] = Field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[Item], capabilities: Capabilities, waits: Container[str] = ()) -> Offer:
        """Return the offer for the shown items: what the target supports, without the kinds in ``waits``."""
        posts: dict[str, Shown] = {}
        comments: dict[str, Shown] = {}
        for item in items:
            if item.source not in capabilities.sources:
                continue
            shown = Shown(author=item.author, own=item.own, own_vote=item.own_vote, post_id=item.post_id)
            if item.kind == FeedKind.POST:
                posts[item.id] = shown
            elif item.kind == FeedKind.COMMENT:
                comments[item.id] = shown
        groups: dict[ItemKind, dict[str, Shown]] = {"post": posts, "comment": comments}
        votable = any(
            capabilities.votes.get(kind) and any(not shown.own for shown in group.values())
            for kind, group in groups.items()
        )
        possible: dict[str, bool] = {
            ActionKind.POST: bool(capabilities.boards),
            ActionKind.COMMENT: bool(posts or comments),
            ActionKind.VOTE: votable,
        }
        for action in capabilities.actions:
            possible[action.kind] = _is_possible(action, posts, comments)
        own = [action.kind for action in capabilities.actions]
        kinds = tuple(kind for kind in (*capabilities.kinds, *own) if possible[kind] and kind not in waits)
        return cls(kinds=kinds, boards=capabilities.boards, posts=posts, comments=comments)


def _is_possible(action: ActionType, posts: Mapping[str, Shown], comments: Mapping[str, Shown]) -> bool:
    needed = {
        "nothing": True,
        "post": bool(posts),
        "comment": bool(comments),
        "item": bool(posts or comments),
    }
    return needed[action.on]


_PAST_TENSE: dict[str, str] = {
    ActionKind.POST: "Posted",
    ActionKind.COMMENT: "Commented",
    ActionKind.VOTE: "Voted",
}
"""Past tense of the built-in kinds; that of target-specific kinds is not known."""


class Draft(BaseModel):
    """A validated action that has not been sent to its target yet."""

    model_config = ConfigDict(frozen=True)

    kind: str
    board: str | None = None
    title: str | None = None
    content: str | None = None
    post_id: str | None = None
    comment_id: str | None = None
    vote_direction: Direction | None = None
    fields: dict[str, Any] | None = Field(
        None, description="Fields of a target-specific action, as plain JSON."
    )

    @property
    def target_id(self) -> str | None:
        """The item acted on, as ``post:ID`` or ``comment:ID``; None for a new post."""
        if self.comment_id is not None:
            return f"comment:{self.comment_id}"
        return None if self.post_id is None else f"post:{self.post_id}"

    def digest(self, target: str) -> str:
        """Return a hash over target, kind, item and texts; equal hashes mean duplicate actions."""
        parts: list[Any] = [target, self.kind, self.target_id, self.board, self.title, self.content]
        parts += [self.vote_direction] if self.fields is None else [self.vote_direction, self.fields]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def describe(self) -> str:
        """Return a one-line description of the action."""
        match self.kind:
            case ActionKind.POST:
                return f"post on {self.board}: {self.title}"
            case ActionKind.COMMENT:
                return f"comment on {self.target_id}: {first_line(self.content or '', 80)}"
            case ActionKind.VOTE:
                return f"vote {self.vote_direction} on {self.target_id}"
            case _:
                where = f" on {self.target_id}" if self.target_id else ""
                return f"{self.kind}{where}: {self.told}"

    def report(self) -> str:
        """Return a one-line description in the past tense: "Posted on general: Tea"."""
        verb = _PAST_TENSE.get(self.kind)
        description = self.describe()
        return f"Done: {description}" if verb is None else verb + description.removeprefix(self.kind)

    @property
    def told(self) -> str:
        """The target-specific fields on one line, as ``name value`` pairs."""
        shown = (f"{name} {first_line(str(value), 80)}" for name, value in (self.fields or {}).items())
        return ", ".join(shown)


def build_schema(offer: Offer, capabilities: Capabilities) -> dict[str, Any]:
    """Return the JSON schema of a decision in this beat.

    It is one flat object whose fields are all required and null where unused, the shape that small models follow
    best. Ids are an enum of the shown ids, so that the grammar rules out others; validation checks them again.
    """
    properties: dict[str, Any] = {
        "reasoning": {"type": "string", "maxLength": REASONING_LIMIT},
        "action": {"type": "string", "enum": [*offer.kinds, NO_ACTION]},
    }
    if {ActionKind.POST, ActionKind.COMMENT} & set(offer.kinds):
        properties["title"] = _nullable({"type": "string", "maxLength": capabilities.title_limit})
        properties["content"] = _nullable({"type": "string", "maxLength": capabilities.content_limit})
    if ActionKind.POST in offer.kinds:
        properties["board"] = _nullable(_enum(offer.boards))
    if offer.posts:
        properties["post_id"] = _nullable(_enum(offer.posts))
    if offer.comments:
        properties["comment_id"] = _nullable(_enum(offer.comments))
    if ActionKind.VOTE in offer.kinds:
        properties["vote_direction"] = _nullable(_enum(dict.fromkeys(chain(*capabilities.votes.values()))))
    for kind in offer.kinds:
        if action := capabilities.action(kind):
            properties.update({name: _nullable(schema) for name, schema in action.properties.items()})
    properties["note"] = _nullable({"type": "string", "maxLength": NOTE_LIMIT})
    return {
        "title": "decision",
        "description": "What to do in this heartbeat.",
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _enum(values: Iterable[str]) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}
