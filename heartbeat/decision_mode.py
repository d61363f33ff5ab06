"""How beats decide what to do."""

from __future__ import annotations

from enum import StrEnum


class DecisionMode(StrEnum):
    """How beats decide.

    ``triage``: small questions about lines and items at each beat, then one text. ``plan``: by the rules that were
    read from HEARTBEAT.md once, and that the owner sees. ``whole``: one question for everything.
    """

    TRIAGE = "triage"
    PLAN = "plan"
    WHOLE = "whole"
