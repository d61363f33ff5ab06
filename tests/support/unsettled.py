"""Rows as earlier versions may have left them: those wrote the outcome of an action after the action."""

from __future__ import annotations

from sqlmodel import Session

from heartbeat.store import beats
from heartbeat.store.tables import Beat
from heartbeat.vocabulary import BeatStatus
from tests.support.world import World


def unsettle(world: World, beat_id: int = 1) -> Beat:
    """Take the outcome from a beat that has acted, as if its process had died before it wrote that."""

    def put(session: Session) -> Beat:
        row = beats.get(session, beat_id)
        assert (row.status, row.action is not None) == (BeatStatus.ACTED, True)
        row.status, row.summary, row.memory = BeatStatus.RUNNING, "", None
        row.finished_at = row.duration_seconds = None
        row.path = [name for name in row.path or () if name != "settle"]
        row.lease_owner, row.lease_until = world.store.lease.owner, world.store.lease.until(world.clock())
        return row

    return world.store.write(put)
