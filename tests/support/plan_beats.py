"""A model for beats that follow a plan: which items a question means, and what is written, said by the test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from heartbeat_decision.judging.question import SYSTEM
from tests.support.ollama import Say
from tests.support.reading import last, written


@dataclass
class PlanModel:
    """Answers yes where a question and an item hold the words of ``meant``; else no. ``fields`` are what is written.

    ``judged`` are the questions about items, ``wrote`` those for a text.
    """

    meant: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)
    judged: list[str] = field(default_factory=list)
    wrote: list[str] = field(default_factory=list)

    def __call__(self, body: dict[str, Any]) -> Say:
        """Return the answer to one question."""
        asked = last(body)
        if is_judging(body):
            self.judged.append(asked)
            question, item, _ = asked.split("\n\n")
            words = next((words for part, words in self.meant.items() if part in question), ())
            yes = any(word in item for word in words)
            return Say(
                "yes" if yes else "no", odds={"yes": 0.9, "no": 0.1} if yes else {"no": 0.9, "yes": 0.1}
            )
        self.wrote.append(asked)
        return Say(written(body, **self.fields))

    def forget(self) -> None:
        """Forget what was asked, so that the next beat is seen alone."""
        self.judged.clear()
        self.wrote.clear()


def is_judging(body: Mapping[str, Any]) -> bool:
    """Return whether it is a question about one item."""
    return bool(body["messages"][0]["content"] == SYSTEM.read_text("utf-8").strip())
