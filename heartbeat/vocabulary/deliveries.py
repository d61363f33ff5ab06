"""Words of deliveries to targets outside."""

from __future__ import annotations

from enum import StrEnum


class DeliveryStatus(StrEnum):
    """The state of a delivery on its way to a target outside."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    HELD = "held"


OPEN_DELIVERIES = frozenset({DeliveryStatus.PENDING, DeliveryStatus.SENDING, DeliveryStatus.HELD})
"""Statuses of deliveries that may still leave."""


class DeliveryReason(StrEnum):
    """Why a delivery, or the action it belongs to, failed."""

    REFUSED = "refused"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


class DeliveryAnswer(StrEnum):
    """What a person can say about a delivery."""

    RETRY = "retry"
    CANCEL = "cancel"
    SETTLE = "settle"


class TryEnd(StrEnum):
    """How one try of a delivery ended.

    ``perhaps``: the first byte had gone out, so that the effect may have happened.
    """

    SENT = "sent"
    NOT_SENT = "not_sent"
    REFUSED = "refused"
    PERHAPS = "perhaps"
