"""Cooldowns: kinds of actions that a target does not accept before some time."""

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


def with_cooldowns(
    feed: Feed, choice: ActionContext, services: Services, now: datetime, timezone: str
) -> Feed:
    """Add the kinds that are cooling down to the feed, each with a fact for the model.

    The facts change when a cooldown begins or ends, so that the model is asked again.
    """
    cooldowns = choice.capabilities.cooldowns
    if not cooldowns:
        return feed
    waits = services.store.read(actions.cooling, choice.target.name, cooldowns, now)
    facts = [
        f"Not possible now: {kind}. {cooldown_message(choice.target.name, kind, waits, timezone)}"
        for kind in waits
    ]
    return feed.model_copy(update={"waits": waits, "facts": (*feed.facts, *facts)})


def ending_if_cooling(feed: Feed, choice: ActionContext, timezone: str) -> Update:
    """Return the end of a beat if every possible kind of action is cooling down, else an empty update."""
    could = _kinds(feed, choice.capabilities)
    if not could or not set(could) <= set(feed.waits):
        return {}
    first = min(could, key=lambda kind: feed.waits[kind])
    return too_soon(choice.target.name, first, feed.waits, timezone)


def too_soon(target: str, kind: str, waits: Mapping[str, datetime], timezone: str) -> Update:
    """Return the end of a beat whose action is still cooling down."""
    return ending(
        BeatStatus.SKIPPED, cooldown_message(target, kind, waits, timezone), reason=Reason.TARGET_COOLDOWN
    )


def cooldown_message(target: str, kind: str, waits: Mapping[str, datetime], timezone: str) -> str:
    """Return a sentence with the time from which the target accepts the next action of a kind."""
    local = waits[kind].astimezone(parse_zone(timezone))
    return f"The target {target} takes the next {kind} from {local:%Y-%m-%d %H:%M:%S} on ({timezone})."


def _kinds(feed: Feed, capabilities: Capabilities) -> tuple[str, ...]:
    return Offer.of(feed.walk(), capabilities).kinds
