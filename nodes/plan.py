"""The plan that a beat follows: what was read from its instructions, as corrected, and what the thread lacks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from heartbeat.config import Config
from heartbeat.feed import digest_of
from heartbeat.plan import Plan
from heartbeat.plan.assemble import Assembled, Kept, assemble
from heartbeat.plan.correction import Correction
from heartbeat.plan.lines import Divided, divide
from heartbeat.plan.needs import lacking
from heartbeat.plan.said import Said
from heartbeat.plan.shipped import read_shipped, shipped_path
from heartbeat.schedule import parse_zone
from heartbeat.store import corrections, plan_readings, reading_claim
from nodes.known import known_of
from nodes.readings import reads_of
from nodes.said import Messages, is_of_message, load_messages
from nodes.services import Services

PLAN_SIZE = 16_000
"""Maximum bytes of the feed of a beat that follows a plan: no prompt holds all of it."""


@dataclass(frozen=True)
class BeatPlan:
    """The plan of a thread as a beat follows it.

    ``lacking`` are the ids of the rules that need what the thread has not. ``unread``: there are lines that nothing
    is read from yet. ``problem`` says why the model that reads them could not be asked, if it could not. ``said`` is
    what the owner says in the conversation; the rules of it come first in ``plan``.
    """

    plan: Plan
    lacking: frozenset[str]
    unread: bool
    problem: str | None
    said: Said

    @property
    def is_unread(self) -> bool:
        """Whether nothing is read from the instructions yet, so that there is nothing to follow."""
        return self.unread and all(rule.is_order for rule in self.plan.rules)

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
    now = services.clock()
    found = services.store.read(_found, services, thread_id, divided, now)
    known = known_of(services, thread_id, config)
    lines = [each for each in found.corrections if not is_of_message(each)]
    assembled: Assembled = assemble(divided, found.kept, [*shipped, *lines], known)
    zone = parse_zone(config.timezone)
    said = found.messages.said(found.kept, found.corrections, assembled.known, zone)
    plan = said.before(assembled.plan)
    return BeatPlan(plan, lacking(plan, assembled.known), bool(assembled.unread), found.problem, said)


@dataclass(frozen=True)
class _Found:
    """What the store keeps of a plan."""

    kept: dict[str, Kept]
    messages: Messages
    corrections: list[Correction]
    problem: str | None


def _found(session: Session, services: Services, thread_id: str, divided: Divided, now: datetime) -> _Found:
    state = reading_claim.state(session, now)
    messages = load_messages(session, thread_id, now)
    found = plan_readings.find(session, [*divided.read, *messages.lines], reads_of(services, state))
    return _Found(
        {line_id: each.kept for line_id, each in found.items()},
        messages,
        corrections.of(session, thread_id),
        state.problem,
    )
