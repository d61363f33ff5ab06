"""Deliveries in every state, brought there by the functions of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session

from heartbeat.capabilities import Capabilities
from heartbeat.draft import Draft
from heartbeat.outgoing import Outgoing, TryResult
from heartbeat.store import Claim, Lease, Outcome, Store, actions, beats, outbox
from heartbeat.store.tables import Delivery
from heartbeat.vocabulary import ActionKind, BeatStatus, DeliveryReason, DeliveryStatus, Trigger, TryEnd

PLAIN = Capabilities()


def queued(store: Store, now: datetime, **values: Any) -> Delivery:
    """Queue a delivery that belongs to no action, of the thread demo unless another is named."""
    return store.write_durably(_queue, now, **values)


def begun(store: Store, row: Delivery, now: datetime) -> outbox.DeliveryClaim:
    """Begin a try of a delivery that is due."""
    return store.write_durably(_begin, row, now, store.lease)


def tried(store: Store, row: Delivery, end: TryEnd, now: datetime, *, said: str = "") -> Delivery:
    """Begin a try of a delivery that is due, and end it."""
    return store.write_durably(_try, row, end, now, store.lease, said=said)


def brought_to(
    store: Store,
    status: DeliveryStatus,
    now: datetime,
    *,
    reason: DeliveryReason | None = None,
    searching: bool = False,
    missed: bool = False,
    **values: Any,
) -> Delivery:
    """Queue a delivery and bring it to a state, in one transaction, so that no deliverer comes between.

    ``searching``: it waits to be looked for at its target. ``missed``: a try has not got through.
    """

    def work(session: Session) -> Delivery:
        row = _queue(session, now, **values)
        match status, reason:
            case DeliveryStatus.PENDING, None if searching:
                return _try(session, row, TryEnd.PERHAPS, now, store.lease, said="no answer", searchable=True)
            case DeliveryStatus.PENDING, None if missed:
                return _try(session, row, TryEnd.NOT_SENT, now, store.lease, said="no route to the host")
            case DeliveryStatus.SENDING, None:
                _begin(session, row, now, store.lease)
            case DeliveryStatus.SENT, None:
                return _try(session, row, TryEnd.SENT, now, store.lease)
            case DeliveryStatus.UNKNOWN, None:
                return _try(session, row, TryEnd.PERHAPS, now, store.lease, said="the connection broke")
            case DeliveryStatus.HELD, None:
                outbox.hold(session, now, thread_id=row.thread_id)
            case DeliveryStatus.FAILED, DeliveryReason.REFUSED:
                return _try(session, row, TryEnd.REFUSED, now, store.lease, said="too long")
            case DeliveryStatus.FAILED, DeliveryReason.CANCELLED:
                return outbox.cancel(session, row.id or 0, now)
        return row

    return store.write_durably(work)


def _queue(
    session: Session, /, now: datetime, *, target: str = "phone", within: int = 3600, **values: Any
) -> Delivery:
    sent = Outgoing.model_validate({"kind": "tell", "text": "Tea is ready.", "thread_id": "demo", **values})
    return outbox.queue(session, sent, target=target, deliver_within=within, now=now)


def _begin(
    session: Session, row: Delivery, now: datetime, lease: Lease, *, searchable: bool = False
) -> outbox.DeliveryClaim:
    held = outbox.claim(
        session, row.id or 0, lease, now, lease_seconds=60, capabilities=PLAIN, searchable=searchable
    )
    assert held is not None
    return held


def _try(
    session: Session,
    row: Delivery,
    end: TryEnd,
    now: datetime,
    lease: Lease,
    *,
    said: str = "",
    searchable: bool = False,
) -> Delivery:
    held = _begin(session, row, now, lease, searchable=searchable)
    result = TryResult(end, said, receipt={"id": "7"} if end == TryEnd.SENT else None)
    return outbox.finish(session, held, result, PLAIN, searchable=searchable, now=now)


def tell(
    store: Store, text: str, now: datetime, *, targets: Sequence[str] = (), thread_id: str = "demo"
) -> int:
    """Let a beat of a thread that exists tell the owner something; return the number of the beat."""
    claim = store.open_beat(thread_id, Trigger.MANUAL, None, now)
    assert isinstance(claim, Claim), claim
    sent = Outgoing(kind=ActionKind.TELL, thread_id=thread_id, beat_id=claim.beat_id, text=text)
    store.write_durably(
        actions.perform_outside,
        claim,
        Draft(kind=ActionKind.TELL, text=text),
        targets=[(name, 3600) for name in targets],
        outgoing=sent,
        now=now,
    )
    store.write(beats.settle, claim, Outcome(BeatStatus.ACTED, f"Told you: {text}"), now)
    return claim.beat_id
