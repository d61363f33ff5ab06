"""Written pairs of a question and an item, with the answer that is right beyond dispute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from heartbeat.feed import Item
from heartbeat_decision.judging.examples import WrittenItem

PAIRS = Path(__file__).parent / "pairs.yaml"
LOOKED_AT = 60
"""The first pairs, at which was looked while the form of the question was chosen; at the others was not."""


class _PairItem(WrittenItem):
    """An item with the right answer. ``injection``: it tells the model what to answer."""

    meant: bool
    lang: str = "en"
    injection: bool = False


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    question: str
    items: tuple[_PairItem, ...]


@dataclass(frozen=True)
class Pair:
    """A question, an item, and whether the answer is yes."""

    question: str
    item: Item
    meant: bool
    lang: str
    injection: bool


def load_pairs() -> list[Pair]:
    """Return all pairs in the order of their file."""
    asked = TypeAdapter(tuple[_Asked, ...]).validate_python(yaml.safe_load(PAIRS.read_text("utf-8")))
    return list(_pairs(asked))


def _pairs(asked: tuple[_Asked, ...]) -> Iterator[Pair]:
    for each in asked:
        for written in each.items:
            item = WrittenItem(**written.model_dump(exclude={"meant", "lang", "injection"})).item()
            yield Pair(each.question, item, written.meant, written.lang, written.injection)
