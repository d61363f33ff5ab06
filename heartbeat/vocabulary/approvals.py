"""Words of approvals: who answered where, how standing ones end, and what their LangGraph threads hold."""

from __future__ import annotations

from enum import StrEnum


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
