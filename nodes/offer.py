"""What this beat may do: the target of the thread, what it supports, and the items that were shown."""

from __future__ import annotations

from dataclasses import dataclass

from heartbeat.capabilities import Capabilities
from heartbeat.config import Config
from heartbeat.decision import Offer
from heartbeat.errors import NotFoundError
from heartbeat.feed import Feed
from heartbeat.targets import Target
from nodes.services import Services
from nodes.state import BeatState


@dataclass(frozen=True)
class Possible:
    """A target with its capabilities, and what it offers for the items of this beat."""

    target: Target
    capabilities: Capabilities
    offer: Offer


def possible(state: BeatState, services: Services) -> Possible:
    """Return what the beat may do.

    Raises:
        NotFoundError: the thread's target is not configured.
    """
    name = Config.from_dict(state.get("config") or {}).target
    target = services.targets.get(name)
    if target is None:
        known = ", ".join(services.targets)
        raise NotFoundError(f"target: {name!r} is not configured; allowed: {known}")
    capabilities = services.store.read(target.capabilities)
    items = Feed.model_validate(state.get("feed") or {}).walk()
    return Possible(target, capabilities, Offer.of(items, capabilities))
