"""Enums of the domain: statuses, reasons, triggers, kinds and node names.

The values are part of the API, the database, the log and the metrics, so they never change. A new member needs a
label in the panel, which does not type-check without it; a new status or reason also needs an entry in
docs/concepts.md, which a test checks.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class BeatStatus(StrEnum):
    """The status of a beat."""

    RUNNING = "running"
    AWAITING_APPROVAL = "awaiting_approval"
    ACTED = "acted"
    NONE = "none"
    SKIPPED = "skipped"
    DRY_RUN = "dry_run"
    REJECTED = "rejected"
    FAILED = "failed"
    MISSED = "missed"
    ABANDONED = "abandoned"


UNSETTLED = frozenset({BeatStatus.RUNNING, BeatStatus.AWAITING_APPROVAL})
"""The statuses of beats without an outcome."""
FAULTS = frozenset({BeatStatus.FAILED, BeatStatus.ABANDONED})
"""The statuses of beats that were started and failed."""
UNSUCCESSFUL = FAULTS | {BeatStatus.MISSED}
"""The statuses that views show with ``success: false``."""


class Reason(StrEnum):
    """Why a beat ended with its status. The reasons of skipped beats are gates."""

    DISABLED = "disabled"
    PAUSED = "paused"
    QUIET_HOURS = "quiet_hours"
    BUSY = "busy"
    AWAITING_APPROVAL = "awaiting_approval"
    COOLDOWN = "cooldown"
    NO_INSTRUCTIONS = "no_instructions"
    UNREADABLE_INSTRUCTIONS = "unreadable_instructions"
    EMPTY_INSTRUCTIONS = "empty_instructions"
    NO_TASKS_DUE = "no_tasks_due"
    BUDGET_EXHAUSTED = "budget_exhausted"
    OUTFLOW = "outflow"
    TARGET_COOLDOWN = "target_cooldown"
    TARGET_DOWN = "target_down"
    UNCHANGED = "unchanged"
    MODEL_UNREACHABLE = "model_unreachable"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    CRITERION = "criterion"
    EXPIRED = "expired"
    INVALID_DECISION = "invalid_decision"
    INVALID_PROMPT = "invalid_prompt"
    MODEL_ERROR = "model_error"
    MODEL_TIMEOUT = "model_timeout"
    DEADLINE = "deadline"
    DISPATCH = "dispatch"
    DATABASE = "database"
    PLUGIN = "plugin"
    INTERNAL = "internal"


AdmissionGate = Literal[
    Reason.DISABLED,
    Reason.PAUSED,
    Reason.QUIET_HOURS,
    Reason.BUSY,
    Reason.AWAITING_APPROVAL,
    Reason.COOLDOWN,
]
"""The gates checked in the transaction that claims a beat, before a run starts."""


class Trigger(StrEnum):
    """What started a beat."""

    SCHEDULED = "scheduled"
    MANUAL = "manual"
    WAKE = "wake"


class WakeReason(StrEnum):
    """Why a thread is woken between its slots.

    ``due``: something that it sees comes due. ``follow_up``: its last beat has left something behind.
    """

    DUE = "due"
    FOLLOW_UP = "follow_up"


class Decider(StrEnum):
    """Who made a decision."""

    MODEL = "model"
    RULES = "rules"


class Node(StrEnum):
    """A step of the graph."""

    LOAD_INSTRUCTIONS = "load_instructions"
    GATHER_CONTEXT = "gather_context"
    DECIDE = "decide"
    VALIDATE = "validate"
    APPROVE = "approve"
    DISPATCH = "dispatch"
    SETTLE = "settle"


class ActionStatus(StrEnum):
    """The state of an action at its target. All but ``recorded`` follow its deliveries where it has any."""

    RECORDED = "recorded"
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"
    HELD = "held"


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


class AnswerOrigin(StrEnum):
    """Where a person answered to an action that awaited approval.

    ``run``: by resuming the LangGraph run. ``standing``: earlier, by a standing approval.
    """

    API = "api"
    PANEL = "panel"
    CLI = "cli"
    RUN = "run"
    STANDING = "standing"


class StandingEnd(StrEnum):
    """Why a standing approval ended without a person: its connection leads elsewhere now, or is removed."""

    ELSEWHERE = "elsewhere"
    REMOVED = "removed"


class ApprovalThreadState(StrEnum):
    """What the LangGraph thread of a beat that awaits approval holds.

    ``missing``: no interrupt yet; ``stored``: the interrupt, or what is left of it; ``cleared``: nothing any more.
    """

    MISSING = "missing"
    STORED = "stored"
    CLEARED = "cleared"


class TryEnd(StrEnum):
    """How one try of a delivery ended.

    ``perhaps``: the first byte had gone out, so that the effect may have happened.
    """

    SENT = "sent"
    NOT_SENT = "not_sent"
    REFUSED = "refused"
    PERHAPS = "perhaps"


class Reach(StrEnum):
    """Who sees what a target is given."""

    OWNER = "owner"
    PUBLIC = "public"


class Outflow(StrEnum):
    """Whether a thread may give what it sees of a private connection to others without a person's approval."""

    GUARDED = "guarded"
    ALLOWED = "allowed"


