"""Judging one item by one question, which a model answers with yes or no."""

from heartbeat_decision.judging.guard import guard, guarded_hash
from heartbeat_decision.judging.judge import UnjudgedError, judge
from heartbeat_decision.judging.lines import item_hash
from heartbeat_decision.judging.prompts import read_prompts
from heartbeat_decision.judging.question import prompt_version

__all__ = ["UnjudgedError", "guard", "guarded_hash", "item_hash", "judge", "prompt_version", "read_prompts"]
