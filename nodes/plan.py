"""The plan that a beat follows: what was read from its instructions, as corrected, and what the thread lacks."""

from __future__ import annotations

from dataclasses import dataclass

from sqlmodel import Session

from heartbeat.config import Config
from heartbeat.feed import digest_of
from heartbeat.plan import Plan
from heartbeat.plan.assemble import Assembled, Kept, assemble
from heartbeat.plan.correction import Correction
from heartbeat.plan.lines import Divided, divide
from heartbeat.plan.needs import lacking
from heartbeat.plan.shipped import read_shipped, shipped_path
from heartbeat.store import corrections, plan_readings, reading_claim
from nodes.known import known_of
from nodes.readings import reads_of
from nodes.services import Services

PLAN_SIZE = 16_000
"""Maximum bytes of the feed of a beat that follows a plan: no prompt holds all of it."""


@dataclass(frozen=True)
class BeatPlan:
    """The plan of a thread as a beat follows it.

    ``lacking`` are the ids of the rules that need what the thread has not. ``unread``: there are lines that nothing
    is read from yet. ``problem`` says why the model that reads them could not be asked, if it could not.
    """

    plan: Plan
    lacking: frozenset[str]
    unread: bool
    problem: str | None

    @property
    def is_unread(self) -> bool:
        """Whether nothing is read from the instructions yet, so that there is nothing to follow."""
        return self.unread and not self.plan.rules

    @property
    def digest(self) -> str:
        """A hash of all that decides what is done: it changes with a reading, a correction, or what is lacking."""
        rules = [rule.model_dump(mode="json", exclude={"line"}) for rule in self.plan.rules]
        quiet = [[line.text, line.role] for line in self.plan.quiet]
        return digest_of(rules, quiet, sorted(self.lacking))[:16]


def load_plan(services: Services, thread_id: str, text: str, config: Config) -> BeatPlan:
    """Return the plan of a thread whose instructions have this text; no model is asked."""
    divided = divide(text)
    shipped = read_shipped(shipped_path(services.settings.instructions)).corrections
    found = services.store.read(_found, services, thread_id, divided)
    known = known_of(services, thread_id, config)
    assembled: Assembled = assemble(divided, found.kept, [*shipped, *found.corrections], known)
    plan = assembled.plan
    return BeatPlan(plan, lacking(plan, assembled.known), bool(assembled.unread), found.problem)


@dataclass(frozen=True)
class _Found:
    """What the store keeps of a plan."""

    kept: dict[str, Kept]
    corrections: list[Correction]
    problem: str | None


def _found(session: Session, services: Services, thread_id: str, divided: Divided) -> _Found:
    state = reading_claim.state(session, services.clock())
    found = plan_readings.find(session, divided.read, reads_of(services, state))
    return _Found(
        {line_id: each.kept for line_id, each in found.items()},
        corrections.of(session, thread_id),
        state.problem,
    )
