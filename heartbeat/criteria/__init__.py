"""Criteria: checks of an action by plug-ins, in addition to Heartbeat's own validation."""

from heartbeat.criteria.judge import facts, refusals
from heartbeat.criteria.port import Criterion, Situation

__all__ = ["Criterion", "Situation", "facts", "refusals"]
