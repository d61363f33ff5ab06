"""Criteria: what an action has to pass besides Heartbeat's own checks."""

from heartbeat.criteria.judge import facts, refusals
from heartbeat.criteria.port import Criterion, Situation

__all__ = ["Criterion", "Situation", "facts", "refusals"]
