"""The plan that a beat follows: what was read from its instructions, as corrected, and what the thread lacks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from sqlmodel import Session

from heartbeat.config import Config
from heartbeat.feed import digest_of
from heartbeat.plan import Plan, PlanLine
from heartbeat.plan.assemble import Assembled, assemble
from heartbeat.plan.correction import Correction
from heartbeat.plan.lines import Divided, divide
from heartbeat.plan.needs import Known, lacking
from heartbeat.plan.said import Said
from heartbeat.plan.shipped import Shipped, read_shipped, shipped_path
from heartbeat.plan.why import why_unread
from heartbeat.schedule import parse_zone
from heartbeat.store import corrections, plan_readings, reading_claim
from heartbeat.store.plan_readings import Found
from heartbeat.store.reading_claim import ReaderState
from nodes.known import known_of, own_kinds
from nodes.readings import reader_model, reads_of
from nodes.said import Messages, is_of_message, load_messages
from nodes.services import Services

TELLS_ONLY = "Until the corrections can be read, nothing is done but to tell."
PLAN_SIZE = 16_000
"""Maximum bytes of the feed of a beat that follows a plan: no prompt holds all of it."""


@dataclass(frozen=True)
class BeatPlan:
    """The plan of a thread as a beat follows it.

    ``lacking`` says what rules need that the thread has not, by id. ``unread`` are the lines that nothing is
    read from yet. ``problem`` says why the model that reads them could not be asked, if it could not. ``said`` is
    what the owner says in the conversation; the rules of it come first in ``plan``. ``make_up`` is how long after an
    instant its rule is due. ``faults`` are sentences about the file of corrections, which hold only in part then.
    """

    plan: Plan
    lacking: Mapping[str, str]
    unread: tuple[PlanLine, ...]
    problem: str | None
    said: Said
    make_up: timedelta
    faults: tuple[str, ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What keeps a beat from following all that its owner says, in sentences."""
        faulty = (*self.faults, TELLS_ONLY) if self.faults else ()
        unread = (why_unread([line.number for line in self.unread]),) if self.unread else ()
        return (*faulty, *unread)

    @property
    def is_unread(self) -> bool:
        """Whether nothing is read from the instructions yet, so that there is nothing to follow."""
        return bool(self.unread) and all(rule.is_order for rule in self.plan.rules)

    @property
    def unread_tasks(self) -> frozenset[str]:
        """The names of the tasks whose lines are not read yet."""
        return frozenset(line.task for line in self.unread if line.task is not None)

    @property
    def digest(self) -> str:
        """A hash of all that decides what is done: it changes with a reading, a correction, or what is lacking."""
        rules = [rule.model_dump(mode="json", exclude={"line"}) for rule in self.plan.rules]
        quiet = [[line.text, line.role] for line in self.plan.quiet]
        return digest_of(rules, quiet, sorted(self.lacking))[:16]


@dataclass(frozen=True, eq=False)
class PlanParts:
    """What the store keeps of the plan of a text, read in one transaction; ``found`` has readings by line id.

    ``read_at`` is when, and ``made`` the plan that was put together of it last.
    """

    divided: Divided
    messages: Messages
    found: dict[str, Found]
    corrections: list[Correction]
    state: ReaderState
    read_at: datetime
    made: list[_Made] = field(default_factory=list, repr=False)

    def holds_at(self, now: datetime) -> bool:
        """Return whether the same would be read now of the same rows."""
        return self.state.held_until is None and self.messages.hold(self.read_at, now)

    @property
    def lines(self) -> tuple[PlanLine, ...]:
        """All that is read: the lines of the text, and messages."""
        return (*self.divided.read, *self.messages.lines)


def read_parts(session: Session, services: Services, thread_id: str | None, divided: Divided) -> PlanParts:
    """Return what the store keeps of the plan of a thread, or of the workspace, whose text is divided so."""
    now = services.clock()
    state, messages = reading_claim.state(session, now), load_messages(session, thread_id, now)
    lines = (*divided.read, *messages.lines)
    found = plan_readings.find(session, lines, reads_of(services, state))
    return PlanParts(divided, messages, found, corrections.of(session, thread_id), state, now)


class _Made(NamedTuple):
    """A plan, and what it was put together of besides its parts."""

    shipped: Shipped
    known: Known
    timezone: str
    put_together: PutTogether


@dataclass(frozen=True)
class PutTogether:
    """The plan of a text: that of its lines, and what the owner says in the conversation.

    ``corrections`` are all that hold or did hold, the shipped ones too, and ``faults`` sentences about their file.
    """

    assembled: Assembled
    said: Said
    corrections: tuple[Correction, ...]
    faults: tuple[str, ...]


def put_together(services: Services, thread_id: str | None, parts: PlanParts, config: Config) -> PutTogether:
    """Return the plan of these parts: what beats follow, and what the owner is shown."""
    shipped = read_shipped(shipped_path(services.settings.instructions))
    known = known_of(services, thread_id, config)
    for made in parts.made:
        if (made.shipped, made.known, made.timezone) == (shipped, known, config.timezone):
            return made.put_together
    found = _put_together(parts, shipped, known, config.timezone)
    parts.made[:] = [_Made(shipped, known, config.timezone, found)]
    return found


def _put_together(parts: PlanParts, shipped: Shipped, known: Known, timezone: str) -> PutTogether:
    every = (*shipped.corrections, *parts.corrections)
    kept = {line_id: each.kept for line_id, each in parts.found.items()}
    of_lines = [each for each in every if not is_of_message(each)]
    assembled = assemble(parts.divided, kept, of_lines, known)
    said = parts.messages.said(kept, every, known, parse_zone(timezone))
    return PutTogether(assembled, said, every, tuple(shipped.faults))


@lru_cache(maxsize=256)
def _divide(text: str) -> Divided:
    return divide(text)


def load_plan(services: Services, thread_id: str, text: str, config: Config) -> BeatPlan:
    """Return the plan of a thread whose instructions have this text; no model is asked."""
    now, divided = services.clock(), _divide(text)
    parts = services.store.shared(
        read_parts,
        services,
        thread_id,
        divided,
        by=(thread_id, divided, reader_model(services.settings), own_kinds(services)),
        holds=lambda kept: kept.holds_at(now),
    )
    made = put_together(services, thread_id, parts, config)
    plan = made.said.before(made.assembled.plan)
    lacks = lacking(plan, made.assembled.known)
    make_up = timedelta(seconds=services.settings.make_up_seconds)
    return BeatPlan(plan, lacks, made.assembled.unread, parts.state.problem, made.said, make_up, made.faults)
