"""The feed of a beat: items from the sources, with ids and whether they are new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from heartbeat.capabilities import Direction
from heartbeat.memory import Memory
from heartbeat.names import OWNER
from heartbeat.vocabulary import FeedKind

__all__ = ["KINDS", "OWNER", "SIZE_LIMIT", "Feed", "Item", "digest_of", "newest_first"]

KINDS = tuple(FeedKind)
SIZE_LIMIT = 5_000
"""Maximum bytes of items in one prompt; at most 1,700 tokens in any language."""
_SIZE_DIVISORS = {FeedKind.POST: 3, FeedKind.COMMENT: 3}
_SMALL_DIVISOR = 8
"""Divisors of the size limit: in a feed that is too long, one item gets at most this fraction of it."""
_TITLE_SHOWN, _CONTENT_SHOWN, _COMMENT_SHOWN, _MESSAGE_SHOWN = 200, 600, 200, 400
"""Bytes kept of the texts of an item that is too large; ``_COMMENT_SHOWN`` of comments not addressed to the agent."""
_ITEM_OVERHEAD = 90
"""Bytes that the prompt adds to each item: kind, age, whether it is new, and the like."""


class Item(BaseModel):
    """A post, comment or message, or an item of the inbox."""

    model_config = ConfigDict(frozen=True)

    source: str
    kind: FeedKind
    id: str
    position: int = Field(
        description="Rises with every item of this source and kind; decides whether it is new."
    )
    author: str
    title: str = ""
    content: str = ""
    created_at: datetime
    board: str | None = None
    post_id: str | None = Field(None, description="Of a comment: the post it belongs to.")
    score: int | None = None
    own: bool = Field(False, description="Written by the agent itself.")
    from_owner: bool = Field(
        False, description="Written by the owner in the thread's conversation; no other source can set it."
    )
    own_vote: Direction | None = None
    mention: bool = Field(False, description="Names the agent.")
    reply: bool = Field(False, description="Answers something the agent wrote.")
    answers: str = Field("", description="Of a reply: the beginning of the agent's text that it answers.")
    parent: str = Field(
        "", description="Of an item of the inbox: what it belongs to, such as the file of a box."
    )
    due_at: datetime | None = None
    all_day: bool = Field(False, description="It is due on the date of ``due_at`` in UTC, in whichever zone.")
    came_due: bool = Field(
        False, description="Came due since the thread last looked, so that it is new again."
    )
    private: bool = Field(
        False, description="Only the owner may see it: of a private connection, or made from one."
    )
    new: bool = False
    counted: bool = Field(False, description="Still new, but already reported in a post of the agent.")
    comments: tuple[Item, ...] = Field((), description="Of a post: its latest comments, oldest first.")
    whole: str = Field("", description="Of an item whose texts were cut: the digest of the whole texts.")

    @property
    def mark(self) -> str:
        """The name of the high-water mark of this item's source and kind."""
        return f"{self.source}.{self.kind}"

    @property
    def key(self) -> str:
        """A key that is unique across sources."""
        return f"{self.mark}:{self.id}"

    @property
    def target_id(self) -> str:
        """The id by which an action refers to it: ``post:ID`` or ``comment:ID``."""
        return f"{self.kind}:{self.id}"

    def due_in(self, zone: ZoneInfo) -> str:
        """Return when it is due in a zone, as a weekday, a date and a time; empty if it is not due."""
        if self.due_at is None:
            return ""
        if self.all_day:
            return f"{self.due_at:%A %Y-%m-%d}"
        return f"{self.due_at.astimezone(zone):%A %Y-%m-%d %H:%M}"

    @property
    def digest(self) -> str:
        """A short hash of its id and its whole texts, without age, score or votes."""
        return self.whole or self.shown_digest

    @property
    def shown_digest(self) -> str:
        """A short hash of its id and its texts as they are shown."""
        return digest_of(self.source, self.kind, self.id, self.title, self.content)[:16]

    @property
    def speaks(self) -> bool:
        """Whether it mentions the agent or replies to it."""
        return self.mention or self.reply

    @property
    def size(self) -> int:
        """Upper bound of the bytes this item takes in a prompt, comments included."""
        texts = (self.id, self.author, self.board or self.parent, self.title, self.content, self.answers)
        return (
            _ITEM_OVERHEAD
            + sum(_bytes(text) for text in texts)
            + sum(comment.size for comment in self.comments)
        )

    @property
    def urgency(self) -> int:
        """2 if it or one of its comments is new and addressed to the agent, 1 if any is new, else 0."""
        return max(item.own_urgency for item in (self, *self.comments))

    @property
    def own_urgency(self) -> int:
        """``urgency`` of this item without its comments."""
        if self.new and (self.speaks or self.came_due):
            return 2
        return int(self.new)

    def shortened(self, size: int) -> Item:
        """Return the item reduced to ``size`` bytes: texts are truncated, then comments left out.

        Comments addressed to the agent are kept first, then new ones and its own, then the latest.
        """
        if self.size <= size:
            return self
        alone = self._cut(_MESSAGE_SHOWN if self.kind == FeedKind.MESSAGE else _CONTENT_SHOWN)
        room = size - alone.size
        ranked = sorted(
            enumerate(self.comments), key=lambda pair: (-(pair[1].own_urgency or pair[1].own), -pair[0])
        )
        kept: dict[int, Item] = {}
        for index, comment in ranked:
            short = comment._cut(_CONTENT_SHOWN if comment.own_urgency == 2 else _COMMENT_SHOWN)
            room -= short.size
            if room < 0:
                break
            kept[index] = short
        comments = tuple(kept[index] for index in sorted(kept))
        return alone.model_copy(update={"comments": comments})

    def _cut(self, content: int) -> Item:
        """Return the item without comments, its content truncated to ``content`` bytes."""
        return self.model_copy(
            update={
                "author": _cut(self.author, _TITLE_SHOWN),
                "title": _cut(self.title, _TITLE_SHOWN),
                "content": _cut(self.content, content),
                "answers": _cut(self.answers, _TITLE_SHOWN),
                "comments": (),
                "whole": self.digest,
            }
        )

    def seen_from(self, memory: Memory) -> Item:
        """Return the item with ``new`` and ``counted`` set from the memory.

        An item is new above its high-water mark, or if its key is pending. The agent's own items are never new.
        """
        comments = tuple(comment.seen_from(memory) for comment in self.comments)
        is_unseen = self.position > memory.marks.get(self.mark, 0) or self.key in memory.pending
        new = not self.own and (is_unseen or self.came_due)
        counted = new and self.key in memory.counted
        return self.model_copy(update={"new": new, "counted": counted, "comments": comments})


