"""What the owner says in the conversation of a thread: loaded with the plan, settled, and lifted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

from sqlmodel import Session

from heartbeat.plan import PlanLine
from heartbeat.plan.assemble import Kept
from heartbeat.plan.correction import Correction
from heartbeat.plan.needs import Known
from heartbeat.plan.rule import MESSAGE
from heartbeat.plan.said import OwnerMessage, Said, assemble_said
from heartbeat.plan.times import ORDER_LASTS
from heartbeat.schedule import parse_zone
from heartbeat.store import corrections, orders, plan_readings, reading_claim, threads
from heartbeat.store.effective import effective, get_defaults
from nodes.readings import reads_of
from nodes.services import Services


@dataclass(frozen=True)
class Messages:
    """The owner's messages in a thread that may order something, and the newest of all; none without a thread."""

    messages: tuple[OwnerMessage, ...] = ()
    newest: OwnerMessage | None = None
    are_more: bool = False

    def hold(self, then: datetime, now: datetime) -> bool:
        """Return whether what was found of the same rows ``then`` would be found now: none has become too old."""
        recent = [each.said_at for each in self.messages if each.said_at > then - ORDER_LASTS]
        return then <= now and not self.are_more and all(at > now - ORDER_LASTS for at in recent)

    @property
    def lines(self) -> tuple[PlanLine, ...]:
        """The messages as they are read."""
        return tuple(each.line for each in self.messages)

    def said(self, kept: dict[str, Kept], given: Iterable[Correction], known: Known, zone: ZoneInfo) -> Said:
        """Return what they ask for."""
        return assemble_said(
            self.messages, kept, given, known, zone, newest=self.newest, are_more=self.are_more
        )


def load_messages(session: Session, thread_id: str | None, now: datetime) -> Messages:
    """Return the messages of a thread; of none for the workspace."""
    if thread_id is None:
        return Messages()
    return Messages(
        tuple(orders.of_thread(session, thread_id, now)),
        orders.newest(session, thread_id),
        orders.are_more(session, thread_id, now),
    )


def is_of_message(correction: Correction) -> bool:
    """Return whether a correction is about a message of the owner."""
    return correction.line_id.startswith(MESSAGE)


def settle(services: Services, thread_id: str) -> Said:
    """Note which of a thread's messages are known to order no silence that lasts, and return what they ask for.

    Raises:
        NotFoundError: no such thread.
    """
    now = services.clock()
    said = services.store.read(_load, services, thread_id, now)
    known = {each.message.number: said.is_settled(each, now) for each in said.messages}
    changed = {
        each.message.number for each in said.messages if each.message.settled != known[each.message.number]
    }
    if changed:
        settled = {number for number in changed if known[number]}
        services.store.write(orders.settle, settled, changed - settled)
    return said


def _load(session: Session, services: Services, thread_id: str, now: datetime) -> Said:
    found = load_messages(session, thread_id, now)
    reads = reads_of(services, reading_claim.state(session, now))
    config = effective(get_defaults(session), threads.get(session, thread_id).overrides).config
    kept = {line_id: each.kept for line_id, each in plan_readings.find(session, found.lines, reads).items()}
    # Whether there is a silence, and until when, depends on nothing that the thread sees.
    return found.said(kept, corrections.of(session, thread_id), Known(), parse_zone(config.timezone))


def lift(services: Services, thread_id: str, number: int, *, by: str) -> None:
    """End what a message of the owner orders, as a click does.

    Raises:
        NotFoundError: no such thread, or it has no such message of its owner.
    """
    services.store.write(partial(orders.lift, by=by, now=services.clock()), thread_id, number)
    settle(services, thread_id)


def put_back(services: Services, thread_id: str, number: int) -> None:
    """Let what a message of the owner orders hold again, as far as it has not ended otherwise.

    Raises:
        NotFoundError: no such thread, or it has no such message of its owner.
    """
    services.store.write(partial(orders.restore, now=services.clock()), thread_id, number)
    settle(services, thread_id)
