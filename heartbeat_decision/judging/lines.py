"""An item as the few lines of text by which it is judged."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from heartbeat.feed import Item
from heartbeat.instructions import mask_secrets
from heartbeat.text import CUT_MARK, clean, truncate, truncate_bytes, visible
from heartbeat.vocabulary import FeedKind

AUTHOR_SIZE, PLACE_SIZE, TITLE_SIZE, CONTENT_SIZE, ANSWERED_SIZE = 100, 60, 200, 600, 120
"""Bytes of each text that are shown; together they take at most some 350 tokens."""
_TITLE_LONGEST = 240
_KINDS: Mapping[FeedKind, str] = {
    FeedKind.POST: "Post on the forum",
    FeedKind.COMMENT: "Comment on the forum",
    FeedKind.MESSAGE: "Message in the conversation",
    FeedKind.ALERT: "Alert of a check",
    FeedKind.ENTRY: "Entry of a feed",
    FeedKind.EVENT: "Calendar event",
    FeedKind.FILE: "File",
    FeedKind.MAIL: "Mail",
    FeedKind.PAGE: "Change of a web page",
    FeedKind.TASK: "Task of a list",
}
_TITLES: Mapping[FeedKind, str] = {FeedKind.MAIL: "Subject", FeedKind.FILE: "Name"}
_DUE: Mapping[FeedKind, str] = {FeedKind.EVENT: "Starts"}
_SPOKEN = (FeedKind.POST, FeedKind.COMMENT, FeedKind.MESSAGE)


def item_lines(item: Item) -> str:
    """Return an item as text: what it is and where, who wrote it, its title, when it is due, and what it says.

    Each is one line, so that no text of an item can pass for another line. Secrets are masked. Age, score and votes
    are not in it, since they change while the item stays the same.
    """
    return "\n".join(_lines(item))


def text_of(item: Item, longest: int) -> str:
    """Return the title and the text of an item on one line, with at most ``longest`` characters of the text.

    Who wrote it, where and when is not in it.
    """
    title, content = (
        truncate(clean(visible(mask_secrets(text)), multiline=False), limit)
        for text, limit in ((item.title, _TITLE_LONGEST), (item.content, longest))
    )
    return f"{title}. {content}" if title and content and content != title else title or content


def item_hash(item: Item) -> str:
    """Return a hash of all that is judged of an item; two with the same texts have the same."""
    return hashlib.sha256(item_lines(item).encode("utf-8", "surrogatepass")).hexdigest()


def _lines(item: Item) -> Iterator[str]:
    place = _shown(_place(item), PLACE_SIZE)
    yield f"{_KINDS[item.kind]}, {place}" if place else _KINDS[item.kind]
    if author := _shown(item.author, AUTHOR_SIZE):
        yield f"From: {author}"
    if answered := _shown(item.answers, ANSWERED_SIZE):
        yield f"Replies to the agent, who wrote: {answered}"
    elif item.mention:
        yield "Names the agent."
    if title := _shown(item.title, TITLE_SIZE):
        yield f"{_TITLES.get(item.kind, 'Title')}: {title}"
    if item.due_at is not None:
        yield f"{_DUE.get(item.kind, 'Due')}: {_instant(item.due_at, all_day=item.all_day)}"
    content = _shown(item.content, CONTENT_SIZE)
    if content and content != title:
        yield f"Text: {content}"


def _place(item: Item) -> str:
    if item.kind in _SPOKEN:
        return item.board or ""
    return item.parent if item.kind == FeedKind.TASK and item.parent else item.source


def _shown(text: str, size: int) -> str:
    """Return a text on one line, masked, and cut with an ellipsis to ``size`` bytes."""
    line = clean(visible(mask_secrets(text)), multiline=False)
    return line if len(line.encode()) <= size else truncate_bytes(line, size).rstrip() + CUT_MARK


def _instant(at: datetime, *, all_day: bool) -> str:
    return f"{at.astimezone(UTC):%A %Y-%m-%d}" if all_day else f"{at.astimezone(UTC):%A %Y-%m-%d %H:%M} UTC"
