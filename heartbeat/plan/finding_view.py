"""What was found of a rule, as the row of a beat keeps it and its page shows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field

from heartbeat.plan.evaluate import Finding
from heartbeat.plan.why import name_of, why, why_left_out
from heartbeat.plan.words import RuleState


class RuleFinding(BaseModel):
    """A rule of the plan that a beat evaluated, and why it was or was not due."""

    model_config = ConfigDict(frozen=True)

    id: str
    line: int
    text: str
    do: str
    state: RuleState
    why: str = Field(description="The state in a few words.")
    count: int = Field(description="Items that it is due for, or that are new to it.")
    waiting: int = Field(description="Items that wait for the model to judge them.")
    left_out: str = Field(
        "",
        description="Which items it leaves out since they try to tell the agent what to do, in one sentence.",
    )
    until: datetime | None = Field(None, description="How long the state lasts, if that is known.")

    @classmethod
    def of(cls, finding: Finding) -> Self:
        """Return what was found of a rule."""
        rule = finding.rule
        return cls(
            id=rule.id,
            line=rule.line,
            text=rule.text,
            do=rule.do,
            state=finding.state,
            why=why(finding),
            count=finding.count,
            waiting=len({each.item.key for each in finding.judge}),
            left_out=why_left_out(finding),
            until=finding.until,
        )


class RuleOfBeat(RuleFinding):
    """A rule as a beat found it, and whether it is the one that the beat chose."""

    chosen: bool = Field(description="Whether the beat is about this rule; its act may have failed or wait.")

    @classmethod
    def among(cls, findings: Iterable[Mapping[str, Any]], chosen: str | None, words: str) -> list[Self]:
        """Return what was found of each rule; ``words`` say what becomes of the ``chosen`` one, by its id."""
        return [cls._of_one(each, is_chosen=each["id"] == chosen, words=words) for each in findings]

    @classmethod
    def _of_one(cls, values: Mapping[str, Any], *, is_chosen: bool, words: str) -> Self:
        said = {"why": f"{name_of(values['id'], values['line'])} {words}"} if is_chosen else {}
        return cls(**{**values, **said, "chosen": is_chosen})


def left_out_of(rounds: Sequence[Mapping[str, Any]]) -> str | None:
    """Return which items a beat left out and why, in a sentence for each rule; None where it left out none."""
    return " ".join(dict.fromkeys(rule.left_out for rule in rules_of(rounds) if rule.left_out)) or None


def rules_of(rounds: Sequence[Mapping[str, Any]]) -> list[RuleOfBeat]:
    """Return what a beat found of the rules of its plan, by its rounds; none if it followed no plan."""
    for entry in reversed(rounds):
        if entry.get("rules"):
            chosen = (entry.get("followed") or {}).get("rule")
            return RuleOfBeat.among(entry["rules"], chosen, "was chosen")
    return []
