"""What a thread remembers of rules that earlier beats of a case have followed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from evals.case import Case
from evals.gold import Followed
from evals.written import AGENT
from heartbeat.connections import Connections
from heartbeat.feed import Item
from heartbeat.history import Act, History
from heartbeat.memory import Memory
from heartbeat.plan import WhenKind
from heartbeat.settings import Settings
from heartbeat.sources import ContextSource, ConversationSource, ForumSource, InboxSource, Look, collect
from heartbeat.store import Store


def histories(
    case: Case, settings: Settings, store: Store, ids: dict[str, str], marks: dict[str, int], thread: str
) -> dict[str, History]:
    """Return what is known of each rule that was followed, by its id.

    ``ids`` are the keys of items by their labels, as the feed has them or without the name of the forum's source;
    ``marks`` are those of the thread.
    """
    if not case.followed:
        return {}
    items = _items(case, settings, store, marks, thread)
    found: dict[str, History] = {}
    for each in sorted(case.followed, key=lambda it: -it.age):
        rule = case.rule_of(each)
        before = found.get(rule.id, History(upto=dict(marks)))
        at = case.now - each.age
        upto = _upto(items, at) if rule.when.kind == WhenKind.NEW else {}
        found[rule.id] = History(
            upto={**before.upto, **upto}, acts=(*before.acts, Act(at, _digests(each, items, ids)))
        )
    return found


def _items(
    case: Case, settings: Settings, store: Store, marks: dict[str, int], thread: str
) -> Sequence[Item]:
    known = Connections.load(settings, store, clock=lambda: case.now).looked_at()
    look = Look(thread_id=thread, agent_name=AGENT, now=case.now, marks=marks)
    inboxes = [InboxSource(store, each.name, each.private) for each in known.values()]
    sources: list[ContextSource] = [ForumSource(store), ConversationSource(store), *inboxes]
    return list(collect(sources, look, Memory(), size=1_000_000).walk())


def _digests(followed: Followed, items: Sequence[Item], ids: dict[str, str]) -> dict[str, str]:
    """Return the digests of the items that a rule was followed for, by their keys; of those that are shown."""
    named = {ids[label] for label in followed.items}
    return {item.key: item.digest for item in items if named & {item.key, item.key.removeprefix("forum.")}}


def _upto(items: Sequence[Item], at: datetime) -> dict[str, int]:
    """Return the positions up to which a rule that counts has used up what had come by then."""
    upto: dict[str, int] = {}
    for item in items:
        if item.created_at <= at and not item.own:
            upto[item.mark] = max(item.position, upto.get(item.mark, 0))
    return upto
