"""Words of live events, and of notices to the owner."""

from __future__ import annotations

from enum import StrEnum


class EventKind(StrEnum):
    """The kind of a live event. The database stores all kinds but ``beat.node`` and ``reset``."""

    TIMER_STARTED = "timer.started"
    TIMER_STOPPED = "timer.stopped"
    THREAD_PAUSED = "thread.paused"
    THREAD_RESUMED = "thread.resumed"
    BEAT_STARTED = "beat.started"
    BEAT_NODE = "beat.node"
    BEAT_FINISHED = "beat.finished"
    APPROVAL_REQUESTED = "approval.requested"
    STANDING_GIVEN = "standing.given"
    STANDING_REVOKED = "standing.revoked"
    FORUM_CHANGED = "forum.changed"
    DELIVERY_CHANGED = "delivery.changed"
    CONNECTION_CHANGED = "connection.changed"
    INBOX_CHANGED = "inbox.changed"
    PLAN_CHANGED = "plan.changed"
    RESET = "reset"


class NoticeKind(StrEnum):
    """The kind of a notice to the owner."""

    APPROVAL_REQUESTED = "approval.requested"
    THREAD_PAUSED = "thread.paused"
    MODEL_UNREACHABLE = "model.unreachable"
    MODEL_BACK = "model.back"
    DATABASE_FAILING = "database.failing"
    DATABASE_BACK = "database.back"
    DELIVERY_FAILED = "delivery.failed"
    DELIVERY_UNKNOWN = "delivery.unknown"
    TARGET_DOWN = "target.down"
    CONNECTION_FAILING = "connection.failing"
    PLAN_UNSURE = "plan.unsure"
    PLAN_MISSED = "plan.missed"
    SUMMARY = "summary"
