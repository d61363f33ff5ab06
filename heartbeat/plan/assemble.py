"""Assemble the plan of a text: its lines with what was read from them, what people corrected, and what there is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from heartbeat.plan.correction import Correction
from heartbeat.plan.lines import Divided
from heartbeat.plan.names import place
from heartbeat.plan.needs import Known
from heartbeat.plan.reading import PlanLine, Reading
from heartbeat.plan.rule import PlacedBody, Plan, QuietLine, Rule
from heartbeat.plan.words import DecidedBy, LineRole


@dataclass(frozen=True)
class Kept:
    """What is kept of reading a line: the reading and when it was made, or None where reading it failed twice.

    ``replied``: the model gave some reply about it.
    """

    reading: Reading | None
    read_at: datetime
    replied: bool = True

    @property
    def failed(self) -> bool:
        """Whether the line counts as read without a rule, since reading it failed twice."""
        return self.reading is None


@dataclass(frozen=True)
class Decided:
    """A line of which it is known what it asks for: its rules, or its role.

    ``by`` is the person who corrected it, ``at`` when that was decided, and ``unsure`` whether the model was.
    ``can_take_back``: a person corrected it for the very thread, or the workspace, that the plan is of.
    """

    line: PlanLine
    decided_by: DecidedBy
    at: datetime
    rules: tuple[Rule, ...] = ()
    role: LineRole | None = None
    by: str | None = None
    unsure: bool = False
    can_take_back: bool = False


@dataclass(frozen=True)
class Assembled:
    """The lines of a text in order: decided, unread, and those whose reading failed; and the dropped corrections.

    ``unanswered`` are the ids of the failed ones about which the model gave no reply.
    """

    divided: Divided
    decided: tuple[Decided, ...]
    unread: tuple[PlanLine, ...]
    failed: tuple[PlanLine, ...]
    dropped: tuple[Correction, ...]
    known: Known
    unanswered: frozenset[str] = frozenset()

    @cached_property
    def plan(self) -> Plan:
        """The plan that beats follow."""
        quiet = [
            QuietLine(id=each.line.id, line=each.line.number, text=each.line.text, role=each.role)
            for each in self.decided
            if each.role is not None
        ]
        return Plan(rules=tuple(rule for each in self.decided for rule in each.rules), quiet=tuple(quiet))


def assemble(
    divided: Divided, readings: Mapping[str, Kept], corrections: Iterable[Correction], known: Known
) -> Assembled:
    """Return the plan of the lines of a text.

    ``readings`` are by id of the line. Of the ``corrections`` of a line that of the thread wins over the workspace's,
    and a person's over the file's; the corrections of other threads must not be among them. Boards and connections
    that ``known`` holds are found in the words of lines that the model read. Of the corrections without a line only
    those of the same thread, or of the workspace where ``known`` is of none, are named; those of the file only where
    the text has lines, since they hold for the texts of threads too. The tasks of ``known`` are those of the text.
    """
    given = list(corrections)
    known = replace(known, tasks=divided.tasks)
    chosen = nearest(given)
    decided, unread, failed = [], [], []
    for line in divided.read:
        kept, correction = readings.get(line.id), chosen.get(line.id)
        if correction is not None:
            decided.append(_corrected(line, correction, known.thread))
        elif kept is None:
            unread.append(line)
        elif kept.reading is None:
            failed.append(line)
        else:
            decided.append(_read(line, kept.reading, kept.read_at, known))
    there = {line.id for line in divided.read}
    dropped = [
        each
        for each in given
        if each.line_id not in there and each.thread == known.thread and (each.by is not None or there)
    ]
    unanswered = frozenset(line.id for line in failed if not readings[line.id].replied)
    return Assembled(divided, tuple(decided), tuple(unread), tuple(failed), tuple(dropped), known, unanswered)


def nearest(corrections: Iterable[Correction]) -> dict[str, Correction]:
    """Return for each id of a line the correction that wins."""
    return {each.line_id: each for each in sorted(corrections, key=_rank)}


def decided_by(correction: Correction) -> DecidedBy:
    """Return who decided by a correction: a person, or the file that the workspace ships."""
    return DecidedBy.FILE if correction.by is None else DecidedBy.CORRECTION


def _rank(correction: Correction) -> tuple[bool, bool]:
    return correction.by is not None, correction.thread is not None


def _corrected(line: PlanLine, correction: Correction, thread: str | None) -> Decided:
    return Decided(
        line,
        decided_by(correction),
        correction.at,
        _rules(line, correction.rules, correction.at),
        correction.role,
        correction.by,
        can_take_back=correction.can_take_back(thread),
    )


def _read(line: PlanLine, reading: Reading, read_at: datetime, known: Known) -> Decided:
    placed = [place(body, line.text, known) for body in reading.rules]
    rules = _rules(line, placed, read_at)
    return Decided(line, DecidedBy.MODEL, read_at, rules, reading.role, unsure=reading.unsure)


def _rules(line: PlanLine, bodies: Iterable[PlacedBody], read_at: datetime) -> tuple[Rule, ...]:
    return tuple(
        Rule(**dict(body), id=f"{line.id}-{number}", line=line.number, text=line.text, read_at=read_at)
        for number, body in enumerate(bodies, 1)
    )
