"""Deliveries in every state, brought there by the functions of the outbox."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from heartbeat.capabilities import Capabilities
from heartbeat.draft import Draft
from heartbeat.outgoing import Outgoing, TryResult
from heartbeat.store import Claim, Outcome, Store, actions, beats, outbox
from heartbeat.store.tables import Delivery
from heartbeat.vocabulary import ActionKind, BeatStatus, DeliveryReason, DeliveryStatus, Trigger, TryEnd

PLAIN = Capabilities()


def queued(
    store: Store, now: datetime, *, target: str = "phone", within: int = 3600, **values: object
) -> Delivery:
    """Queue a delivery that belongs to no action, of the thread demo unless another is named."""
    sent = Outgoing.model_validate({"kind": "tell", "text": "Tea is ready.", "thread_id": "demo", **values})
    return store.write_durably(outbox.queue, sent, target=target, deliver_within=within, now=now)


def begun(store: Store, row: Delivery, now: datetime, *, searchable: bool = False) -> outbox.DeliveryClaim:
    """Begin a try of a delivery that is due."""
    held = store.write_durably(
        outbox.claim,
        row.id or 0,
        store.lease,
        now,
        lease_seconds=60,
        capabilities=PLAIN,
        searchable=searchable,
    )
    assert held is not None
    return held


def tried(
    store: Store, row: Delivery, end: TryEnd, now: datetime, *, said: str = "", searchable: bool = False
) -> Delivery:
    """Begin a try of a delivery that is due, and end it."""
    held = begun(store, row, now, searchable=searchable)
    result = TryResult(end, said, receipt={"id": "7"} if end == TryEnd.SENT else None)
    return store.write(outbox.finish, held, result, PLAIN, searchable=searchable, now=now)


def brought_to(
    store: Store,
    status: DeliveryStatus,
    now: datetime,
    *,
    reason: DeliveryReason | None = None,
    searching: bool = False,
    **values: object,
) -> Delivery:
    """Queue a delivery and bring it to a state; ``searching``: it waits to be looked for at its target."""
    row = queued(store, now, **values)  # type: ignore[arg-type]
    match status, reason:
        case DeliveryStatus.PENDING, None if searching:
            return tried(store, row, TryEnd.PERHAPS, now, said="no answer", searchable=True)
        case DeliveryStatus.SENDING, None:
            begun(store, row, now)
        case DeliveryStatus.SENT, None:
            return tried(store, row, TryEnd.SENT, now)
        case DeliveryStatus.UNKNOWN, None:
            return tried(store, row, TryEnd.PERHAPS, now, said="the connection broke")
        case DeliveryStatus.HELD, None:
            store.write(outbox.hold, now, thread_id=row.thread_id)
        case DeliveryStatus.FAILED, DeliveryReason.REFUSED:
            return tried(store, row, TryEnd.REFUSED, now, said="too long")
        case DeliveryStatus.FAILED, DeliveryReason.CANCELLED:
            return store.write(outbox.cancel, row.id or 0, now)
    return store.read(outbox.get, row.id or 0)


def tell(
    store: Store, text: str, now: datetime, *, targets: Sequence[str] = (), thread_id: str = "demo"
) -> int:
    """Let a beat of a thread that exists tell the owner something; return the number of the beat."""
    claim = store.open_beat(thread_id, Trigger.MANUAL, None, now)
    assert isinstance(claim, Claim)
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
