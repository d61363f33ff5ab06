"""Old rows, put there as beats leave them."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select

from heartbeat.store.retention import Kept, Rows, bites
from heartbeat.store.tables import Action, Beat, Delivery
from heartbeat.vocabulary import ActionKind, ActionStatus, BeatStatus, DeliveryStatus, Trigger
from tests.support.world import World

AGE = timedelta(days=90)
KEPT = Kept(beat_age=AGE, beats=2, delivery_age=AGE, deliveries=1)


@dataclass(frozen=True)
class Past:
    """Writes rows that are as old as a test says, in the thread ``demo``."""

    world: World

    def beat(self, days: float, status: BeatStatus = BeatStatus.SKIPPED, **values: Any) -> int:
        """Add a beat that began and ended so many days ago; a scheduled one, with that time as its slot."""
        at = self.at(days)
        trigger = values.pop("trigger", Trigger.SCHEDULED)
        slot = values.pop("slot", at if trigger == Trigger.SCHEDULED else None)
        times = {"started_at": at, "finished_at": at} | values
        thread = times.pop("thread_id", "demo")
        row = Beat(thread_id=thread, trigger=trigger, slot=slot, status=status, **times)
        return self.added(row)

    def action(self, beat: int, days: float, **values: Any) -> int:
        """Add an action of a beat."""
        given: dict[str, Any] = {
            "key": f"{beat}:{len(values)}",
            "target": "board",
            "kind": ActionKind.VOTE,
            "digest": f"digest of {beat}",
            "status": ActionStatus.SENT,
        } | values
        return self.added(Action(beat_id=beat, thread_id="demo", created_at=self.at(days), **given))

    def delivery(self, days: float, status: DeliveryStatus = DeliveryStatus.SENT, **values: Any) -> int:
        """Add a delivery that ended so many days ago."""
        at = self.at(days)
        given: dict[str, Any] = {
            "key": secrets.token_hex(8),
            "target": "board",
            "kind": "vote",
            "thread_id": "demo",
            "expires_at": at,
            "finished_at": at,
        } | values
        return self.added(Delivery(status=status, created_at=at, **given))

    def at(self, days: float) -> datetime:
        return self.world.clock() - timedelta(days=days)

    def added(self, row: Any) -> int:
        def work(session: Session) -> int:
            session.add(row)
            session.flush()
            return int(row.id)

        return self.world.store.write(work)

    def prune(self, kept: Kept = KEPT) -> Counter[Rows]:
        """Make one pass; return how many rows it deleted."""
        deleted: Counter[Rows] = Counter()
        for bite in bites(self.world.store, kept, self.world.clock, time.perf_counter):
            deleted[bite.rows] += bite.number
        return +deleted

    def beats(self) -> list[int]:
        return self._ids(Beat.id)

    def deliveries(self) -> list[int]:
        return self._ids(Delivery.id)

    def actions(self) -> list[int]:
        return self._ids(Action.id)

    def _ids(self, column: Any) -> list[int]:
        query = select(column).order_by(col(column))
        return self.world.store.read(lambda session: list(session.exec(query)))


@pytest.fixture
def past(world: World) -> Past:
    world.thread()
    return Past(world)