class ConnectionKind(StrEnum):
    """What a connection leads to."""

    APPRISE = "apprise"
    CALENDAR = "calendar"
    CHECK = "check"
    FEED = "feed"
    FOLDER = "folder"
    MAIL = "mail"
    PAGE = "page"
    WEBHOOK = "webhook"


class KeyType(StrEnum):
    """What the value of a key of a connection is, for a form; a span is text such as 5m, or seconds."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    LIST = "list"
    SPAN = "span"


class ConnectionOrigin(StrEnum):
    """Where a connection was configured."""

    FILE = "file"
    ROW = "row"
    SETTING = "setting"
    PLUGIN = "plugin"


class ConnectionState(StrEnum):
    """Whether a connection can be used."""

    OK = "ok"
    FAILING = "failing"
    FAULTY = "faulty"


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
    SUMMARY = "summary"


class ThreadStatus(StrEnum):
    """The configured status of a thread."""

    ON = "on"
    OFF = "off"
    PAUSED = "paused"
    REFUSED = "refused"


class ThreadStateName(StrEnum):
    """Whether scheduled beats of a thread run now, and if not, why."""

    BEATING = "beating"
    REFUSED = "refused"
    PAUSED = "paused"
    DISABLED = "disabled"
    TIMER_STOPPED = "timer_stopped"
    TIMER_SILENT = "timer_silent"
    AWAITING_APPROVAL = "awaiting_approval"
    BUDGET_EXHAUSTED = "budget_exhausted"
    QUIET = "quiet"


class ActionKind(StrEnum):
    """The kinds of actions that Heartbeat knows; a target's own kinds are plain texts."""

    POST = "post"
    COMMENT = "comment"
    VOTE = "vote"
    TELL = "tell"
    NOTE = "note"


FORUM_KINDS = (ActionKind.POST, ActionKind.COMMENT, ActionKind.VOTE)
"""The kinds that a forum takes."""


class NoteMode(StrEnum):
    """What a note does in its file."""

    APPEND = "append"
    TICK = "tick"


class FeedKind(StrEnum):
    """The kind of an item that the agent looks at.

    ``alert``: something that is down, or up again. ``entry``: of a feed. ``event``: an appointment. ``file``: a file
    that is new or has changed. ``page``: a change of a web page. ``task``: an open box in a file.
    """

    POST = "post"
    COMMENT = "comment"
    MESSAGE = "message"
    ALERT = "alert"
    ENTRY = "entry"
    EVENT = "event"
    FILE = "file"
    MAIL = "mail"
    PAGE = "page"
    TASK = "task"


_SPOKEN = (FeedKind.POST, FeedKind.COMMENT, FeedKind.MESSAGE)
INBOX_KINDS = tuple(kind for kind in FeedKind if kind not in _SPOKEN)
"""The kinds of items that the inbox holds; the others are on the forum or in a conversation."""


class ItemState(StrEnum):
    """What has become of an item of the inbox, for one thread or, without a thread, for the workspace.

    ``new``: not looked at. ``open``: looked at by nobody or waiting for another beat. ``read``: looked at. ``told``:
    the owner was told of it. ``old``: no news, since it is older than the first look takes, or the agent made it.
    ``done`` and ``snoozed``: a person said so. ``gone``: its source shows it no more.
    """

    NEW = "new"
    OPEN = "open"
    READ = "read"
    TOLD = "told"
    OLD = "old"
    DONE = "done"
    SNOOZED = "snoozed"
    GONE = "gone"


class SectionKind(StrEnum):
    """The kind of a section of HEARTBEAT.md."""

    CHECKLIST = "checklist"
    RULES = "rules"
    PROACTIVE = "proactive"
    TASKS = "tasks"
    OTHER = "other"


NO_ACTION = "none"
"""The action of a decision to do nothing."""
NOTICE = "notice"
"""The kind of what is not an action: a notice of Heartbeat's own to the owner."""
