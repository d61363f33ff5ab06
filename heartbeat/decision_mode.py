"""How beats decide what to do."""

from __future__ import annotations

from enum import StrEnum


class DecisionMode(StrEnum):
    """How beats decide.

    ``plan``: by the rules that were read from HEARTBEAT.md once, and that the owner sees. ``whole``: one question for
    everything.
    """

    PLAN = "plan"
    WHOLE = "whole"
