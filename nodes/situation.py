"""The moment at which a beat evaluates its plan: what it sees, what it remembers, and the verdicts that are kept."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from heartbeat import rule_memory
from heartbeat.draft import Offer
from heartbeat.feed import Feed, Item
from heartbeat.followed import Followed
from heartbeat.history import digest_of_line
from heartbeat.memory import Memory
from heartbeat.plan import Situation
from heartbeat.plan.verdict import Verdict
from heartbeat.schedule import parse_zone
from heartbeat.store.tables import Beat
from heartbeat.vocabulary import WakeReason
from heartbeat.wake import wakes_of
from nodes.choice import Acts
from nodes.plan import BeatPlan
from nodes.view import StateView

Verdicts = Mapping[tuple[str, str], Verdict]
"""Answers by question and digest of the item."""


def situation_of(
    beat: StateView, row: Beat, followed: BeatPlan, feed: Feed, verdicts: Verdicts, now: datetime
) -> Situation:
    """Return the situation of a beat that follows a plan."""
    config, memory = beat.config, beat.memory
    return Situation(
        now=now,
        zone=parse_zone(config.timezone),
        items=in_order(feed),
        verdicts=verdicts,
        histories=rule_memory.known(memory.rules, memory.marks, Followed(lines=lines_of(followed))),
        lacking=followed.lacking,
        due_tasks=frozenset(task.name for task in beat.instructions.due),
        is_follow_up=_follows_up(row),
        may_recheck=not memory.asked_within(config.recheck_after, now),
        owner_wrote_at=followed.said.wrote_at,
        is_active=config.is_active,
        make_up=followed.make_up,
    )


def acts_of(followed: BeatPlan, offer: Offer, memory: Memory) -> Acts:
    """Return what a beat can do now; only tell, where the owner's newest message or corrections could not be read."""
    return Acts(offer, memory, tells_only=followed.said.stops is not None or bool(followed.faults))


def lines_of(followed: BeatPlan) -> dict[str, str]:
    """Return the hash of the line of each rule and of what it does, by the rule's id.

    A rule that does something else than before, since it was corrected, begins anew.
    """
    return {
        rule.id: digest_of_line(f"{rule.do} {rule.when.kind} {rule.text}") for rule in followed.plan.rules
    }


def in_order(feed: Feed) -> list[Item]:
    """Return the items of a feed in the order in which they came, with those that there was no room for."""
    return sorted([*feed.walk(), *feed.left_out], key=lambda item: (item.created_at, item.position, item.key))


def _follows_up(row: Beat) -> bool:
    wakes = wakes_of(row.woken_by or ())
    return bool(wakes) and all(wake.reason == WakeReason.FOLLOW_UP for wake in wakes)
