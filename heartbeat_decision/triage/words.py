"""Items and lines as the small questions and the summaries show them."""

from __future__ import annotations

from collections.abc import Mapping

from heartbeat.feed import Item
from heartbeat.instructions import mask_secrets
from heartbeat.text import clean, inert

SHOWN = 240
"""Characters of an item where it is one of many."""


def listed(item: Item, titles: Mapping[str, str], limit: int = SHOWN) -> str:
    """Return an item as one of many, in the form of the examples; ``titles`` are those of posts, by their id."""
    author, title, content = theirs(item.author), theirs(item.title), theirs(item.content, limit)
    if item.kind == "post":
        return f'Post on board {theirs(item.board or "")} by {author}: "{title}"{_after(content)}'
    return f'Comment by {author} under "{theirs(titles.get(item.post_id or "", ""), 60)}": {content}'


def alone(item: Item) -> str:
    """Return an item by itself, in the form of the examples."""
    content = theirs(item.content, 4 * SHOWN)
    if item.kind == "post":
        return f'Post: "{theirs(item.title)}"{_after(content)}'
    return f"Comment: {content}"


def _after(content: str) -> str:
    return f" -- {content}" if content else ""


def name(item: Item) -> str:
    """Return what an item is called in a summary."""
    return f"{item.kind.capitalize()} {item.id}"


def short(text: str) -> str:
    """Return the beginning of a text, for a summary."""
    return flat(text, 120)


def flat(text: str, limit: int = 100_000) -> str:
    """Return the beginning of a text on one line; secrets are looked for while it still has its lines."""
    text = clean(mask_secrets(text), multiline=False)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"


def theirs(text: str, limit: int = SHOWN) -> str:
    """Return what other people wrote, so that it can pose neither as another line nor as a mark of the model's."""
    return inert(flat(text, limit))
