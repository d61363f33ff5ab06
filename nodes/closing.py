"""The end of a beat: worked out before the transaction that writes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from sqlmodel import Session

from heartbeat.instructions import mask_secrets
from heartbeat.remember import End, next_memory
from heartbeat.store import Outcome, beats, views
from heartbeat.store.tables import Action, Thread
from heartbeat.store.views import Closed
from heartbeat.vocabulary import BeatStatus, Reason
from nodes.instants import EndOfPlan, end_of_plan
from nodes.services import Services
from nodes.view import StateView


@dataclass(frozen=True)
class Closing:
    """What a beat leaves behind when it ends: the memory of its thread, and when that is woken next.

    ``kept`` are other columns of its row, and ``plan`` is None where it did not come as far as its instructions.
    """

    beat: StateView
    memory: Mapping[str, Any] | None
    plan: EndOfPlan | None
    kept: Mapping[str, Any]

    @classmethod
    def of(
        cls,
        beat: StateView,
        services: Services,
        status: BeatStatus,
        reason: Reason | None,
        now: datetime,
        path: Sequence[str],
    ) -> Self:
        """Return what a beat leaves behind that ends so; ``path`` are the nodes that have finished by then."""
        memory = next_memory(beat, End(beat.claim.beat_id, status, reason), beat.memory, now)
        return cls(
            beat,
            memory.to_dict() if memory is not beat.memory else None,
            end_of_plan(beat, services, status, reason),
            {
                "problems": [mask_secrets(problem) for problem in beat.problems],
                "action": beat.state.get("draft"),
                "path": path,
                "looked_at": beat.feed.looked_at,
                "instructions_sha256": beat.instructions.sha256 or None,
            },
        )

    def write(
        self,
        session: Session,
        thread: Thread,
        outcome: Outcome,
        now: datetime,
        done: Sequence[Action] | None = None,
    ) -> Closed:
        """Write the outcome and all else; of a settled beat the row stays as it is.

        ``done`` are its actions if they are known.

        Raises:
            NotFoundError: no such beat.
            FenceLostError: the beat was claimed again since, and is not settled.
        """
        row = beats.settle(session, self.beat.claim, outcome, now, memory=self.memory, done=done, **self.kept)
        if self.plan is not None:
            self.plan.follow(session, thread, now)
        return Closed(row, views.detail_of(session, row, done))

    def write_alone(self, session: Session, outcome: Outcome, now: datetime) -> Closed:
        """Write as `write` does, in a transaction that has read nothing yet."""
        # The row is held here too, since the session keeps none that nobody holds.
        row, thread = beats.with_thread(session, self.beat.claim.beat_id)
        closed = self.write(session, thread, outcome, now)
        assert closed.row is row  # noqa: S101 - one session has one object of a row
        return closed
