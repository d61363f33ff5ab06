"""The plan as it is shown: each line with its rules, what they need and lack, and who decided them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from heartbeat.instructions import mask_secrets, sha256_of
from heartbeat.instructions.parse import parse
from heartbeat.plan.assemble import Assembled, Decided
from heartbeat.plan.correction import Correction
from heartbeat.plan.needs import Known, lacks, needs
from heartbeat.plan.problems import Problem, Times, problems
from heartbeat.plan.reading import PlanLine
from heartbeat.plan.rule import Only, Rule, Unless, Until, When
from heartbeat.plan.said import Said, SaidMessage, said_problems
from heartbeat.plan.says import says
from heartbeat.plan.words import About, DecidedBy, Limit, LineRole

_TAKE_BACK = "Whether DELETE takes the correction back: a person made it for this very thread, or workspace."
NOT_FOLLOWED = (
    "Beats do not follow this plan: each reads the lines in its own way, and may read them otherwise. "
    "HEARTBEAT_DECISION=plan lets them follow it."
)
FOLLOWED = "Beats follow this plan."


class _View(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LackView(_View):
    """What a rule lacks, as a sentence, and what to do about it."""

    message: str
    remedy: str


class RuleView(_View):
    """A rule with its line and one sentence that says it; times are in the plan's zone, and minutes of the day."""

    id: str
    line_id: str
    line: int = Field(description="The number of the line in an editor, from 1.")
    text: str = Field(description="The line as written, without its bullet and with secrets masked.")
    says: str
    do: str
    when: When
    about: tuple[About, ...]
    places: tuple[str, ...]
    only: Only
    until: Until | None
    where: str | None
    how: str
    limits: tuple[Limit, ...]
    unless: Unless
    free: bool
    needs: tuple[str, ...]
    lacks: tuple[LackView, ...]
    decided_by: DecidedBy
    by: str | None = Field(description="Who corrected it; None where no person did.")
    at: AwareDatetime | None = Field(description="When it was corrected; None where no person did.")
    can_take_back: bool = Field(description=_TAKE_BACK)
    unsure: bool = Field(description="Whether the model was close to reading something else.")


class QuietView(_View):
    """A line that asks for nothing."""

    line_id: str
    line: int
    text: str
    role: LineRole
    decided_by: DecidedBy
    by: str | None
    at: AwareDatetime | None
    can_take_back: bool = Field(description=_TAKE_BACK)
    unsure: bool


class UnreadView(_View):
    """A line that is not read yet."""

    line_id: str
    line: int
    text: str


class FailedView(_View):
    """A line whose reading failed twice, so that it has no rule."""

    line_id: str
    line: int
    text: str


class ProblemView(_View):
    """What cannot be read or followed, and what to do about it."""

    line: int | None = Field(description="None for what is about no line.")
    message: str
    remedy: str | None
    is_warning: bool = Field(description="Whether the text can be followed all the same.")


class DroppedView(_View):
    """A correction whose line is no longer there."""

    line_id: str = Field(description="The id that its line had.")
    line_text: str
    by: str | None
    at: AwareDatetime
    can_take_back: bool = Field(description=_TAKE_BACK)
    message: str


class OrderView(RuleView):
    """A rule of a message of the owner."""

    over: bool = Field(description="Whether it has ended: done, lifted, past its end, or a week old.")


class SaidView(_View):
    """A message of the owner in the thread's conversation, and what it asks for."""

    message: int = Field(description="The number of the message.")
    line_id: str = Field(description="By which it is corrected, as a line of the text is.")
    said_at: AwareDatetime
    text: str = Field(
        description="With secrets masked, on one line, and cut where it is too long to be read."
    )
    unread: bool
    failed: bool = Field(description="Whether reading it failed twice, so that it has no rule.")
    rules: tuple[OrderView, ...] = ()
    role: LineRole | None = Field(None, description="What it is where it asks for nothing.")
    decided_by: DecidedBy | None = Field(None, description="None while it is unread.")
    by: str | None = Field(None, description="Who corrected it.")
    at: AwareDatetime | None = Field(None, description="When it was corrected.")
    can_take_back: bool = Field(False, description=_TAKE_BACK)
    unsure: bool = Field(False, description="Whether the model was close to reading something else.")
    lifted_at: AwareDatetime | None = Field(description="When its orders were ended by hand.")
    lifted_by: str | None


class ReadingView(_View):
    """How far the lines are read, by which model, and what is in the way."""

    running: bool = False
    read: int = 0
    of: int = 0
    model: str | None = None
    problem: str | None = None


class FollowsView(_View):
    """Whether beats follow the plan, and in one sentence what of it."""

    beats: bool = False
    message: str = NOT_FOLLOWED

    @classmethod
    def of(cls, *, beats: bool) -> Self:
        """Return what is said of whether ``beats`` follow the plan."""
        return cls(beats=beats, message=FOLLOWED if beats else NOT_FOLLOWED)


class PlanView(_View):
    """The plan of a text, for one thread or for the workspace."""

    thread: str | None
    text_digest: str = Field(description="The sha256 of the text.")
    timezone: str
    said: tuple[SaidView, ...] = Field(
        description="What the owner says in the conversation of the thread, the newest first."
    )
    line_ids: tuple[str, ...] = Field(
        description="The ids of the lines that are read, in the order of the text."
    )
    rules: tuple[RuleView, ...]
    quiet: tuple[QuietView, ...]
    unread: tuple[UnreadView, ...]
    failed: tuple[FailedView, ...]
    problems: tuple[ProblemView, ...]
    dropped: tuple[DroppedView, ...]
    reading: ReadingView
    follows: FollowsView = FollowsView()

    @property
    def is_sound(self) -> bool:
        """Whether nothing in it is in the way of following the text; warnings are not."""
        return all(problem.is_warning for problem in self.problems)


