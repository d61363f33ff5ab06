"""Texts that are made of items without a model, for rules that are followed while there is none."""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from heartbeat.feed import Item
from heartbeat.plan.rule import Rule
from heartbeat.plan.words import Do
from heartbeat.text import first_line

_LISTED = 10
_TITLE, _CONTENT = 120, 200


def plain_texts(rule: Rule, items: Sequence[Item], zone: ZoneInfo) -> dict[str, str] | None:
    """Return the texts of an act as fields of a decision, None if it takes a model to write them.

    What is told or posted lists the items, the newest first; without any it is the line itself.
    """
    match rule.do:
        case Do.VOTE_UP | Do.VOTE_DOWN:
            return {}
        case Do.TELL:
            return {"text": _list(items, zone) or rule.text}
        case Do.POST if items:
            noun = "item" if len(items) == 1 else "items"
            titles = "; ".join(_name(item) for item in reversed(items[-3:]))
            return {
                "title": first_line(f"{len(items)} new {noun}: {titles}", _TITLE),
                "content": f"New since the last look:\n\n{_list(items, zone)}",
            }
        case _:
            return None


def _list(items: Sequence[Item], zone: ZoneInfo) -> str:
    shown = [_line(item, zone) for item in reversed(items[-_LISTED:])]
    if len(shown) == len(items) == 1:
        return shown[0]
    more = [f"- and {len(items) - len(shown)} more"] if len(items) > len(shown) else []
    return "\n".join([*(f"- {line}" for line in shown), *more])


def _line(item: Item, zone: ZoneInfo) -> str:
    by = f" ({item.author})" if item.author else ""
    due = item.due_in(zone)
    return f"{_name(item)}{by}, {due}" if due else f"{_name(item)}{by}"


def _name(item: Item) -> str:
    return first_line(item.title or item.content or f"{item.kind} {item.id}", _CONTENT)