class Feed(BaseModel):
    """All items of one beat, newest first, with facts from criteria and problems of the sources."""

    model_config = ConfigDict(frozen=True)

    items: tuple[Item, ...] = ()
    problems: tuple[str, ...] = ()
    facts: tuple[str, ...] = Field((), description="Further facts for the model, one sentence each.")
    waits: dict[str, datetime] = Field(
        default_factory=dict,
        description="For kinds of actions in a cooldown of the target, the instant it ends.",
    )
    blocked: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="Kinds that a target does not take now, by its name; tell by its own.",
    )
    unshown: tuple[str, ...] = Field(
        (), description="Keys of new items that wait for later beats: there are too many to show."
    )
    upto: dict[str, int] = Field(
        default_factory=dict,
        description="Positions up to which everything is shown, unshown or was looked at before, by mark.",
    )
    dropped: dict[str, int] = Field(
        default_factory=dict, description="How many new items are left out for good, by mark."
    )
    private: tuple[str, ...] = Field(
        (), description="The sources that showed, or could have shown, something private."
    )
    looked_at: datetime | None = Field(
        None, description="The instant up to which what came due is in it; null before the sources were read."
    )
    omitted: int = Field(0, description="Number of items left out because the feed was too long.")
    left_out: tuple[Item, ...] = Field((), description="The new items among them, without their content.")

    def walk(self) -> Sequence[Item]:
        """Return every item once; comments follow their post."""
        # A copy of a feed takes over what was worked out of the items of the other.
        known = self.__dict__.get("_walked")
        if known is None or known[0] is not self.items:
            every: dict[str, Item] = {}
            for top in self.items:
                for item in (top, *top.comments):
                    every.setdefault(item.key, item)
            known = self.__dict__["_walked"] = (self.items, tuple(every.values()))
        walked: tuple[Item, ...] = known[1]
        return walked

    def new(self, kind: str) -> list[Item]:
        """Return the new items of a kind."""
        return [item for item in self.walk() if item.new and item.kind == kind]

    def uncounted(self, kind: str) -> list[Item]:
        """Return the new items of a kind, those left out included, that no post of the agent has reported."""
        left_out = [item for item in self.left_out if item.kind == kind]
        return [item for item in (*self.new(kind), *left_out) if not item.counted]

    def count_new(self, kind: str) -> int:
        """Return the number of ``uncounted`` items, with those that wait for later beats or are dropped."""
        dropped = sum(number for mark, number in self.dropped.items() if mark.endswith(f".{kind}"))
        return len(self.uncounted(kind)) + sum(f".{kind}:" in key for key in self.unshown) + dropped

    def marks(self, before: Mapping[str, int]) -> dict[str, int]:
        """Return the high-water marks ``before``, raised to the items and to what waits."""
        marks = dict(before)
        for mark, position in self.upto.items():
            if position:
                marks[mark] = max(position, marks.get(mark, 0))
        for item in self.walk():
            marks[item.mark] = max(item.position, marks.get(item.mark, 0))
        return marks

    def trimmed(self, size: int = SIZE_LIMIT) -> Feed:
        """Return the feed reduced to ``size`` bytes: large items are shortened, then the last ones left out.

        The owner's latest message is kept first, then items addressed to the agent, then other new items.
        """
        if sum(item.size for item in self.items) <= size:
            return self
        items = [item.shortened(size // _SIZE_DIVISORS.get(item.kind, _SMALL_DIVISOR)) for item in self.items]
        owner_items = (it for it in items if it.from_owner)
        latest = max(owner_items, key=lambda it: it.position, default=None)
        kept: set[int] = set()
        used = 0
        for index, item in sorted(
            enumerate(items), key=lambda pair: (pair[1] is not latest, -pair[1].urgency, pair[0])
        ):
            used += item.size
            if used > size:
                break
            kept.add(index)
        shown = self.model_copy(
            update={
                "items": tuple(item for index, item in enumerate(items) if index in kept),
                "omitted": self.omitted + len(items) - len(kept),
            }
        )
        keys = {item.key for item in shown.walk()}
        left_out = [item._cut(0) for item in self.walk() if item.new and item.key not in keys]
        return shown.model_copy(update={"left_out": (*self.left_out, *left_out)})

    def digests(self) -> tuple[str, ...]:
        """Return the `Item.shown_digest` of each item of others."""
        return tuple(item.shown_digest for item in self.walk() if not item.own)


def _bytes(text: str) -> int:
    """Return the UTF-8 size of a text with ``<`` and ``>`` escaped as entities of four bytes."""
    size = len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
    return size + 3 * (text.count("<") + text.count(">"))


def _cut(text: str, size: int) -> str:
    """Return a text truncated to ``size`` bytes, with an ellipsis if it was cut."""
    if _bytes(text) <= size:
        return text
    used, kept = _bytes("…"), 0
    for char in text:
        used += _bytes(char)
        if used > size:
            break
        kept += 1
    return f"{text[:kept]}…"


def digest_of(*parts: Any) -> str:
    """Return the SHA-256 hex digest of JSON values."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def newest_first(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return items sorted for a feed: messages first, then newest first."""
    return tuple(
        sorted(
            items,
            key=lambda item: (item.kind == FeedKind.MESSAGE, item.created_at, item.position),
            reverse=True,
        )
    )
