"""Rules, items and situations in a few words."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from heartbeat.feed import Item
from heartbeat.plan import Act, Do, History, Only, Rule, Situation, When, WhenKind
from heartbeat.plan.guard import GUARD
from heartbeat.plan.verdict import Verdict
from heartbeat.vocabulary import FeedKind

UTC = ZoneInfo("UTC")
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
"""A Monday."""
READ = NOW - timedelta(days=30)


def rule(kind: WhenKind = WhenKind.ALWAYS, number: int = 1, do: str = Do.POST, **given: Any) -> Rule:
    """Return a rule; what is given of its occasion goes to `When`, the rest to `Rule`."""
    occasion = {name: given.pop(name) for name in list(given) if name in When.model_fields}
    if kind == WhenKind.ITEM:
        occasion.setdefault("question", "is it urgent?")
    if kind == WhenKind.TASK:
        occasion.setdefault("task", "tidy")
    given.setdefault("id", f"rule-{number}")
    given.setdefault("read_at", READ)
    return Rule(line=number, text="A line", when=When(kind=kind, **occasion), do=do, **given)


def order(do: str = Do.SILENT, number: int = 1, **given: Any) -> Rule:
    """Return an order of the owner, an hour old."""
    given.setdefault("read_at", NOW - timedelta(hours=1))
    return rule(given.pop("kind", WhenKind.ALWAYS), number, do, id=f"message-{number}", **given)


def item(number: int, kind: FeedKind = FeedKind.POST, source: str = "forum", **given: Any) -> Item:
    """Return an item that is new to the thread."""
    values = {"author": "bo", "title": f"Item {number}", "created_at": NOW, "new": True, **given}
    return Item(source=source, kind=kind, id=str(number), position=number, **values)


def items(number: int, **given: Any) -> list[Item]:
    """Return the first so many items."""
    return [item(each, **given) for each in range(1, number + 1)]


def situation(*shown: Item, guarded: bool = True, **given: Any) -> Situation:
    """Return a situation at noon of a Monday; where it is ``guarded`` the guard has found nothing in any item."""
    plain = {(GUARD, each.digest): Verdict(yes=False) for each in shown if guarded}
    verdicts = {**plain, **given.pop("verdicts", {})}
    return Situation(**{"now": NOW, "zone": UTC, "items": shown, "verdicts": verdicts, **given})


def acted(*about: Item, ago: timedelta = timedelta(hours=1), **given: Any) -> History:
    """Return the history of a rule that was followed once."""
    upto: dict[str, int] = {}
    for each in about:
        upto[each.mark] = max(upto.get(each.mark, 0), each.position)
    act = Act(NOW - ago, {each.key: each.digest for each in about})
    return History(**{"upto": upto, "acts": (act,), **given})


def only(**given: Any) -> Only:
    """Return when a rule holds."""
    return Only(**given)
