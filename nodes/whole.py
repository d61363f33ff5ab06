"""Decide by one question for everything: all that is possible, and all that there is to read."""

from __future__ import annotations

from dataclasses import dataclass

from heartbeat.plan.listed import Listed
from heartbeat_decision.model import Question
from nodes.calls import Calls
from nodes.entry import Entry, reply_entry
from nodes.question import QuestionBuilder


@dataclass(frozen=True)
class Whole:
    """The one question of a beat; in a repair round the last question again, with what was wrong with its reply."""

    builder: QuestionBuilder

    async def quiet(self) -> Entry | None:
        """Return None: the question is always asked."""
        return None

    async def decide(
        self, calls: Calls, whole: Question, digest: str, noted: Entry
    ) -> tuple[Question, Entry]:
        """Return the question and the entry of its reply; a repair keeps what the last round found of the plan."""
        rounds = self.builder.row.rounds
        last = rounds[-1] if rounds else {}
        listed = Listed.model_validate(last["listed"]) if last.get("listed") else None
        settled = last.get("settled")
        can = self.builder.choice.limits_of(settled["action"] if settled else "")
        entry = reply_entry(await calls.ask(whole), can, settled, listed)
        return whole, {**entry, **{name: last[name] for name in ("followed", "rules") if name in last}}
