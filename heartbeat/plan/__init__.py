"""The plan: what HEARTBEAT.md and the owner's messages ask for, as rules that are data, and which of them are due."""

from heartbeat.history import Act, History
from heartbeat.plan.evaluate import Finding, Judgement, due, evaluate
from heartbeat.plan.reading import PlanLine, Reading
from heartbeat.plan.rule import Only, Plan, QuietLine, Rule, RuleBody, Unless, Until, When
from heartbeat.plan.situation import Situation
from heartbeat.plan.words import About, Counts, Do, Limit, LineRole, RuleState, WhenKind

__all__ = [
    "About",
    "Act",
    "Counts",
    "Do",
    "Finding",
    "History",
    "Judgement",
    "Limit",
    "LineRole",
    "Only",
    "Plan",
    "PlanLine",
    "QuietLine",
    "Reading",
    "Rule",
    "RuleBody",
    "RuleState",
    "Situation",
    "Unless",
    "Until",
    "When",
    "WhenKind",
    "due",
    "evaluate",
]
