"""Answers of a model that are kept in a file, so that a run goes on where one stopped."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from heartbeat_decision.asking import PortAsk, ShortAnswer, ShortQuestion

DEADLINE = 300.0
"""Seconds that one question may take."""


class Row(TypedDict):
    """An answer as it is kept."""

    key: str
    text: str
    odds: Mapping[str, float]
    tokens: int
    seconds: float


@dataclass
class KeptAsk:
    """Ask through the port, and keep each answer in a file: what was asked before is not asked again.

    ``given`` are all answers of this run, ``fresh`` counts those that the model gave now.
    """

    ask: PortAsk
    path: Path
    given: list[Row] = field(default_factory=list)
    fresh: int = 0
    _answers: dict[str, Row] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.path.exists():
            rows: list[Row] = [json.loads(line) for line in self.path.read_text("utf-8").splitlines()]
            self._answers = {row["key"]: row for row in rows}

    async def __call__(self, question: ShortQuestion) -> ShortAnswer:
        """Return the kept answer, or ask and keep it."""
        asked = [self.ask.model, question.messages, question.options, question.schema, question.max_tokens]
        key = hashlib.sha256(json.dumps(asked).encode()).hexdigest()
        row = self._answers.get(key) or await self._fresh(key, question)
        self.given.append(row)
        return ShortAnswer(row["text"], row["odds"])

    async def _fresh(self, key: str, question: ShortQuestion) -> Row:
        tokens, started = self.ask.completion_tokens, time.monotonic()
        answer = await self.ask(question)
        row = Row(
            key=key,
            text=answer.text,
            odds=answer.odds,
            tokens=self.ask.completion_tokens - tokens,
            seconds=round(time.monotonic() - started, 3),
        )
        self._answers[key] = row
        self.fresh += 1
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(row, ensure_ascii=False)}\n")
        return row
