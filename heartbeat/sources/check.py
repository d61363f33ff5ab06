"""Checks what a source shows, item by item, so that everything else can rely on it.

Whether an item is an order of the owner's is told by where it comes from: the thread's own conversation alone. What
its texts say of that counts for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from pydantic import ValidationError

from heartbeat.feed import KINDS, Item
from heartbeat.names import OWNER, looks_like, shown_author
from heartbeat.sources.conversation import ConversationSource
from heartbeat.sources.forum import ForumSource
from heartbeat.sources.inbox import InboxSource
from heartbeat.sources.port import ContextSource, cut
from heartbeat.text import clean, visible, well_formed
from heartbeat.vocabulary import FeedKind

CONTENT_LIMIT = 1_000
"""Characters of one item that are shown, whatever its source thinks."""
_TITLE_LIMIT = 200
_ID_LIMIT = 64
_PARENT_LIMIT = 300
_LARGEST = 2**63 - 1
"""Largest whole number that a checkpoint can hold."""
_BUILT_IN = (ConversationSource, ForumSource, InboxSource)
_FIELDS = tuple(name for name in Item.model_fields if name not in ("comments", "new", "counted"))
_CUT = {
    "title": _TITLE_LIMIT,
    "content": CONTENT_LIMIT,
    "author": _TITLE_LIMIT,
    "answers": CONTENT_LIMIT,
    "board": _ID_LIMIT,
    "parent": _PARENT_LIMIT,
}


class FaultyItemError(Exception):
    """An item that others could not rely on; the message is the end of a sentence about its source."""


class Checker:
    """Checks the items of one beat, for the agent of this name; a kind and an id name one item only."""

    def __init__(self, agent: str) -> None:
        self._agent = agent
        self._taken: dict[tuple[str, ...], str] = {}

    def check(self, source: ContextSource, shown: object, faults: list[str]) -> Item:
        """Return the item as it may be used.

        Faulty comments below it are left out alone; ``faults`` gets a sentence for each.

        Raises:
            FaultyItemError: the item itself is faulty.
        """
        item = self._sound(source, shown)
        comments: list[Item] = []
        try:
            for below in _below(shown):
                try:
                    comments.append(self._comment(source, below, item))
                except FaultyItemError as error:
                    faults.append(str(error))
        except (Exception, SystemExit) as error:  # noqa: BLE001 - reading a field runs code of the plug-in's
            faults.append(f"it shows {item.kind} {item.id} with comments that cannot be read: {_said(error)}")
        return item.model_copy(update={"comments": tuple(comments)}) if comments or item.comments else item

    def _comment(self, source: ContextSource, shown: object, under: Item) -> Item:
        if under.kind != "post":
            raise FaultyItemError(f"it shows an item below {under.kind} {under.id}; allowed: below a post")
        comment = self._sound(source, shown, under=under)
        if _below(shown):
            raise FaultyItemError(f"it shows items below comment {comment.id}; allowed: below a post")
        return comment

    def _sound(self, source: ContextSource, shown: object, under: Item | None = None) -> Item:
        try:
            item = self._read(source, shown)
        except FaultyItemError:
            raise
        except (Exception, SystemExit) as error:  # reading a field runs code of the plug-in's
            raise FaultyItemError(f"it shows an item that cannot be read: {_said(error)}") from error
        if under is not None and item.kind != "comment":
            raise FaultyItemError(f"it shows {item.kind} {item.id} below post {under.id}; allowed: comments")
        self._keep_apart(source, item)
        return item

    def _read(self, source: ContextSource, shown: object) -> Item:
        if not isinstance(shown, Item):
            raise FaultyItemError(f"it shows {_repr(shown)}; allowed: items")
        # What a built-in source shows was just made by the constructor, which has looked at the types.
        is_sound = type(shown) is Item and type(source) in _BUILT_IN
        item = shown if is_sound else self._typed(shown)
        if item.source != source.name:
            raise FaultyItemError(f"it shows an item of the source {item.source!r:.80}; allowed: its own")
        for value, called in ((item.id, "id"), (item.post_id, "post_id")):
            if value is not None and (
                not value or value != visible(clean(value, multiline=False)) or len(value) > _ID_LIMIT
            ):
                raise FaultyItemError(
                    f"it shows the {called} {value!r:.80}; allowed: 1 to {_ID_LIMIT} characters on one line"
                )
        for number, called in ((item.position, "position"), (item.score, "score")):
            if number is not None and abs(number) > _LARGEST:
                raise FaultyItemError(
                    f"it shows {item.kind} {item.id} with the {called} {number!r:.40}; allowed: at most 2^63 - 1"
                )
        if item.created_at.tzinfo is None or item.created_at.utcoffset() is None:
            raise FaultyItemError(
                f"it shows {item.kind} {item.id} without a time zone; allowed: aware instants"
            )
        texts = {name: getattr(item, name) for name in _CUT}
        cuts = {name: cut(visible(well_formed(text)), _CUT[name]) for name, text in texts.items() if text}
        author = cuts.get("author", item.author)
        attributed = self._attributed(source, item, author)
        return item.model_copy(update={**cuts, "created_at": item.created_at.astimezone(UTC), **attributed})

    @staticmethod
    def _typed(shown: Item) -> Item:
        """Return the item of a plug-in without what is below it, each field of its type."""
        told = {name: getattr(shown, name) for name in _FIELDS}
        if told["kind"] not in KINDS:
            raise FaultyItemError(
                f"it shows an item whose kind is {_repr(told['kind'])}; allowed: {', '.join(KINDS)}"
            )
        # The constructor takes a kind as text too, and `model_copy` leaves it text.
        told["kind"] = FeedKind(told["kind"])
        try:
            return Item.model_validate(told, strict=True)
        except ValidationError as error:
            raise FaultyItemError(_explain(error)) from None

    def _attributed(self, source: ContextSource, item: Item, author: str) -> dict[str, object]:
        """Return the author as may be shown, and whether the item is the owner's or the agent's own.

        The conversation and the forum know their authors. A plug-in may call posts and comments the agent's own, for
        its target may have made them, but no messages, and nothing that goes by the owner's name.
        """
        # A plug-in may derive its source from one of these two.
        orders = type(source) is ConversationSource and item.from_owner
        knows = type(source) in (ConversationSource, ForumSource)
        own = item.own and (knows or (item.kind != "message" and not looks_like(author, OWNER)))
        shown = author if orders or own else shown_author(author, self._agent)
        return {"from_owner": orders, "own": own, "author": shown}

    def _keep_apart(self, source: ContextSource, item: Item) -> None:
        # A decision names a post or comment by kind and id alone, and no messages.
        name = (source.name, item.kind, item.id) if item.kind == "message" else (item.kind, item.id)
        if name in self._taken:
            other = self._taken[name]
            also = " twice" if other == source.name else f", which is one of the source {other} too"
            raise FaultyItemError(f"it shows {item.kind} {item.id}{also}")
        self._taken[name] = source.name


def _below(shown: object) -> Sequence[object]:
    below: object = getattr(shown, "comments", ())
    if not isinstance(below, list | tuple):
        raise TypeError(f"{_repr(below)} is no tuple")
    return below


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    name = first["loc"][0]
    return f"it shows an item whose {name} is {_repr(first['input'])}; {first['msg']}"


def _repr(value: object) -> str:
    try:
        return f"{value!r:.80}"
    except Exception:  # noqa: BLE001 - it is a plug-in's own
        return f"something of the type {type(value).__name__}"


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
