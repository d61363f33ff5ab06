"""Texts that are made of items without a model, for rules that are followed while there is none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from heartbeat.feed import Item
from heartbeat.instructions.secrets import mask_secrets
from heartbeat.plan.listed import Listed
from heartbeat.plan.rule import Rule
from heartbeat.plan.words import Do, WhenKind
from heartbeat.text import count, first_line
from heartbeat.vocabulary import FeedKind

_LISTED = 10
_IN_A_LINE = 3
_TITLE, _CONTENT = 120, 200
_NOUNS: Mapping[FeedKind, str] = {FeedKind.ENTRY: "news item"}
"""What items are called in texts, where that is not their kind."""


def plain_texts(rule: Rule, items: Sequence[Item], zone: ZoneInfo, limit: int) -> dict[str, str] | None:
    """Return the texts of an act as fields of a decision, None if it takes a model to write them.

    What is told or posted counts and lists the items, the newest first, in at most ``limit`` characters; without any
    it is the line itself. A file is left out where boxes in it are listed.
    """
    match rule.do:
        case Do.VOTE_UP | Do.VOTE_DOWN:
            return {}
        case Do.TELL:
            return {"text": _told(rule, _apart(items), zone, limit) or rule.text}
        case Do.POST if items:
            listed = _apart(items)
            named = [_name(item) for item in reversed(listed[-_IN_A_LINE:])]
            more = [f"and {len(listed) - len(named)} more"] if len(listed) > len(named) else []
            return {
                "title": first_line(f"{_counted(listed, 'new ')}: {'; '.join([*named, *more])}", _TITLE),
                "content": list_of(items, zone).below("New since the last look:", limit),
            }
        case _:
            return None


def list_of(items: Sequence[Item], zone: ZoneInfo) -> Listed:
    """Return the names of items for below a text, the newest first."""
    apart = _apart(items)
    names = tuple(_line(item, zone) for item in reversed(apart[-_LISTED:]))
    return Listed(names=names, many=len(apart))


def _apart(items: Sequence[Item]) -> Sequence[Item]:
    """Return the items without files of which boxes are among them."""
    files = {(item.source, item.parent) for item in items if item.kind == FeedKind.TASK}
    return [item for item in items if item.kind != FeedKind.FILE or (item.source, item.id) not in files]


def _told(rule: Rule, items: Sequence[Item], zone: ZoneInfo, limit: int) -> str:
    if len(items) < 2:
        return "".join(_line(item, zone) for item in items)
    counted = _counted(items, "new " if rule.when.kind == WhenKind.NEW else "")
    told = f"{counted}: {'; '.join(_line(item, zone) for item in reversed(items))}"
    if len(items) <= _IN_A_LINE and len(told) <= limit:
        return told
    return list_of(items, zone).below(f"{counted}, the newest {_name(items[-1])}:", limit)


def _counted(items: Sequence[Item], adjective: str) -> str:
    """Return the number of items of each kind, such as "2 new posts, 1 new comment"."""
    kinds = Counter(_NOUNS.get(item.kind, item.kind.value) for item in items)
    return ", ".join(count(number, f"{adjective}{noun}") for noun, number in kinds.items())


def _line(item: Item, zone: ZoneInfo) -> str:
    by = f" ({mask_secrets(item.author)})" if item.author else ""
    due = item.due_in(zone)
    return f"{_name(item)}{by}, {due}" if due else f"{_name(item)}{by}"


def _name(item: Item) -> str:
    return first_line(mask_secrets(item.title or item.content) or f"{item.kind} {item.id}", _CONTENT)
