"""What stands in for the graph: a beat that takes its time, renews its lease, and ends as it is told."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from langgraph.errors import GraphDrained
from langgraph.runtime import RunControl
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from heartbeat.draft import Draft
from heartbeat.store import Claim, Outcome, actions, approvals, beats, claims, waiting
from heartbeat.store.outset import Outset
from heartbeat.store.views import BeatView
from heartbeat.vocabulary import ActionStatus, BeatStatus, Reason, Trigger
from heartbeat_service.runner import OnStep, Runner, ignore

if TYPE_CHECKING:
    from tests.integration.simulation.process import Process
    from tests.integration.simulation.run import Simulation


PLACES = ("here", "there")
"""The targets for which a beat may ask."""


@dataclass(frozen=True)
class Fate:
    """How a beat will go: seconds it works, and the word for how it ends."""

    end: str
    seconds: float


@dataclass(eq=False)
class Run:
    """A run that is under way; a ``stalled`` one does nothing and does not know what it has lost."""

    thread_id: str
    scheduled: bool
    claim: Claim
    process: Process
    stalled: bool = False
    answer: str | None = None
    """What a person said to it: it runs beside other beats of its thread."""


@dataclass(frozen=True)
class StandIn(Runner):
    """The real runner with something else than a graph."""

    simulation: Simulation
    process: Process

    async def go_on(
        self,
        thread_id: str,
        claim: Claim,
        *,
        on_step: OnStep = ignore,
        control: RunControl | None = None,
        begun: Outset | None = None,
    ) -> BeatView:
        row = await asyncio.to_thread(self.services.store.read, beats.held, claim)
        if row.status != BeatStatus.RUNNING:
            return cast("BeatView", None)
        run = Run(thread_id, row.trigger == Trigger.SCHEDULED, claim, self.process)
        run.answer = approvals.answer_on(row).answer if row.approval else None
        with self.simulation.referee.running(run):
            await self._live(run, self.simulation.fate(run), control)
        return cast("BeatView", None)

    async def forget(self, thread_id: str, beat_id: int | None = None) -> None:
        """There is no graph, so no checkpoint of a removed thread is left behind."""

    async def _live(self, run: Run, fate: Fate, control: RunControl | None) -> None:
        if fate.end == "stalls":
            run.stalled = True
            await asyncio.sleep(fate.seconds)
        else:
            for _ in range(2):
                if control is not None and control.drain_requested:
                    raise GraphDrained(control.drain_reason or "")
                await self._work(run, fate.seconds / 2)
        if fate.end == "raises":
            raise RuntimeError("a beat broke")
        store, clock, claim = self.services.store, self.services.clock, run.claim
        end = fate.end
        if run.answer is not None:
            end = "acted" if run.answer == "approve" else "rejected/rejected"
        if end == "asks":
            await asyncio.to_thread(store.write, _ask, claim, clock(), self.simulation.patience)
            return
        status, _, reason = end.partition("/")
        has_acted = claim.beat_id in self.simulation.referee.actions
        if status in {"acted", "stalls"} or has_acted:
            status, reason = "acted", ""
            try:
                await asyncio.to_thread(store.write, _act, claim, clock())
            except DBAPIError:
                status, reason = "failed", "database"
            run.stalled = False
        outcome = Outcome(BeatStatus(status), "As it was told.", Reason(reason) if reason else None)
        await asyncio.to_thread(store.write, beats.settle, claim, outcome, clock())

    async def _work(self, run: Run, seconds: float) -> None:
        store, clock = self.services.store, self.services.clock
        while seconds > 0:
            rest = min(seconds, store.lease.seconds / 3)
            await asyncio.sleep(rest)
            seconds -= rest
            if seconds > 0:
                with suppress(DBAPIError):
                    await asyncio.to_thread(store.write, claims.renew, run.claim, store.lease, clock())


def _act(session: Session, claim: Claim, now: Any) -> None:
    draft = Draft(kind="post", board="general", title="A beat", content=str(claim.beat_id))
    actions.perform(
        session,
        claim,
        draft,
        target="none",
        apply=lambda *_: {"id": claim.beat_id},
        status=ActionStatus.SENT,
        now=now,
    )


def _ask(session: Session, claim: Claim, now: Any, patience: Any) -> None:
    """Wait for approval apart from the thread, unless another waits at the same place already."""
    thread_id, place = beats.held(session, claim).thread_id, PLACES[claim.beat_id % len(PLACES)]
    if waiting.at_place(session, thread_id, place) is not None:
        beats.settle(session, claim, Outcome(BeatStatus.NONE, "One waits.", Reason.AWAITING_APPROVAL), now)
        return
    draft = {"kind": "post", "target": place}
    approvals.ask(session, claim, draft, expires_at=now + patience, summary="May I?", now=now, in_place=False)
