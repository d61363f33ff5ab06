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
from heartbeat.text import first_line, sentence
from heartbeat.vocabulary import NO_ACTION, ActionKind, FeedKind, NoteMode

REASONING_LIMIT = 600
NOTE_LIMIT = 500
FILE_LIMIT = 200


class Seen(BaseModel):
    """A shown item as something to tell or to note about: its key, and a hash of its texts."""

    model_config = ConfigDict(frozen=True)

    key: str
    digest: str
    from_owner: bool = False

    @classmethod
    def of(cls, items: Iterable[Item]) -> dict[str, Seen]:
        """Return the items by what the prompt calls them, such as ``post 3``; the first of a name counts."""
        seen: dict[str, Seen] = {}
        for item in items:
            shown = cls(key=item.key, digest=item.digest, from_owner=item.from_owner)
            seen.setdefault(f"{item.kind} {item.id}", shown)
        return seen


class Offer(BaseModel):
    """The actions and items that a decision in this beat may choose from.

    ``about`` are the items that a tell or a note may be about. ``targets`` are those between which the decision may
    choose, because they take the same kind of action.
    """

    model_config = ConfigDict(frozen=True)

    kinds: tuple[str, ...] = ()
    boards: tuple[str, ...] = ()
    posts: dict[str, Shown] = Field(default_factory=dict)
    comments: dict[str, Shown] = Field(default_factory=dict)
    about: dict[str, Seen] = Field(default_factory=dict)
    targets: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        items: Iterable[Item],
        capabilities: Capabilities,
        waits: Container[str] = (),
        *,
        without_board: bool = False,
    ) -> Offer:
        """Return the offer for the shown items: what the target supports, without the kinds in ``waits``.

        ``without_board``: a target that has no boards takes posts all the same.
        """
        shown_items = tuple(items)
        posts: dict[str, Shown] = {}
        comments: dict[str, Shown] = {}
        for item in shown_items:
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
            ActionKind.POST: without_board or bool(capabilities.boards),
            ActionKind.COMMENT: bool(posts or comments),
            ActionKind.VOTE: votable,
            ActionKind.TELL: True,
            ActionKind.NOTE: True,
        }
        for action in capabilities.actions:
            possible[action.kind] = _is_possible(action, posts, comments)
        own = [action.kind for action in capabilities.actions]
        kinds = tuple(kind for kind in (*capabilities.kinds, *own) if possible[kind] and kind not in waits)
        about = Seen.of(shown_items) if _ABOUT_ITEMS & set(kinds) else {}
        return cls(kinds=kinds, boards=capabilities.boards, posts=posts, comments=comments, about=about)


def _is_possible(action: ActionType, posts: Mapping[str, Shown], comments: Mapping[str, Shown]) -> bool:
    needed = {
        "nothing": True,
        "post": bool(posts),
        "comment": bool(comments),
        "item": bool(posts or comments),
    }
    return needed[action.on]


_ABOUT_ITEMS = frozenset({ActionKind.TELL, ActionKind.NOTE})
"""The kinds that may be about any item that was shown."""
_PAST_TENSE: dict[str, str] = {
    ActionKind.POST: "Posted",
    ActionKind.COMMENT: "Commented",
    ActionKind.VOTE: "Voted",
    ActionKind.TELL: "Told",
    ActionKind.NOTE: "Noted",
    NoteMode.TICK: "Ticked",
}
"""Past tense of the first word of a description; that of target-specific kinds is not known."""


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
    text: str | None = Field(None, description="Of a tell or a note.")
    about: str | None = Field(None, description="Of a tell or a note: the key of the item that it is about.")
    about_digest: str | None = Field(
        None, description="A hash of that item's texts; null where they are an order of the owner."
    )
    file: str | None = Field(None, description="Of a note.")
    mode: NoteMode | None = Field(None, description="Of a note.")
    target: str | None = Field(
        None, description="The target that takes it; null for a tell, which goes to the owner's connections."
    )
    left_out: str | None = Field(
        None, description="What the beat left out since it tries to tell the agent what to do, in sentences."
    )

    @property
    def target_id(self) -> str | None:
        """The item acted on, as ``post:ID`` or ``comment:ID``, or told or noted about; None where there is none."""
        if self.about is not None:
            return self.about.partition(".")[2]
        if self.comment_id is not None:
            return f"comment:{self.comment_id}"
        return None if self.post_id is None else f"post:{self.post_id}"

    def digest(self, target: str) -> str:
        """Return a hash over target, kind, item and texts; equal hashes mean duplicate actions.

        Telling about the same item is the same in whatever words, until the item changes, and wherever it goes.
        """
        parts: list[Any] = [target, self.kind, self.target_id, self.board, self.title, self.content]
        parts += [self.vote_direction] if self.fields is None else [self.vote_direction, self.fields]
        if self.kind == ActionKind.TELL:
            parts = [self.kind, self.about, self.about_digest or self.text]
        elif self.kind == ActionKind.NOTE:
            parts = [target, self.kind, self.about, self.about_digest, self.file, self.mode, self.text]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()

    def describe(self, *, name_target: bool = False) -> str:
        """Return a one-line description of the action, and of what was left out.

        With ``name_target`` it says to which target the action goes.
        """
        said = self._described(name_target=name_target)
        return f"{sentence(said)} {self.left_out}" if self.left_out else said

    def _described(self, *, name_target: bool) -> str:
        named = self.target if name_target else None
        at = f" at {named}" if named else ""
        match self.kind:
            case ActionKind.POST:
                where = (f" on {self.board}" if self.board else "") + (f" to {named}" if named else "")
                return f"post{where}: {self.title or first_line(self.content or '', 80)}"
            case ActionKind.COMMENT:
                return f"comment on {self.target_id}{at}: {first_line(self.content or '', 80)}"
            case ActionKind.VOTE:
                return f"vote {self.vote_direction} on {self.target_id}{at}"
            case ActionKind.TELL:
                return f"tell you: {first_line(self.text or '', 200)}"
            case ActionKind.NOTE:
                verb = self.mode if self.mode == NoteMode.TICK else self.kind
                return f"{verb} in {self.file}{at}: {first_line(self.text or '', 80)}"
            case _:
                where = f" on {self.target_id}" if self.target_id else ""
                return f"{self.kind}{where}{at}: {self.told}"

    def report(self) -> str:
        """Return a one-line description in the past tense: "Posted on general: Tea"."""
        description = self.describe()
        if self.kind not in _PAST_TENSE:
            return f"Done: {description}"
        verb = description.split(" ", 1)[0].rstrip(":")
        return _PAST_TENSE[verb] + description.removeprefix(verb)

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
    if offer.targets:
        properties["target"] = _nullable(_enum(offer.targets))
    if {ActionKind.POST, ActionKind.COMMENT} & set(offer.kinds):
        properties["title"] = _nullable({"type": "string", "maxLength": capabilities.title_limit})
        properties["content"] = _nullable({"type": "string", "maxLength": capabilities.content_limit})
    if ActionKind.POST in offer.kinds and offer.boards:
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
    if _ABOUT_ITEMS & set(offer.kinds):
        properties["text"] = _nullable({"type": "string", "maxLength": capabilities.text_limit})
    if offer.about:
        properties["about"] = _nullable(_enum(offer.about))
    if ActionKind.NOTE in offer.kinds:
        properties["file"] = _nullable({"type": "string", "maxLength": FILE_LIMIT})
        properties["mode"] = _nullable(_enum(NoteMode))
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
    # Plain texts also where the values are members of a vocabulary: the schema is kept in checkpoints.
    return {"type": "string", "enum": [str(value) for value in values]}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}
