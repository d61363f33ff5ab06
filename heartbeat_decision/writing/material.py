"""The items that a text is about, a line each, as the writer of the text is shown them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from heartbeat.feed import Item
from heartbeat.instructions import mask_secrets
from heartbeat.text import clean, inert
from heartbeat.vocabulary import FeedKind

ITEMS_LIMIT = 20
"""Items that are shown, the newest; of more only the number."""
_CONTENT, _LONG = 400, 1_200
"""Characters of the content of an item that is one of several, and of one of few."""
_FEW = 3
_NAME = 120
_NOUNS: Mapping[FeedKind, str] = {
    FeedKind.ALERT: "Alert",
    FeedKind.ENTRY: "Entry",
    FeedKind.EVENT: "Event",
    FeedKind.FILE: "File",
    FeedKind.MAIL: "Mail",
    FeedKind.MESSAGE: "Message",
    FeedKind.PAGE: "Page",
    FeedKind.TASK: "Task",
}


def material(
    items: Sequence[Item], zone: ZoneInfo, *, more: int = 0, titles: Mapping[str, str] | None = None
) -> tuple[str, ...]:
    """Return the items in the order given, a line each, and how many older ones are not shown.

    ``more`` are items that are not among them. ``titles`` are those of posts, by their id, for comments below them.
    What the agent wrote, which an item answers, stands before it.
    """
    shown = items[-ITEMS_LIMIT:]
    longest = _CONTENT if len(shown) > _FEW else _LONG
    lines: list[str] = []
    for item in shown:
        if item.answers:
            lines.append(f"You wrote: {_theirs(item.answers, _CONTENT)}")
        lines.append(_line(item, zone, titles or {}, longest))
    left = len(items) - len(shown) + more
    return (*dict.fromkeys(lines), *([f"And {left} older ones that are not shown."] if left else []))


def _line(item: Item, zone: ZoneInfo, titles: Mapping[str, str], longest: int) -> str:
    title, content = _theirs(item.title, 2 * _NAME), _theirs(item.content, longest)
    if item.own:
        return f"You wrote: {_quoted(title, content)}"
    author = _theirs(item.author, _NAME)
    match item.kind:
        case FeedKind.POST:
            return f"Post on board {_theirs(item.board or '', _NAME)} by {author}: {_quoted(title, content)}"
        case FeedKind.COMMENT:
            under = _theirs(titles.get(item.post_id or "", ""), _NAME)
            return f'Comment by {author} under "{under}": {content}'
        case _:
            by = f" by {author}" if author else ""
            due = f", {item.due_in(zone)}" if item.due_at else ""
            return f"{_NOUNS[item.kind]}{by}{due}: {_quoted(title, content)}"


def _quoted(title: str, content: str) -> str:
    if not title:
        return content
    return f'"{title}" -- {content}' if content and content != title else f'"{title}"'


def _theirs(text: str, limit: int) -> str:
    """Return the beginning of what other people wrote, on one line: no other line, and no mark of the model's."""
    line = clean(mask_secrets(text), multiline=False)
    return inert(line if len(line) <= limit else f"{line[: limit - 1]}…")
