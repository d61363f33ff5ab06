"""The plan of a thread or of the workspace: look at it, have it read, and correct its lines."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from sqlmodel import Session

from heartbeat.config import Config
from heartbeat.decision_mode import DecisionMode
from heartbeat.errors import InvalidValueError, NotFoundError
from heartbeat.instructions import Condition, mask_secrets, read_document
from heartbeat.plan import LineRole, PlanLine
from heartbeat.plan.assemble import Assembled
from heartbeat.plan.correction import Correction
from heartbeat.plan.lines import divide
from heartbeat.plan.problems import Times
from heartbeat.plan.rule import MESSAGE, PlacedBody
from heartbeat.plan.shipped import Shipped, read_shipped, shipped_path
from heartbeat.plan.view import PlanView, ReadingView, plan_digest, view
from heartbeat.plan.words import DecidedBy
from heartbeat.schedule import parse_zone
from heartbeat.store import corrections, orders, plan_readings, reading_claim, threads
from heartbeat.store.effective import effective, get_defaults
from heartbeat.store.plan_readings import Found
from nodes.line_reader import WAIT, Ended, LineReader, Progress, ignore
from nodes.plan import PlanParts, put_together, read_parts
from nodes.readings import reader_model, reads_of
from nodes.said import load_messages, settle
from nodes.services import Services


@dataclass(frozen=True)
class PlanOf:
    """The plan of a text.

    ``digest`` is that of the text and all its corrections, for an ETag. ``lines`` are those that are read,
    ``messages`` the owner's messages that are, and ``corrections`` all that hold or did hold for them, the shipped
    ones too; ``faults`` are sentences about the file of these. ``assembled`` is what the lines are put together to.
    """

    view: PlanView
    digest: str
    lines: tuple[PlanLine, ...]
    messages: tuple[PlanLine, ...]
    corrections: tuple[Correction, ...]
    assembled: Assembled
    faults: tuple[str, ...]


@dataclass(frozen=True)
class _Loaded:
    """What is read in one transaction."""

    text: str
    config: Config
    parts: PlanParts


def plan_of(services: Services, thread_id: str | None = None, *, text: str | None = None) -> PlanOf:
    """Return the plan of a thread, or of the workspace; with ``text`` that of this text, which is not saved.

    No model is asked: what is not read yet is unread in it.

    Raises:
        NotFoundError: no such thread.
        UnreadableError: HEARTBEAT.md cannot be read.
    """
    loaded = services.store.read(_load, services, thread_id, text)
    parts, config = loaded.parts, loaded.config
    made = put_together(services, thread_id, parts, config)
    shown = view(
        loaded.text,
        made.assembled,
        Times(parse_zone(config.timezone), services.clock(), config.is_active),
        reading=_reading(services, parts, {each.line_id for each in made.corrections}),
        faults=made.faults,
        followed=services.settings.decides_by == DecisionMode.PLAN,
        said=made.said,
    )
    digest = plan_digest(loaded.text, made.corrections)
    return PlanOf(
        shown, digest, parts.divided.read, parts.messages.lines, made.corrections, made.assembled, made.faults
    )


def _load(session: Session, services: Services, thread_id: str | None, text: str | None) -> _Loaded:
    if text is None:
        text = _text(session, services, thread_id)
    overrides = {} if thread_id is None else threads.get(session, thread_id).overrides
    config = effective(get_defaults(session), overrides).config
    return _Loaded(text, config, read_parts(session, services, thread_id, divide(text)))


def _text(session: Session, services: Services, thread_id: str | None) -> str:
    """Return the text that a thread follows: its own, else HEARTBEAT.md; empty where there is no file."""
    own = None if thread_id is None else threads.get(session, thread_id).instructions
    if own is not None:
        return own
    settings = services.settings
    document = read_document(settings.instructions, settings.home)
    return document.content if document is not None else ""


def _shipped(services: Services) -> Shipped:
    return read_shipped(shipped_path(services.settings.instructions))


def _waiting(
    lines: Iterable[PlanLine], found: Mapping[str, Found], corrected: Collection[str]
) -> list[PlanLine]:
    """Return the lines that no correction decides about and that are not read, or are to be read anew."""
    return [
        line
        for line in lines
        if line.id not in corrected and not (line.id in found and found[line.id].is_current)
    ]


def _reading(services: Services, parts: PlanParts, corrected: Collection[str]) -> ReadingView:
    """Return how far the lines are read; one that is being read anew counts as not read.

    A line that a correction decides about needs no reading, so it counts as read.
    """
    of = len(parts.lines)
    read = of - len(_waiting(parts.lines, parts.found, corrected))
    return ReadingView(
        running=parts.state.is_reading and read < of,
        read=read,
        of=of,
        model=reader_model(services.settings),
        problem=parts.state.problem if read < of else None,
    )


async def read_now(
    services: Services,
    thread_id: str | None = None,
    *,
    text: str | None = None,
    on_progress: Callable[[Progress], None] = ignore,
    on_wait: Callable[[datetime], None] = ignore,
    reader: LineReader | None = None,
    wait: float = WAIT,
) -> Ended:
    """Have the lines of a plan and the messages of its thread read now, and return how that ended.

    What is kept already is not read again.

    Lines that corrections decide about are left out: no model is needed for them. Where somebody else reads, as a
    process that serves the workspace does, that is waited for; ``on_wait`` is told once until when its lease holds
    at most, unless it renews it.

    Raises:
        NotFoundError: no such thread.
        UnreadableError: HEARTBEAT.md cannot be read.
    """
    reader = reader or LineReader(services)
    shipped = (await asyncio.to_thread(_shipped, services)).corrections
    lines = await asyncio.to_thread(services.store.read, _undecided, services, thread_id, text, shipped)
    has_waited = False
    while True:
        ended = await reader.read_all(lines, at_once=True, on_progress=on_progress)
        if ended != Ended.BUSY:
            if thread_id is not None:
                await asyncio.to_thread(settle, services, thread_id)
            return ended
        state = await asyncio.to_thread(services.store.read, reading_claim.state, services.clock())
        if state.held_until is not None and not has_waited:
            has_waited = True
            on_wait(state.held_until)
        on_progress(await asyncio.to_thread(services.store.read, _progress, services, lines))
        await asyncio.sleep(wait)


def _undecided(
    session: Session,
    services: Services,
    thread_id: str | None,
    text: str | None,
    shipped: Iterable[Correction],
) -> list[PlanLine]:
    """Return the messages of a thread and the lines of a text that no correction decides about."""
    lines = (
        *load_messages(session, thread_id, services.clock()).lines,
        *divide(_text(session, services, thread_id) if text is None else text).read,
    )
    corrected = {each.line_id for each in (*shipped, *corrections.of(session, thread_id))}
    return [line for line in lines if line.id not in corrected]


def _progress(session: Session, services: Services, lines: Sequence[PlanLine]) -> Progress:
    state = reading_claim.state(session, services.clock())
    found = plan_readings.find(session, lines, reads_of(services, state))
    return Progress(sum(each.is_current for each in found.values()), len(lines))


def correct(
    services: Services,
    line_id: str,
    *,
    rules: Iterable[PlacedBody] = (),
    role: LineRole | None = None,
    by: str,
    thread_id: str | None = None,
    condition: Condition | None = None,
) -> PlanOf:
    """Replace what was read from a line, for a thread or the whole workspace, and return the plan as it is then.

    ``by`` is who corrects it. ``condition`` is checked against the digest of the plan.

    Raises:
        NotFoundError: no such thread, or its text has no such line.
        StaleError: the plan was changed since; nothing is saved.
        InvalidValueError: a rule of a line of the text has an end.
        ValidationError: neither rules nor a role are given, or both.
    """
    made = Correction(
        line_id=line_id,
        text="",
        rules=tuple(rules),
        role=role,
        by=by,
        at=services.clock(),
        thread=thread_id,
    )
    shipped = _shipped(services).corrections
    services.store.write(
        partial(_correct, services=services, made=made, condition=condition, shipped=shipped)
    )
    return plan_of(services, thread_id)


def confirm(
    services: Services,
    line_id: str,
    *,
    by: str,
    thread_id: str | None = None,
    condition: Condition | None = None,
) -> PlanOf:
    """Keep what the plan holds of a line as a correction, and return the plan as it is then.

    A line that a correction decides about already stays as it is.

    Raises:
        NotFoundError: no such thread, or nothing is read from such a line.
        StaleError: the plan was changed since; nothing is saved.
    """
    found = plan_of(services, thread_id)
    decided = next((each for each in found.assembled.decided if each.line.id == line_id), None)
    if decided is None:
        raise NotFoundError(
            f'nothing is read yet from a line with the id "{mask_secrets(line_id):.100}"; read it: heartbeat plan'
        )
    if decided.decided_by != DecidedBy.MODEL:
        return found
    rules = [
        PlacedBody(**{name: getattr(rule, name) for name in PlacedBody.model_fields})
        for rule in decided.rules
    ]
    return correct(
        services, line_id, rules=rules, role=decided.role, by=by, thread_id=thread_id, condition=condition
    )


def _correct(
    session: Session,
    services: Services,
    made: Correction,
    condition: Condition | None,
    shipped: Iterable[Correction],
) -> None:
    text = _text(session, services, made.thread)
    messages = load_messages(session, made.thread, services.clock())
    lines = (*messages.lines, *divide(text).read)
    line = next((line for line in lines if line.id == made.line_id), None)
    if line is None:
        raise NotFoundError(
            f'no line of the plan has the id "{mask_secrets(made.line_id):.100}"; look at it again'
        )
    if any(rule.until is not None for rule in made.rules) and not line.id.startswith(MESSAGE):
        raise InvalidValueError(
            "until", "until: a line of the text holds as long as it stands there; allowed: for a message"
        )
    correction = made.model_copy(update={"text": line.text})
    corrections.put(session, correction, text, condition=condition, shipped=shipped)
    _reopen(session, line.id)


def _reopen(session: Session, line_id: str) -> None:
    """Let it be looked at anew whether a corrected message orders a silence that lasts."""
    number = line_id.removeprefix(MESSAGE)
    if number != line_id and number.isdecimal():
        orders.reopen(session, int(number))


def uncorrect(
    services: Services,
    line_id: str,
    *,
    thread_id: str | None = None,
    condition: Condition | None = None,
) -> PlanOf:
    """Take back a correction, so that what was read from the line holds again, and return the plan as it is then.

    One whose line is gone is dismissed so.

    Raises:
        NotFoundError: no such thread or correction.
        StaleError: the plan was changed since; nothing is deleted.
    """
    shipped = _shipped(services).corrections

    def remove(session: Session) -> None:
        text = _text(session, services, thread_id)
        now = services.clock()
        corrections.remove(session, thread_id, line_id, text, now, condition=condition, shipped=shipped)
        _reopen(session, line_id)

    services.store.write(remove)
    return plan_of(services, thread_id)
