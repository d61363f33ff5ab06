"""The inbox: what connections brought, in the order in which it came or changed, and when they are looked at."""

from heartbeat.store.inbox.attention import done, end_snoozes, snooze, snoozes_over, undone, unsnooze
from heartbeat.store.inbox.clock import Pace, realign, realign_items
from heartbeat.store.inbox.looks import (
    DueLooks,
    LookClaim,
    all_looks,
    are_kept,
    ask,
    claim,
    due,
    failed,
    keep,
    look_anew,
    release,
    untold,
)
from heartbeat.store.inbox.news import (
    Crossings,
    Unseen,
    came_due,
    current,
    is_due,
    may_come_due,
    not_over,
    unseen,
)
from heartbeat.store.inbox.pruning import prune
from heartbeat.store.inbox.rows import get, is_due_before, page
from heartbeat.store.inbox.visible import named, takes, visible
from heartbeat.store.inbox.writing import OLD, Written, write

__all__ = [
    "OLD",
    "Crossings",
    "DueLooks",
    "LookClaim",
    "Pace",
    "Unseen",
    "Written",
    "all_looks",
    "are_kept",
    "ask",
    "came_due",
    "claim",
    "current",
    "done",
    "due",
    "end_snoozes",
    "failed",
    "get",
    "is_due",
    "is_due_before",
    "keep",
    "look_anew",
    "may_come_due",
    "named",
    "not_over",
    "page",
    "prune",
    "realign",
    "realign_items",
    "release",
    "snooze",
    "snoozes_over",
    "takes",
    "undone",
    "unseen",
    "unsnooze",
    "untold",
    "visible",
    "write",
]
