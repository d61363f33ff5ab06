"""Words of threads: their status, and whether scheduled beats run."""

from __future__ import annotations

from enum import StrEnum


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
