"""Claim a delivery for one try, and finish the try: under a lease and a fence, as beats are."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlmodel import Session, col, select

from heartbeat import delivery
from heartbeat.capabilities import Capabilities
from heartbeat.delivery import Facts, Next
from heartbeat.errors import FenceLostError
from heartbeat.outgoing import Outgoing, TryResult
from heartbeat.store.lease import Lease
from heartbeat.store.outbox import reachability
from heartbeat.store.outbox.change import changed
from heartbeat.store.outbox.rows import get
from heartbeat.store.tables import Delivery, TargetHealth
from heartbeat.text import first_line
from heartbeat.vocabulary import DeliveryReason, DeliveryStatus, TryEnd

KEPT_TRIES = 50
SAID_LIMIT = 500
"""Characters of what a target said that are kept."""
VANISHED = TryResult(TryEnd.PERHAPS, "The process that made this try went away before it said how it ended.")
_OVER = frozenset({DeliveryStatus.SENT, DeliveryStatus.FAILED, DeliveryStatus.UNKNOWN})


class DeliveryClaim(NamedTuple):
    """The right to make one try of a delivery, valid until its fence is raised, and what the try needs.

    ``searching``: look for ``key`` at the target, and send nothing.
    """

    delivery_id: int
    fence: int
    target: str
    key: str
    searching: bool
    outgoing: Outgoing


def claim(
    session: Session,
    delivery_id: int,
    lease: Lease,
    now: datetime,
    *,
    lease_seconds: float,
    capabilities: Capabilities | None,
    searchable: bool,
) -> DeliveryClaim | None:
    """Claim a delivery for one try; None if there is nothing to try now.

    What is known only now is settled here: a try whose lease ran out has ended as `perhaps`, a delivery whose time
    is over is given up. ``capabilities`` are None where no usable target has the name; the delivery then waits.

    Raises:
        NotFoundError: no such delivery.
    """
    row = get(session, delivery_id)
    if row.status == DeliveryStatus.SENDING:
        if row.lease_until is None or row.lease_until <= now:
            _end(session, row, VANISHED, capabilities, searchable=searchable, now=now)
        return None
    if row.status == DeliveryStatus.HELD:
        if row.expires_at <= now:
            _become(session, row, delivery.give_up(facts_of(row), capabilities), now)
        return None
    if row.status != DeliveryStatus.PENDING or not _is_due(row, now):
        return None
    return _begin(session, row, lease, now, lease_seconds, capabilities, searchable)


def _is_due(row: Delivery, now: datetime) -> bool:
    if row.next_try is None or row.next_try <= now:
        return True
    return not row.searching and row.expires_at <= now


def _begin(
    session: Session,
    row: Delivery,
    lease: Lease,
    now: datetime,
    lease_seconds: float,
    capabilities: Capabilities | None,
    searchable: bool,
) -> DeliveryClaim | None:
    if capabilities is None:
        _postpone(session, row, now)
        return None
    step = delivery.before_try(facts_of(row), capabilities, searchable=searchable, now=now)
    if step.status != DeliveryStatus.SENDING:
        _become(session, row, step, now)
        return None
    if not _may_try(session, row, now):
        if row.expires_at <= now:
            _become(session, row, delivery.give_up(facts_of(row), capabilities), now)
        return None
    row.searching = step.searching
    if not step.searching and row.repeatable:
        row.first_try = now
    again = not step.searching and not row.repeatable
    _begin_try(row, now)
    row.lease_owner, row.lease_until = lease.owner, now + timedelta(seconds=lease_seconds)
    reachability.began(session, row.target, now)
    changed(session, row, now)
    outgoing = Outgoing.model_validate(row.payload).model_copy(update={"again": again})
    return DeliveryClaim(row.id or 0, row.fence, row.target, row.key, row.searching, outgoing)


def _may_try(session: Session, row: Delivery, now: datetime) -> bool:
    """Return whether the target may be tried now: it is up, or is to be probed, or a person says so."""
    found = session.get(TargetHealth, row.target)
    if found is None:
        return True
    if found.quiet_until is not None and now < found.quiet_until:
        return False
    probe = reachability.next_probe(found)
    if probe is None or row.by_person:
        return True
    query = select(Delivery.id).where(
        Delivery.target == row.target,
        Delivery.status == DeliveryStatus.SENDING,
        col(Delivery.lease_until) > now,
    )
    return probe <= now and session.exec(query.limit(1)).first() is None


def _postpone(session: Session, row: Delivery, now: datetime) -> None:
    said = f"No usable connection or target is named {row.target}."
    result = TryResult(TryEnd.NOT_SENT, said)
    row.searching = False
    _begin_try(row, now)
    _record(row, result)
    _become(session, row, delivery.after_try(facts_of(row), result, None, searchable=False, now=now), now)


def _begin_try(row: Delivery, now: datetime) -> None:
    entry: dict[str, Any] = {"at": now.isoformat(), "ended": None, "said": ""}
    if row.searching:
        entry["search"] = True
    row.tries = [*row.tries, entry][-KEPT_TRIES:]
    row.status, row.fence, row.next_try = DeliveryStatus.SENDING, row.fence + 1, None
    row.by_person = False


def finish(
    session: Session,
    held: DeliveryClaim,
    result: TryResult,
    capabilities: Capabilities,
    *,
    searchable: bool,
    now: datetime,
) -> Delivery:
    """End a try and decide what follows; see `heartbeat.delivery.after_try`.

    A search ends `sent` with the receipt of what was found, `not_sent` if it is not there, and `perhaps` if the
    target could not be asked.

    Raises:
        NotFoundError: no such delivery.
        FenceLostError: the try was taken to be over, since its lease had run out.
    """
    row = get(session, held.delivery_id)
    if row.status != DeliveryStatus.SENDING or row.fence != held.fence:
        raise FenceLostError(f"the try of delivery {held.delivery_id} had run out of time")
    return _end(session, row, result, capabilities, searchable=searchable, now=now)


def _end(
    session: Session,
    row: Delivery,
    result: TryResult,
    capabilities: Capabilities | None,
    *,
    searchable: bool,
    now: datetime,
) -> Delivery:
    result = replace(result, said=first_line(result.said, SAID_LIMIT))
    _record(row, result)
    _tell_health(session, row, result, now)
    if result.end == TryEnd.SENT:
        row.receipt = None if result.receipt is None else dict(result.receipt)
    step = delivery.after_try(facts_of(row), result, capabilities, searchable=searchable, now=now)
    return _become(session, row, step, now)


def _record(row: Delivery, result: TryResult) -> None:
    row.tries = [*row.tries[:-1], {**row.tries[-1], "ended": result.end.value, "said": result.said}]


def _tell_health(session: Session, row: Delivery, result: TryResult, now: datetime) -> None:
    if result.end == TryEnd.SENT:
        reachability.arrived(session, row.target, now)
    elif result.end == TryEnd.REFUSED or (row.searching and result.end == TryEnd.NOT_SENT):
        reachability.answered(session, row.target, now)
    else:
        reachability.missed(session, row.target, result, now)


def facts_of(row: Delivery) -> Facts:
    """Return what the policy of tries asks about a delivery."""
    sorts = [bool(each.get("search")) for each in row.tries if each["ended"] is not None]
    sends = sorts.count(False)
    searches = next((n for n, search in enumerate(reversed(sorts)) if not search), len(sorts))
    return Facts(row.expires_at, row.repeatable, row.first_try, row.searching, sends, searches)


def _become(session: Session, row: Delivery, step: Next, now: datetime) -> Delivery:
    # What a person cancelled counts as done, whatever the target says; what failed by itself is proposed again.
    cancelled = row.by_person and row.afterwards == DeliveryStatus.FAILED
    is_given_up = step.status == DeliveryStatus.FAILED and cancelled
    if row.afterwards is not None and (step.status == DeliveryStatus.PENDING or is_given_up):
        step = replace(step, **_instead(row.afterwards, step))
    if step.status != DeliveryStatus.FAILED or step.reason != DeliveryReason.CANCELLED:
        row.by_person = False
    row.status, row.reason = step.status, step.reason
    row.next_try, row.searching = step.next_try, step.searching
    row.repeatable, row.first_try = step.repeatable, step.first_try
    row.afterwards = row.lease_owner = row.lease_until = None
    row.finished_at = now if step.status in _OVER else None
    return changed(session, row, now)


def _instead(wanted: DeliveryStatus, step: Next) -> dict[str, Any]:
    """Return what becomes of a delivery that was held or cancelled during the try that has now ended."""
    if wanted == DeliveryStatus.HELD:
        return {"status": wanted}
    if step.repeatable:
        return {"status": wanted, "reason": DeliveryReason.CANCELLED, "next_try": None}
    return {"status": DeliveryStatus.UNKNOWN, "reason": None, "next_try": None, "searching": False}
