"""Instants of a thread's plan after a beat: which are over, and when the thread is to be woken next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from heartbeat.decision_mode import DecisionMode
from heartbeat.plan.instants import TimedRule, timed_rules
from heartbeat.store import threads, wakes
from heartbeat.store.tables import Thread
from heartbeat.vocabulary import FAULTS, BeatStatus, Reason
from nodes.plan import load_plan
from nodes.services import Services
from nodes.view import StateView

_WITHOUT_TEXT = frozenset({Reason.NO_INSTRUCTIONS, Reason.EMPTY_INSTRUCTIONS})


@dataclass(frozen=True)
class EndOfPlan:
    """What the end of a beat says of instants: ``rules`` are those of its plan that have some.

    ``evaluated_at`` is when the beat evaluated its plan, None if it could not, and ``left`` the ids of the rules that
    are due and were not followed.
    """

    rules: Sequence[TimedRule] = ()
    evaluated_at: datetime | None = None
    left: Sequence[str] = ()

    def follow(self, session: Session, thread: Thread, now: datetime) -> None:
        """Wake the thread at the next of its instants."""
        if not self.rules and not thread.instants:
            return  # neither are there instants now, nor were there any
        config = threads.config(session, thread)
        wakes.follow_plan(
            session, thread, config, self.rules, now, evaluated_at=self.evaluated_at, left=self.left
        )


def end_of_plan(
    beat: StateView, services: Services, status: BeatStatus, reason: Reason | None
) -> EndOfPlan | None:
    """Return what a beat that ends so says of instants; None where it did not come as far as its instructions."""
    if services.settings.decides_by != DecisionMode.PLAN or reason in _WITHOUT_TEXT:
        return EndOfPlan()
    if not beat.instructions.text:
        return None
    plan = load_plan(services, beat.thread_id, beat.instructions.text, beat.config)
    rules = timed_rules(plan.plan, plan.lacking, plan.make_up)
    followed = beat.followed
    if status in FAULTS or (followed is None and reason != Reason.UNCHANGED):
        return EndOfPlan(rules)
    return EndOfPlan(rules, beat.feed.looked_at, () if followed is None else followed.due)
