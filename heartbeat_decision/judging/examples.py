"""The worked examples, which stand as turns of the chat before each item that is judged."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from heartbeat.feed import Item
from heartbeat.vocabulary import FeedKind

FOLDER = Path(__file__).parent
EXAMPLES = FOLDER / "examples.yaml"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class WrittenItem(BaseModel):
    """An item as it is written down for an example: only what is judged of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: FeedKind
    source: str = ""
    board: str | None = None
    author: str = ""
    title: str = ""
    content: str = ""
    answers: str = ""
    parent: str = ""
    mention: bool = False
    due_at: datetime | None = None
    all_day: bool = False

    def item(self) -> Item:
        """Return it as an item of a feed."""
        return Item(id="0", position=0, created_at=_EPOCH, **dict(self))


class Example(BaseModel):
    """A question about an item, and whether the answer is yes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    item: WrittenItem
    meant: bool


@cache
def examples() -> tuple[Example, ...]:
    """Return the examples in the order of their file."""
    return TypeAdapter(tuple[Example, ...]).validate_python(yaml.safe_load(EXAMPLES.read_text("utf-8")))
