"""Words of beats: how they end and why, what starts them, who decides, and the steps of a run."""

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
    NOT_READ = "not_read"
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

    ``due``: something that it sees comes due. ``follow_up``: its last beat has left something behind. ``instant``:
    a line names this time. ``read``: its instructions, which its last beat waited for, have been read.
    """

    DUE = "due"
    FOLLOW_UP = "follow_up"
    INSTANT = "instant"
    READ = "read"


class Decider(StrEnum):
    """Who made a decision: the model, the rules without it, or the plan where nothing was to be written."""

    MODEL = "model"
    RULES = "rules"
    PLAN = "plan"


class Node(StrEnum):
    """A step of the graph."""

    LOAD_INSTRUCTIONS = "load_instructions"
    GATHER_CONTEXT = "gather_context"
    DECIDE = "decide"
    VALIDATE = "validate"
    APPROVE = "approve"
    DISPATCH = "dispatch"
    SETTLE = "settle"
