"""Decisions: what a beat offers to the model, the schema that says so, and the action that comes out."""

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
    """What is possible in this beat: only what the target supports and policy allows now."""

    model_config = ConfigDict(frozen=True)

    kinds: tuple[str, ...] = ()
    boards: tuple[str, ...] = ()
    posts: dict[str, Shown] = Field(default_factory=dict)
    comments: dict[str, Shown] = Field(default_factory=dict)

    @classmethod
    def of(cls, items: Iterable[Item], capabilities: Capabilities, waits: Container[str] = ()) -> Offer:
        """Offer what the target supports for the items shown, but for the kinds it ``waits`` with."""
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


_DONE: dict[str, str] = {
    ActionKind.POST: "Posted",
    ActionKind.COMMENT: "Commented",
    ActionKind.VOTE: "Voted",
}
"""What was done, for the kinds that every target may have; a target's own kinds have no known past tense."""


class Draft(BaseModel):
    """A validated decision that has not reached its target yet."""

    model_config = ConfigDict(frozen=True)

    kind: str
    board: str | None = None
    title: str | None = None
    content: str | None = None
    post_id: str | None = None
    comment_id: str | None = None
    vote_direction: Direction | None = None
    fields: dict[str, Any] | None = Field(
        None, description="Of an action of a target's own kind; plain JSON."
    )

    @property
    def target_id(self) -> str | None:
        """What is answered or voted on, as ``post:ID`` or ``comment:ID``; none for a new post."""
        if self.comment_id is not None:
            return f"comment:{self.comment_id}"
        return None if self.post_id is None else f"post:{self.post_id}"

    def digest(self, target: str) -> str:
        """Return what makes two actions the same: target, kind, what it answers, and what it says."""
        parts: list[Any] = [target, self.kind, self.target_id, self.board, self.title, self.content]
        parts += [self.vote_direction] if self.fields is None else [self.vote_direction, self.fields]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def describe(self) -> str:
        """Return one line that says what the action does."""
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
        """Return one line that says what the action did: "Posted on general: Tea"."""
        verb = _DONE.get(self.kind)
        told = self.describe()
        return f"Done: {told}" if verb is None else verb + told.removeprefix(self.kind)

    @property
    def told(self) -> str:
        """What the fields say, on one line."""
        shown = (f"{name} {first_line(str(value), 80)}" for name, value in (self.fields or {}).items())
        return ", ".join(shown)


def build_schema(offer: Offer, capabilities: Capabilities) -> dict[str, Any]:
    """Return the JSON schema of a decision in this beat.

    One flat object, every field required and null where unused: small models hold on to that best. Ids are an
    enum of the ids shown, so a wrong target is impossible by grammar; validation checks it all the same.
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
