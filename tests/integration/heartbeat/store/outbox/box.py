"""The outbox of one test, by hand: what a deliverer does, without one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from heartbeat.capabilities import Capabilities
from heartbeat.draft import Draft
from heartbeat.outgoing import Outgoing, TryResult
from heartbeat.store import Claim, Outcome, actions, beats, outbox
from heartbeat.store.outbox import DeliveryClaim, OutboxLook
from heartbeat.store.tables import Action, Delivery
from heartbeat.vocabulary import BeatStatus, Trigger, TryEnd
from tests.support.world import START, World

LEASE_SECONDS = 60.0


@dataclass
class Box:
    """Deliveries to targets that can all do the same, and are searched or not."""

    world: World
    can: Capabilities | None = field(default_factory=Capabilities)
    searchable: bool = False

    @property
    def now(self) -> datetime:
        return self.world.clock()

    def at(self, seconds: float) -> None:
        """Set the clock to so many seconds after the start."""
        self.world.clock.now = START + timedelta(seconds=seconds)

    def queue(
        self,
        target: str = "phone",
        *,
        thread: str | None = None,
        within: int | None = 86_400,
        kind: str = "tell",
    ) -> int:
        outgoing = Outgoing(kind=kind, thread_id=thread, text="Tea is ready.")
        row = self.world.store.write_durably(
            outbox.queue, outgoing, target=target, deliver_within=within, now=self.now
        )
        return row.id or 0

    def act(self, *targets: str, thread: str = "demo", digest: str | None = None, **draft: Any) -> Action:
        """Let a beat tell something to targets outside, and return its action."""
        store = self.world.store
        claim = store.open_beat(thread, Trigger.MANUAL, None, self.now)
        assert isinstance(claim, Claim)
        given = Draft(**{"kind": "tell", "text": "Tea is ready.", **draft})
        outgoing = Outgoing(kind=given.kind, thread_id=thread, beat_id=claim.beat_id, text=given.text)
        action = store.write_durably(
            actions.perform_outside,
            claim,
            given,
            targets=[(name, 3600) for name in targets],
            outgoing=outgoing,
            now=self.now,
            digest=digest,
        )
        assert action is not None
        self._end_beat(claim)
        return action

    def _end_beat(self, claim: Claim) -> None:
        self.world.store.write(beats.settle, claim, Outcome(BeatStatus.ACTED, "Told."), self.now)

    def claim(self, delivery_id: int) -> DeliveryClaim | None:
        return self.world.store.write_durably(
            outbox.claim,
            delivery_id,
            self.world.store.lease,
            self.now,
            lease_seconds=LEASE_SECONDS,
            capabilities=self.can,
            searchable=self.searchable,
        )

    def begin(self, delivery_id: int) -> DeliveryClaim:
        claim = self.claim(delivery_id)
        assert claim is not None, self.get(delivery_id)
        return claim

    def finish(self, claim: DeliveryClaim, end: TryEnd, said: str = "", **result: Any) -> Delivery:
        return self.world.store.write(
            outbox.finish,
            claim,
            TryResult(end, said, **result),
            self.can or Capabilities(),
            searchable=self.searchable,
            now=self.now,
        )

    def attempt(self, delivery_id: int, end: TryEnd, said: str = "", **result: Any) -> Delivery:
        """Make one try that ends in some way."""
        return self.finish(self.begin(delivery_id), end, said, **result)

    def get(self, delivery_id: int) -> Delivery:
        return self.world.store.read(outbox.get, delivery_id)

    def look(self, limit: int = 100, **options: Any) -> OutboxLook:
        return self.world.store.read(outbox.look, self.now, limit, **options)

    def due(self, **options: Any) -> list[int]:
        return [each.id for each in self.look(**options).due]

    def states(self) -> list[str]:
        """Return status and reason of all deliveries, oldest first."""
        rows = self.world.store.read(outbox.page, limit=100)
        return [f"{row.status}/{row.reason}" if row.reason else str(row.status) for row in reversed(rows)]

    def action(self, row: Action) -> Action:
        [found] = self.world.store.read(actions.of_beat, row.beat_id)
        return found
