"""Deliver what a beat has queued for targets outside, before its command ends."""

from __future__ import annotations

from functools import partial

from sqlmodel import Session

from heartbeat.store import actions, outbox
from heartbeat.vocabulary import OPEN_DELIVERIES
from heartbeat_service.cli.terminal import say_row
from heartbeat_service.delivered import outcome_of
from heartbeat_service.deliverer import Deliverer, targets_outside
from nodes.services import Services

_LATER = "heartbeat serve goes on with what has not ended"


async def deliver(services: Services, beat_id: int, *, shown: bool) -> None:
    """Try each delivery of a beat once, and show what became of it if ``shown``.

    A serving process on the same database may be faster; then it is not tried here.
    """
    ids = services.store.read(_of_beat, beat_id)
    if not ids:
        return
    rows = await Deliverer(services, partial(targets_outside, services)).deliver_now(ids)
    if shown:
        for row in rows:
            say_row("deliver", f"{row.target}: {outcome_of(row)}", width=17)
        if any(row.status in OPEN_DELIVERIES for row in rows):
            say_row("", _LATER, width=17)


def _of_beat(session: Session, beat_id: int) -> list[int]:
    done = [action.id for action in actions.of_beat(session, beat_id) if action.id is not None]
    found = outbox.of_actions(session, done)
    return [row.id for rows in found.values() for row in rows if row.id is not None]
