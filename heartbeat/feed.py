"""What a beat sees: items from the sources, each with its real id, and whether it is new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from heartbeat.capabilities import Direction

Kind = Literal["post", "comment", "message"]
KINDS: tuple[Kind, ...] = ("post", "comment", "message")
SIZE_LIMIT = 10_000
"""Characters of titles and contents that one beat shows to the model, about 2,500 tokens."""


class Item(BaseModel):
    """One post, comment or message."""

    model_config = ConfigDict(frozen=True)

    source: str
    kind: Kind
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
    own_vote: Direction | None = None
    mention: bool = Field(False, description="Names the agent.")
    reply: bool = Field(False, description="Answers something the agent wrote.")
    new: bool = False
    comments: tuple[Item, ...] = Field((), description="Of a post: its latest comments, oldest first.")

    @property
    def mark(self) -> str:
        """Name of the high-water mark this item moves."""
        return f"{self.source}.{self.kind}"

    @property
    def size(self) -> int:
        """Characters this item costs, comments included."""
        return 40 + len(self.title) + len(self.content) + sum(comment.size for comment in self.comments)

    @property
    def urgency(self) -> int:
        """2 where the agent is spoken to anew, here or in a comment below, 1 for other news, else 0."""
        family = (self, *self.comments)
        if any(item.new and (item.mention or item.reply) for item in family):
            return 2
        return int(any(item.new for item in family))

    def seen_from(self, marks: Mapping[str, int]) -> Item:
        """Return the item with ``new`` told by the marks; one's own output is never new."""
        comments = tuple(comment.seen_from(marks) for comment in self.comments)
        new = not self.own and self.position > marks.get(self.mark, 0)
        return self.model_copy(update={"new": new, "comments": comments})


class Feed(BaseModel):
    """Everything one beat sees, newest first, what criteria tell of it, and what went wrong while looking."""

    model_config = ConfigDict(frozen=True)

    items: tuple[Item, ...] = ()
    problems: tuple[str, ...] = ()
    facts: tuple[str, ...] = Field((), description="What the model should know besides, one sentence each.")
    omitted: int = Field(0, description="Items left out because the feed was too long.")

    def walk(self) -> Iterator[Item]:
        """Yield every item once, comments after their post."""
        seen: set[tuple[str, str, str]] = set()
        for top in self.items:
            for item in (top, *top.comments):
                key = (item.source, item.kind, item.id)
                if key not in seen:
                    seen.add(key)
                    yield item

    def new(self, kind: str) -> list[Item]:
        """Return the new items of a kind."""
        return [item for item in self.walk() if item.new and item.kind == kind]

    def about(self, item: Item) -> Feed:
        """Return the feed with what holds this item alone: the post with its comments, or the item itself."""
        key = (item.source, item.kind, item.id)
        items = [
            top for top in self.items if key in {(it.source, it.kind, it.id) for it in (top, *top.comments)}
        ]
        return self.model_copy(update={"items": tuple(items[:1])})

    def fresh(self) -> Feed:
        """Return the feed with new posts alone."""
        return self.model_copy(
            update={"items": tuple(item for item in self.items if item.new and item.kind == "post")}
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
        """Return the feed without its last items once it is longer than ``size``; new ones stay longest,
        and longest of all those that speak to the agent."""
        kept: set[int] = set()
        used = 0
        for index, item in sorted(enumerate(self.items), key=lambda pair: (-pair[1].urgency, pair[0])):
            used += item.size
            if used > size and kept:
                break
            kept.add(index)
        items = tuple(item for index, item in enumerate(self.items) if index in kept)
        return self.model_copy(
            update={"items": items, "omitted": self.omitted + len(self.items) - len(items)}
        )

    def digests(self) -> tuple[str, ...]:
        """Return what others wrote, a short hash an item; no ages, scores, votes or own output."""
        items = [item for item in self.walk() if not item.own]
        return tuple(
            digest_of(item.source, item.kind, item.id, item.title, item.content)[:16] for item in items
        )


def digest_of(*parts: Any) -> str:
    """Return a hash of JSON values."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def newest_first(items: Iterable[Item]) -> tuple[Item, ...]:
    """Order items as a feed shows them; messages of the owner come before everything else."""
    return tuple(
        sorted(items, key=lambda item: (item.kind == "message", item.created_at, item.position), reverse=True)
    )
