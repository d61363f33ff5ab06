"""What looks at connections bring, without a connection."""

from __future__ import annotations

from collections.abc import Iterable

from heartbeat.fetching import FetchedItem, FetchResult
from heartbeat.store import inbox
from tests.support.world import World


def bring(
    world: World,
    items: Iterable[FetchedItem],
    name: str = "news",
    *,
    private: bool = False,
    whole: bool = False,
) -> None:
    """Let a look at a connection show these items; ``whole``: and nothing else."""
    known = {row.name: row.private for row in world.store.read(inbox.all_looks).values() if row.used}
    world.store.write(inbox.keep, {**known, name: private}, world.clock())
    world.store.write(inbox.ask, name, world.clock())
    claim = world.store.write(inbox.claim, name, "here", world.store.lease, world.clock(), seconds=60)
    assert claim is not None
    result = FetchResult(tuple(items), is_whole=whole)
    world.store.write(inbox.write, claim, result, world.clock(), every=1_800, oldest=None)
