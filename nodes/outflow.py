"""The gate `outflow` in a run: nothing that is private leaves by a target or a model without a person's yes."""

from __future__ import annotations

from heartbeat.config import Config
from heartbeat.outflow import Doors
from heartbeat.targets import made_public
from heartbeat.vocabulary import BeatStatus, Reason
from nodes.services import Services
from nodes.state import Update, ending


def doors_of(services: Services) -> Doors:
    """Return what is private and what is public in the workspace, as it is now."""
    return Doors(services.connections.private_names(), lambda name: made_public(services.targets.get(name)))


def closed_gate(config: Config, services: Services) -> Update:
    """Return the end of a beat whose thread could make public what it sees; an empty update if it cannot."""
    leak = doors_of(services).leak(config)
    if leak is None:
        return {}
    return ending(BeatStatus.SKIPPED, leak.why, reason=Reason.OUTFLOW)
