"""Enums of the domain: statuses, reasons, triggers, kinds and node names.

The values are part of the API, the database, the log and the metrics, so they never change. A new member needs a
label in the panel, which does not type-check without it; a new status or reason also needs an entry in
docs/concepts.md, which a test checks.
"""

from __future__ import annotations

from heartbeat.vocabulary.actions import (
    FORUM_KINDS,
    NO_ACTION,
    NOTICE,
    ActionKind,
    ActionStatus,
    NoteMode,
)
from heartbeat.vocabulary.approvals import (
    AnswerOrigin,
    ApprovalThreadState,
    StandingEnd,
)
from heartbeat.vocabulary.beats import (
    FAULTS,
    UNSETTLED,
    UNSUCCESSFUL,
    AdmissionGate,
    BeatStatus,
    Decider,
    Node,
    Reason,
    Trigger,
    WakeReason,
)
from heartbeat.vocabulary.connections import (
    ConnectionKind,
    ConnectionOrigin,
    ConnectionState,
    KeyType,
    Outflow,
    Reach,
)
from heartbeat.vocabulary.deliveries import (
    OPEN_DELIVERIES,
    DeliveryAnswer,
    DeliveryReason,
    DeliveryStatus,
    TryEnd,
)
from heartbeat.vocabulary.events import (
    EventKind,
    NoticeKind,
)
from heartbeat.vocabulary.items import (
    INBOX_KINDS,
    FeedKind,
    ItemState,
)
from heartbeat.vocabulary.threads import (
    ThreadStateName,
    ThreadStatus,
)

__all__ = [
    "FAULTS",
    "FORUM_KINDS",
    "INBOX_KINDS",
    "NOTICE",
    "NO_ACTION",
    "OPEN_DELIVERIES",
    "UNSETTLED",
    "UNSUCCESSFUL",
    "ActionKind",
    "ActionStatus",
    "AdmissionGate",
    "AnswerOrigin",
    "ApprovalThreadState",
    "BeatStatus",
    "ConnectionKind",
    "ConnectionOrigin",
    "ConnectionState",
    "Decider",
    "DeliveryAnswer",
    "DeliveryReason",
    "DeliveryStatus",
    "EventKind",
    "FeedKind",
    "ItemState",
    "KeyType",
    "Node",
    "NoteMode",
    "NoticeKind",
    "Outflow",
    "Reach",
    "Reason",
    "StandingEnd",
    "ThreadStateName",
    "ThreadStatus",
    "Trigger",
    "TryEnd",
    "WakeReason",
]
