"""Cooldowns: the kinds of actions that a target takes no more of yet."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from heartbeat.capabilities import Capabilities
from heartbeat.draft import Offer
from heartbeat.feed import Feed
from heartbeat.schedule import parse_zone
from heartbeat.store import actions
from heartbeat.vocabulary import BeatStatus, Reason
from nodes.offer import ActionContext
from nodes.services import Services
from nodes.state import Update, ending


def with_waits(feed: Feed, choice: ActionContext, services: Services, now: datetime, timezone: str) -> Feed:
    """Return the feed with the kinds that the target waits with, and a fact about each for the model.

    A fact changes when a cooldown begins or is over, which is a reason to ask the model again.
    """
    cooldowns = choice.capabilities.cooldowns
    if not cooldowns:
        return feed
    waits = services.store.read(actions.cooling, choice.target.name, cooldowns, now)
    facts = [
        f"Not possible now: {kind}. {waiting(choice.target.name, kind, waits, timezone)}" for kind in waits
    ]
    return feed.model_copy(update={"waits": waits, "facts": (*feed.facts, *facts)})


def nothing_but_waits(feed: Feed, choice: ActionContext, timezone: str) -> Update:
    """Return the end of a beat that could do nothing but what the target waits with; else nothing."""
    could = _kinds(feed, choice.capabilities)
    if not could or not set(could) <= set(feed.waits):
        return {}
    first = min(could, key=lambda kind: feed.waits[kind])
    return too_soon(choice.target.name, first, feed.waits, timezone)


def too_soon(target: str, kind: str, waits: Mapping[str, datetime], timezone: str) -> Update:
    """Return the end of a beat whose action comes too soon."""
    return ending(BeatStatus.SKIPPED, waiting(target, kind, waits, timezone), reason=Reason.TARGET_COOLDOWN)


def waiting(target: str, kind: str, waits: Mapping[str, datetime], timezone: str) -> str:
    """Return one sentence that says from when on the target takes the next action of a kind."""
    local = waits[kind].astimezone(parse_zone(timezone))
    return f"The target {target} takes the next {kind} from {local:%Y-%m-%d %H:%M:%S} on ({timezone})."


def _kinds(feed: Feed, capabilities: Capabilities) -> tuple[str, ...]:
    return Offer.of(feed.walk(), capabilities).kinds
