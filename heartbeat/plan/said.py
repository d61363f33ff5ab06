"""What the owner says in the conversation of a thread, as rules of its plan: each message is a line of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from heartbeat.history import History
from heartbeat.instructions.line import LENGTH_LIMIT
from heartbeat.instructions.secrets import mask_secrets, masked_line
from heartbeat.plan.assemble import Decided, Kept, decided_by, nearest
from heartbeat.plan.correction import Correction
from heartbeat.plan.evaluate import is_over
from heartbeat.plan.names import place
from heartbeat.plan.needs import Known
from heartbeat.plan.problems import Problem
from heartbeat.plan.reading import PlanLine, Reading
from heartbeat.plan.rule import MESSAGE, PlacedBody, Plan, QuietLine, Rule, Until
from heartbeat.plan.until import until_of
from heartbeat.plan.words import DecidedBy
from heartbeat.text import truncate

_SHOWN = 80
"""Maximum characters of a message that is quoted."""
HEADING = "The owner says"
"""What stands above each message where it is read."""


@dataclass(frozen=True)
class OwnerMessage:
    """A message of the owner as it is kept.

    ``lifted_at`` is when what it orders was ended by hand, and ``lifted_by`` by whom. ``settled``: it was known
    before to order no silence that lasts.
    """

    number: int
    content: str
    said_at: datetime
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    settled: bool = False

    @property
    def line(self) -> PlanLine:
        """The message as it is read: with secrets masked, and cut."""
        return PlanLine(
            id=line_id(self.number),
            number=self.number,
            text=truncate(_folded(self.content), LENGTH_LIMIT),
            above=(HEADING,),
            said_at=self.said_at,
        )

    @property
    def is_cut(self) -> bool:
        """Whether it is too long to be read whole, so that only its beginning is."""
        return len(_folded(self.content)) > LENGTH_LIMIT


def _folded(content: str) -> str:
    # Masked before it is put on one line: a secret may span several.
    return masked_line(mask_secrets(content))


def line_id(number: int) -> str:
    """Return the id of a message among the lines of a plan."""
    return f"{MESSAGE}{number}"


@dataclass(frozen=True)
class SaidMessage:
    """A message with what it asks for; ``decided`` is None while it is unread, or where it ``failed`` twice.

    ``replied``: the model gave some reply about it.
    """

    message: OwnerMessage
    line: PlanLine
    decided: Decided | None = None
    failed: bool = False
    replied: bool = True

    @property
    def is_unread(self) -> bool:
        """Whether it has to be read before anything is done; not once it is lifted."""
        return self.decided is None and not self.failed and self.message.lifted_at is None


@dataclass(frozen=True)
class Said:
    """What the owner says in a thread's conversation, the oldest message first.

    ``last`` is the number of the owner's newest message, and ``wrote_at`` when it was written. ``histories`` are what
    is known of the rules from earlier beats. ``are_more``: older ones of the last days are not among them.
    """

    messages: Sequence[SaidMessage] = ()
    last: int | None = None
    wrote_at: datetime | None = None
    histories: Mapping[str, History] = field(default_factory=dict)
    are_more: bool = False

    @property
    def decided(self) -> Iterator[Decided]:
        """The messages of which it is known what they ask for."""
        return (each.decided for each in self.messages if each.decided is not None)

    @property
    def unread(self) -> tuple[PlanLine, ...]:
        """The messages that are not read yet."""
        return tuple(each.line for each in self.messages if each.is_unread)

    @property
    def stops(self) -> PlanLine | None:
        """The message that stops every act but telling, since reading it failed.

        It does until the owner lifts it or writes again.
        """
        for each in self.messages:
            if each.failed and each.message.number == self.last and each.message.lifted_at is None:
                return each.line
        return None

    def is_over(self, rule: Rule, now: datetime) -> bool:
        """Return whether an order has ended."""
        return is_over(rule, now, self.wrote_at, self.histories.get(rule.id, History()))

    def is_settled(self, said: SaidMessage, now: datetime) -> bool:
        """Return whether a message holds no silence that lasts, so that it needs no look once it is old."""
        if said.decided is None:
            return said.failed and said.message.number != self.last
        return all(not rule.is_silence or self.is_over(rule, now) for rule in said.decided.rules)

    def before(self, plan: Plan) -> Plan:
        """Return a plan with the rules of messages before those of its lines."""
        rules = [rule for decided in self.decided for rule in decided.rules]
        quiet = [
            QuietLine(id=each.line.id, line=each.line.number, text=each.line.text, role=each.role)
            for each in self.decided
            if each.role is not None
        ]
        return Plan(rules=(*rules, *plan.rules), quiet=(*quiet, *plan.quiet))


def assemble_said(
    messages: Iterable[OwnerMessage],
    readings: Mapping[str, Kept],
    corrections: Iterable[Correction],
    known: Known,
    zone: tzinfo,
    *,
    newest: OwnerMessage | None = None,
    histories: Mapping[str, History] | None = None,
    are_more: bool = False,
) -> Said:
    """Return what messages ask for, the oldest first.

    ``readings`` and ``corrections`` are by id of the line, as for the lines of a text. ``newest`` is the owner's
    newest message, which need not be among them. The rest is as in `Said`.
    """
    chosen = nearest(corrections)
    found = []
    for message in sorted(messages, key=lambda each: each.number):
        line = message.line
        kept, correction = readings.get(line.id), chosen.get(line.id)
        if correction is not None:
            found.append(SaidMessage(message, line, _corrected(message, line, correction, known.thread)))
        elif kept is None or kept.reading is None:
            replied = kept is None or kept.replied
            found.append(SaidMessage(message, line, failed=kept is not None, replied=replied))
        else:
            found.append(SaidMessage(message, line, _read(message, line, kept.reading, known, zone)))
    last = newest or max((each.message for each in found), key=lambda each: each.number, default=None)
    return Said(
        tuple(found),
        last.number if last is not None else None,
        last.said_at if last is not None else None,
        histories or {},
        are_more,
    )


def _corrected(message: OwnerMessage, line: PlanLine, correction: Correction, thread: str | None) -> Decided:
    return Decided(
        line,
        decided_by(correction),
        correction.at,
        _rules(message, line, correction.rules),
        correction.role,
        correction.by,
        can_take_back=correction.can_take_back(thread),
    )


def _read(message: OwnerMessage, line: PlanLine, reading: Reading, known: Known, zone: tzinfo) -> Decided:
    until = until_of(reading.until, message.said_at, zone) if reading.until is not None else None
    is_silence = any(body.is_silence for body in reading.rules)
    placed = [
        place(body, line.text, known).model_copy(update={"until": until})
        if body.is_silence or not is_silence
        else place(body, line.text, known)
        for body in reading.rules
    ]
    rules = _rules(message, line, placed)
    return Decided(line, DecidedBy.MODEL, message.said_at, rules, reading.role, unsure=reading.unsure)


def _rules(message: OwnerMessage, line: PlanLine, bodies: Iterable[PlacedBody]) -> tuple[Rule, ...]:
    """Return rules that count from when the message was said, whenever it was read."""
    return tuple(
        Rule(
            **{**dict(body), "until": _until(body.until, message.lifted_at)},
            id=f"{line.id}-{number}",
            line=line.number,
            text=line.text,
            read_at=message.said_at,
        )
        for number, body in enumerate(bodies, 1)
    )


def _until(until: Until | None, lifted_at: datetime | None) -> Until | None:
    """Return when an order ends: as it says, or when it was lifted before that."""
    if lifted_at is None:
        return until
    ends = until.instant if until is not None and until.instant is not None else lifted_at
    return Until(instant=min(ends, lifted_at), next_message=until is not None and until.next_message)


def said_problems(said: Said, known: Known) -> Iterator[Problem]:
    """Yield what of the conversation cannot be read or followed; what is over or was said before is no problem."""
    thread = known.thread or "THREAD"
    if (failed := said.stops) is not None:
        quoted = truncate(failed.text, _SHOWN)
        replied = any(each.replied for each in said.messages if each.line.id == failed.id)
        yield Problem(
            None,
            f"The model was asked what message {failed.number} asks for, “{quoted}”, and "
            + ("none of its answers made a rule." if replied else "gave no reply."),
            "Write it in other words in the conversation, or say what it asks for: heartbeat plan correct"
            f" {failed.id} --thread {thread}",
        )
    for each in said.messages:
        number = each.message.number
        if each.message.is_cut and number == said.last:
            yield Problem(
                None,
                f"Of message {number}, which is longer than {LENGTH_LIMIT:,} characters, only the beginning is read.",
                "Write what you ask for in a short message.",
                is_warning=True,
            )
    if said.are_more:
        yield Problem(
            None,
            f"Of the messages of the last days the newest {len(said.messages):,} are read for orders; older ones are"
            " not.",
            "Write again what is still to be done.",
            is_warning=True,
        )