def plan_digest(text: str, corrections: Iterable[Correction]) -> str:
    """Return the digest of a plan for an ETag: over its text and all corrections that hold for it."""
    parts = sorted(each.model_dump_json() for each in corrections)
    return hashlib.sha256("\0".join([sha256_of(text), *parts]).encode("utf-8", "replace")).hexdigest()


def view(
    text: str,
    assembled: Assembled,
    times: Times,
    *,
    reading: ReadingView | None = None,
    faults: Iterable[str] = (),
    said: Said | None = None,
    followed: bool = False,
) -> PlanView:
    """Return the plan of a text as it is shown, with what the owner ``said`` in the conversation of its thread.

    ``faults`` are sentences about the file of corrections, ``followed`` is whether beats follow the plan. Without
    ``reading`` the progress is what was assembled.
    """
    said = said or Said()
    found = parse(mask_secrets(text, keep_lines=True))
    timezone = times.zone.key
    every = [
        *(Problem(None, fault) for fault in faults),
        *said_problems(said, assembled.known),
        *problems(assembled, found, times),
    ]
    of = len(assembled.divided.read) + len(said.messages)
    return PlanView(
        thread=assembled.known.thread,
        text_digest=sha256_of(text),
        timezone=timezone,
        said=tuple(_said(each, said, assembled.known, times) for each in reversed(said.messages)),
        line_ids=tuple(line.id for line in assembled.divided.read),
        rules=tuple(
            RuleView(**_rule(rule, decided, assembled.known, timezone))
            for decided in assembled.decided
            for rule in decided.rules
        ),
        quiet=tuple(_quiet(each, each.role) for each in assembled.decided if each.role is not None),
        unread=tuple(UnreadView(**_named(line)) for line in assembled.unread),
        failed=tuple(FailedView(**_named(line)) for line in assembled.failed),
        problems=tuple(ProblemView(**vars(problem)) for problem in every),
        dropped=tuple(_dropped(each, assembled.known.thread) for each in assembled.dropped),
        reading=reading or ReadingView(read=of - len(assembled.unread) - len(said.unread), of=of),
        follows=FollowsView.of(beats=followed),
    )


def _rule(rule: Rule, decided: Decided, known: Known, timezone: str) -> dict[str, Any]:
    """Return what is shown of a rule."""
    shown = {name: getattr(rule, name) for name in RuleView.model_fields if name in Rule.model_fields}
    return {
        **shown,
        "line_id": decided.line.id,
        "says": says(rule, timezone),
        "needs": needs(rule),
        "lacks": tuple(LackView(message=lack.message, remedy=lack.remedy) for lack in lacks(rule, known)),
        "decided_by": decided.decided_by,
        "by": decided.by,
        "at": _corrected_at(decided),
        "can_take_back": decided.can_take_back,
        "unsure": decided.unsure,
    }


def _said(each: SaidMessage, said: Said, known: Known, times: Times) -> SaidView:
    message = each.message
    return SaidView(
        message=message.number,
        line_id=each.line.id,
        said_at=message.said_at,
        text=each.line.text,
        unread=each.is_unread,
        failed=each.failed,
        lifted_at=message.lifted_at,
        lifted_by=message.lifted_by,
        **({} if each.decided is None else _orders(each.decided, said, known, times)),
    )


def _orders(decided: Decided, said: Said, known: Known, times: Times) -> dict[str, Any]:
    """Return what is shown of a message of which it is known what it asks for."""
    rules = (
        OrderView(**_rule(rule, decided, known, times.zone.key), over=said.is_over(rule, times.now))
        for rule in decided.rules
    )
    return {
        "rules": tuple(rules),
        "role": decided.role,
        "decided_by": decided.decided_by,
        "by": decided.by,
        "at": _corrected_at(decided),
        "can_take_back": decided.can_take_back,
        "unsure": decided.unsure,
    }


def _quiet(decided: Decided, role: LineRole) -> QuietView:
    return QuietView(
        line_id=decided.line.id,
        line=decided.line.number,
        text=decided.line.text,
        role=role,
        decided_by=decided.decided_by,
        by=decided.by,
        at=_corrected_at(decided),
        can_take_back=decided.can_take_back,
        unsure=decided.unsure,
    )


def _corrected_at(decided: Decided) -> datetime | None:
    return decided.at if decided.decided_by == DecidedBy.CORRECTION else None


def _named(line: PlanLine) -> dict[str, Any]:
    """Return what is shown of a line that has neither rules nor a role."""
    return {"line_id": line.id, "line": line.number, "text": line.text}


def _dropped(correction: Correction, thread: str | None) -> DroppedView:
    named = f"correction by {correction.by}" if correction.by else "entry of HEARTBEAT.plan.json"
    short = "correction" if correction.by else "entry"
    return DroppedView(
        line_id=correction.line_id,
        line_text=correction.text,
        by=correction.by,
        at=correction.at,
        can_take_back=correction.can_take_back(thread),
        message=f"The line of this {named} is gone or has changed, so the {short} no longer holds.",
    )
