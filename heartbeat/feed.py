"""What a beat sees: items from the sources, each with its real id, and whether it is new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from heartbeat.capabilities import Direction
from heartbeat.memory import Memory
from heartbeat.names import OWNER
from heartbeat.vocabulary import FeedKind

__all__ = ["KINDS", "OWNER", "SIZE_LIMIT", "Feed", "Item", "digest_of", "newest_first"]

KINDS = tuple(FeedKind)
SIZE_LIMIT = 5_000
"""Bytes of items that one beat shows to the model, at most 1,700 tokens in any language."""
_LARGEST = {FeedKind.POST: 3, FeedKind.COMMENT: 3, FeedKind.MESSAGE: 8}
"""One item is at most such a part of a feed that is too long, so that it does not push out the others."""
_TITLE_SHOWN, _CONTENT_SHOWN, _COMMENT_SHOWN, _MESSAGE_SHOWN = 200, 600, 200, 400
"""Bytes that stay of an item that is too large; ``_COMMENT_SHOWN`` of one that does not speak to the agent."""
_AROUND = 90
"""Bytes of a line that are not the item's: kind, age, whether it is new, and the like."""


class Item(BaseModel):
    """One post, comment or message."""

    model_config = ConfigDict(frozen=True)

    source: str
    kind: FeedKind
    id: str
    position: int = Field(description="Grows with every item of this source and kind; what `new` is told by.")
    author: str
    title: str = ""
    content: str = ""
    created_at: datetime
    board: str | None = None
    post_id: str | None = Field(None, description="Of a comment: the post it stands under.")
    score: int | None = None
    own: bool = Field(False, description="Written by the agent itself.")
    from_owner: bool = Field(
        False, description="Said by the owner in the thread's own conversation; no other source can set it."
    )
    own_vote: Direction | None = None
    mention: bool = Field(False, description="Names the agent.")
    reply: bool = Field(False, description="Answers something the agent wrote.")
    answers: str = Field("", description="Of a reply: what the agent wrote there, its beginning.")
    new: bool = False
    counted: bool = Field(False, description="A post of the agent's has told of it, though it is new still.")
    comments: tuple[Item, ...] = Field((), description="Of a post: its latest comments, oldest first.")

    @property
    def mark(self) -> str:
        """Name of the high-water mark this item moves."""
        return f"{self.source}.{self.kind}"

    @property
    def key(self) -> str:
        """Name of the item among those of all sources."""
        return f"{self.mark}:{self.id}"

    @property
    def target_id(self) -> str:
        """What an action names it by."""
        return f"{self.kind}:{self.id}"

    @property
    def speaks(self) -> bool:
        """Whether it speaks to the agent."""
        return self.mention or self.reply

    @property
    def size(self) -> int:
        """Bytes this item costs the prompt, comments included; an estimate from above."""
        texts = (self.id, self.author, self.board or "", self.title, self.content, self.answers)
        return _AROUND + sum(_bytes(text) for text in texts) + sum(comment.size for comment in self.comments)

    @property
    def urgency(self) -> int:
        """2 where the agent is spoken to anew, here or in a comment below, 1 for other news, else 0."""
        return max(item.own_urgency for item in (self, *self.comments))

    @property
    def own_urgency(self) -> int:
        """The same of this item alone."""
        if self.new and self.speaks:
            return 2
        return int(self.new)

    def shortened(self, size: int) -> Item:
        """Return the item so that it costs no more: texts cut and marked, then comments left out.

        Those stay longest that speak to the agent, then new ones and its own, then the latest.
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
        """Return the item alone, its texts cut to so many bytes."""
        return self.model_copy(
            update={
                "author": _cut(self.author, _TITLE_SHOWN),
                "title": _cut(self.title, _TITLE_SHOWN),
                "content": _cut(self.content, content),
                "answers": _cut(self.answers, _TITLE_SHOWN),
                "comments": (),
            }
        )

    def seen_from(self, memory: Memory) -> Item:
        """Return the item with ``new`` told by the marks, or by its key among those that were left.

        One's own output is never new.
        """
        comments = tuple(comment.seen_from(memory) for comment in self.comments)
        new = not self.own and (self.position > memory.marks.get(self.mark, 0) or self.key in memory.pending)
        counted = new and self.key in memory.counted
        return self.model_copy(update={"new": new, "counted": counted, "comments": comments})


class Feed(BaseModel):
    """Everything one beat sees, newest first, what criteria tell of it, and what went wrong while looking."""

    model_config = ConfigDict(frozen=True)

    items: tuple[Item, ...] = ()
    problems: tuple[str, ...] = ()
    facts: tuple[str, ...] = Field((), description="What the model should know besides, one sentence each.")
    waits: dict[str, datetime] = Field(
        default_factory=dict, description="Kinds of actions that the target takes again from this instant on."
    )
    omitted: int = Field(0, description="Items left out because the feed was too long.")
    left_out: tuple[Item, ...] = Field((), description="The new ones among them, without their contents.")

    def walk(self) -> Iterator[Item]:
        """Yield every item once, comments after their post."""
        seen: set[str] = set()
        for top in self.items:
            for item in (top, *top.comments):
                if item.key not in seen:
                    seen.add(item.key)
                    yield item

    def new(self, kind: str) -> list[Item]:
        """Return the new items of a kind."""
        return [item for item in self.walk() if item.new and item.kind == kind]

    def uncounted(self, kind: str) -> list[Item]:
        """Return the new items of a kind that no post of the agent's has told of, also of those left out."""
        left_out = [item for item in self.left_out if item.kind == kind]
        return [item for item in (*self.new(kind), *left_out) if not item.counted]

    def count_new(self, kind: str) -> int:
        """Return how many they are."""
        return len(self.uncounted(kind))

    def about(self, item: Item) -> Feed:
        """Return the feed with this item alone; of a comment its post, and what the agent itself wrote there.

        What others wrote beside it answers nothing, and may be written to lead astray.
        """
        holder = next(
            (top for top in self.items if item.key in {it.key for it in (top, *top.comments)}), None
        )
        if holder is None:
            return self.model_copy(update={"items": ()})
        comments = tuple(each for each in holder.comments if each.own or each.key == item.key)
        return self.model_copy(update={"items": (holder.model_copy(update={"comments": comments}),)})

    def to_sum_up(self) -> Feed:
        """Return the feed with the posts alone that a summary tells of, without their comments.

        They are the new ones that no summary has told of; where there is none, whatever others have posted.
        """
        posts = [item for item in self.items if item.kind == FeedKind.POST and not item.own]
        fresh = [item for item in posts if item.new and not item.counted]
        return self.model_copy(
            update={"items": tuple(post.model_copy(update={"comments": ()}) for post in fresh or posts)}
        )

    def marks(self, before: Mapping[str, int], kinds: Collection[str]) -> dict[str, int]:
        """Return the high-water marks after everything of these kinds has been seen."""
        marks = dict(before)
        for item in self.walk():
            if item.kind not in kinds:
                continue
            marks[item.mark] = max(item.position, marks.get(item.mark, 0))
        return marks

    def trimmed(self, size: int = SIZE_LIMIT) -> Feed:
        """Return the feed so that it costs no more than ``size`` bytes: large items shortened, the last left out.

        New ones stay longest, before them those that speak to the agent, and longest of all the owner's last word.
        """
        if sum(item.size for item in self.items) <= size:
            return self
        items = [item.shortened(size // _LARGEST[item.kind]) for item in self.items]
        orders = (it for it in items if it.from_owner)
        last_word = max(orders, key=lambda it: it.position, default=None)
        kept: set[int] = set()
        used = 0
        for index, item in sorted(
            enumerate(items), key=lambda pair: (pair[1] is not last_word, -pair[1].urgency, pair[0])
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
        """Return what others wrote, a short hash an item; no ages, scores, votes or own output."""
        items = [item for item in self.walk() if not item.own]
        return tuple(
            digest_of(item.source, item.kind, item.id, item.title, item.content)[:16] for item in items
        )


def _bytes(text: str) -> int:
    """Return the bytes of a text once its markup is inert, which makes four of one."""
    return len(text.encode("utf-8", "surrogatepass")) + 3 * (text.count("<") + text.count(">"))


def _cut(text: str, size: int) -> str:
    """Return the beginning of a text, at most so many bytes of it, marked where it was cut."""
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
    """Return a hash of JSON values."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def newest_first(items: Iterable[Item]) -> tuple[Item, ...]:
    """Order items as a feed shows them; messages come before everything else."""
    return tuple(
        sorted(
            items,
            key=lambda item: (item.kind == FeedKind.MESSAGE, item.created_at, item.position),
            reverse=True,
        )
    )
