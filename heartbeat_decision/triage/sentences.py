"""What sentences of other people do: which ask, which correct, and which try to steer the one who reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from heartbeat.feed import Item
from heartbeat.instructions import mask_secrets
from heartbeat_decision.prompts.answers import ReplyAnswer, SaysAnswer
from heartbeat_decision.triage.asker import Asker
from heartbeat_decision.triage.words import SHOWN, theirs

LIMIT = 12
"""Sentences of one item that are looked at, the first."""
_STEP = re.compile(r"(?<=[:;,.!?…])\s+(?=\d{1,2}\.\s)")
"""Before "2. mix", a step of a list within a line."""
_NUMBER = re.compile(r"\d{1,2}\.\s+")
_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])\s*")
"""Finer than the sentences of the instructions: an order inside quotes stands alone."""


def sentences(text: str) -> list[str]:
    """Return the sentences of a text, each so that it can pose neither as another line nor as a mark.

    The number of a step stands with it; nothing else is joined.
    """
    # A secret of several lines is one only as long as they are together.
    lines = [line.strip() for line in mask_secrets(text).splitlines()]
    parts = [theirs(part, 2 * SHOWN) for line in lines for step in _STEP.split(line) for part in _split(step)]
    return [part for part in parts if part][:LIMIT]


def _split(step: str) -> list[str]:
    number = _NUMBER.match(step)
    start = number.end() if number else 0
    first, *more = _END.split(step[start:])
    return [step[:start] + first, *more]


async def heard(line: str, spoken: Sequence[Item], asker: Asker) -> Item | None:
    """Return the first of those that speak to the agent that says what the line wants answered."""
    if not spoken:
        return None
    to = (await asker.read("reply", line, ReplyAnswer)).to
    for item in spoken:
        if to == "anything" or await _does(item, "question" if to == "questions" else "correction", asker):
            return item
    return None


async def _does(item: Item, kind: Literal["question", "correction"], asker: Asker) -> bool:
    for sentence in (*sentences(item.title), *sentences(item.content)):
        if (await asker.judge("says", sentence, SaysAnswer)).kind == kind:
            return True
    return False


async def without_orders(text: str, asker: Asker) -> str:
    """Return a text without the sentences that tell a bot what to do, so that nobody follows them."""
    kept = [
        sentence
        for sentence in sentences(text)
        if (await asker.judge("says", sentence, SaysAnswer)).kind != "order"
    ]
    return " ".join(kept)


async def unsteered(item: Item, asker: Asker) -> Item:
    """Return an item without such sentences, and without what is too long to be looked at; else the item itself."""
    kept = {name: await without_orders(getattr(item, name), asker) for name in ("title", "content")}
    left = {name: text for name, text in kept.items() if _letters(text) != _letters(getattr(item, name))}
    return item.model_copy(update=left) if left else item


def _letters(text: str) -> str:
    """Return a text as it is shown, without spaces, since those between sentences are not kept."""
    return "".join(theirs(mask_secrets(text), len(text) + SHOWN).split())
