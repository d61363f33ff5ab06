from __future__ import annotations

import pytest

from tests.integration.heartbeat.store.outbox.box import Box
from tests.support.world import World


@pytest.fixture
def box(world: World) -> Box:
    world.thread()
    return Box(world)
