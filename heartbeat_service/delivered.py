"""What became of a delivery, in words: for the log and for the command line."""

from __future__ import annotations

import logging
from datetime import datetime

from heartbeat.store.tables import Delivery
from heartbeat.text import clause
from heartbeat.vocabulary import DeliveryReason, DeliveryStatus

logger = logging.getLogger("heartbeat")


def log_delivery(row: Delivery) -> None:
    """Log what a try has made of a delivery."""
    logger.log(
        logging.INFO if row.status == DeliveryStatus.SENT else logging.WARNING,
        "delivery %d to %s %s",
        row.id,
        row.target,
        # What a target said may quote what it was given.
        outcome_of(row, without_reason=row.private),
        extra={
            "action": f"delivery_{row.status}",
            "thread_id": row.thread_id,
            "beat_id": row.beat_id,
            "target": row.target,
            "reason": row.reason,
        },
    )


def outcome_of(row: Delivery, *, without_reason: bool = False) -> str:
    """Return what became of a delivery, as the end of a sentence without a full stop."""
    last = row.tries[-1]["said"] if row.tries and not without_reason else ""
    why = f": {clause(last)}" if last else ""
    match row.status:
        case DeliveryStatus.SENT:
            return "has arrived"
        case DeliveryStatus.SENDING:
            return "is being sent by another process"
        case DeliveryStatus.HELD:
            return f"is held{why}"
        case DeliveryStatus.UNKNOWN:
            return f"may have arrived, which nobody can tell{why}; it is not sent again"
        case DeliveryStatus.FAILED:
            return _failed(row, why)
        case _:
            return _pending(row, why)


def _failed(row: Delivery, why: str) -> str:
    match row.reason:
        case DeliveryReason.REFUSED:
            return f"was refused{why}"
        case DeliveryReason.CANCELLED:
            return "was cancelled"
        case _:
            return f"did not arrive in time and is given up{why}"


def _pending(row: Delivery, why: str) -> str:
    if not row.tries:
        return "waits for its first try"
    when = f" at {_time(row.next_try)}" if row.next_try else ""
    if row.searching:
        return f"may have arrived{why}; it is looked for there{when}"
    if row.repeatable:
        return f"was not sent{why}; it is tried again{when}"
    return f"may have arrived{why}; it is sent again{when}"


def _time(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M:%S UTC")
