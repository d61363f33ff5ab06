"""Deliver what a world has queued for targets outside, when a test says so."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from heartbeat.store import outbox
from heartbeat.store.tables import Delivery
from heartbeat.vocabulary import OPEN_DELIVERIES
from heartbeat_service.deliverer import Deliverer, targets_outside
from tests.support.world import World


def deliver(world: World) -> Sequence[Delivery]:
    """Try once what is due, as a serving process does, and return what was open as it is then, oldest first."""
    rows = [row for row in world.store.read(outbox.page, limit=200) if row.status in OPEN_DELIVERIES][::-1]
    deliverer = Deliverer(world.services, lambda: targets_outside(world.services))
    return asyncio.run(deliverer.deliver_now([row.id or 0 for row in rows]))
