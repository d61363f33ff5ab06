"""Try how a model reads lines that their owner has corrected; nothing that beats follow is changed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from heartbeat.plan import PlanLine, Reading
from heartbeat.plan.assemble import Assembled, Decided, Kept, assemble
from heartbeat.plan.compare import NOT_READ, Comparison, Meant, compare
from heartbeat.plan.correction import Correction
from heartbeat_decision.asking import PortAsk, ShortAnswer, ShortQuestion
from heartbeat_decision.reading import UnreadableError, read_lines
from heartbeat_service.plan import PlanOf, plan_of
from nodes.known import own_kinds
from nodes.line_reader import BATCH, ignore
from nodes.services import Services


class TrialProgress(NamedTuple):
    """How many of the lines are read, and how many questions were asked for that."""

    read: int
    of: int
    questions: int


@dataclass(frozen=True)
class Tried:
    """A line that a model was tried on.

    ``said`` is what its owner says that it asks for, None where nobody has said it, and ``plan`` what the plan holds.
    ``read`` is what the model reads, None where its answers make no rule; ``problem`` says why.
    """

    line: PlanLine
    said: Decided | None
    plan: Decided | None
    read: Decided | None
    problem: str | None = None

    @property
    def comparison(self) -> Comparison | None:
        """How the reading compares with what the owner says; None where nobody has said it."""
        return None if self.said is None else _compared(self.said, self.read)

    @property
    def is_as_planned(self) -> bool:
        """Whether the plan holds the same, as far as it is compared, or nothing yet."""
        return self.plan is None or _compared(self.plan, self.read).whole


def _compared(meant: Decided, read: Decided | None) -> Comparison:
    return NOT_READ if read is None else compare(Meant(meant.rules, meant.role), read.rules, read.role)


@dataclass
class ReadingTrial:
    """A model's readings of the lines of a plan, which are there as far as `run` has come.

    ``digest`` is that of the model, empty where it is not known yet. ``seconds`` is how long the model was asked.
    """

    services: Services
    plan: PlanOf
    url: str
    model: str
    clock: Callable[[], float] = time.monotonic
    digest: str = ""
    seconds: float = 0.0
    ask: PortAsk = field(init=False)
    _readings: dict[str, Reading | UnreadableError] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.ask = PortAsk(self.services.model, self.url, self.model, self.services.settings.model_timeout)

    @classmethod
    def of(
        cls, services: Services, url: str, model: str, thread_id: str | None = None, text: str | None = None
    ) -> Self:
        """Return a trial on the lines of a thread's text, of HEARTBEAT.md, or of ``text``; no model is asked.

        Raises:
            NotFoundError: no such thread.
            UnreadableError: HEARTBEAT.md cannot be read.
        """
        return cls(services, plan_of(services, thread_id, text=text), url, model)

    @property
    def said(self) -> Mapping[str, Decided]:
        """What owners say that lines ask for, by the id of the line: the corrections that win."""
        return self._decided({}, self.plan.corrections)

    async def run(self, on_progress: Callable[[TrialProgress], None] = ignore) -> None:
        """Read all lines, those first that somebody has corrected.

        Raises:
            ModelError: the model cannot be asked, or gave no reply; what was read is kept.
        """
        self.digest = await self.services.model.check(self.url, self.model)
        kinds = await asyncio.to_thread(own_kinds, self.services)
        said = self.said
        lines = sorted(self.plan.lines, key=lambda line: line.id not in said)

        async def asking(question: ShortQuestion) -> ShortAnswer:
            began = self.clock()
            try:
                return await self.ask(question)
            finally:
                self.seconds += self.clock() - began
                on_progress(TrialProgress(len(self._readings), len(lines), self.ask.calls))

        for start in range(0, len(lines), BATCH):
            batch = lines[start : start + BATCH]
            async with aclosing(read_lines(batch, asking, kinds)) as results:  # type: ignore[type-var]
                async for line, reading in results:
                    self._readings[line.id] = reading
                    on_progress(TrialProgress(len(self._readings), len(lines), self.ask.calls))

    def results(self) -> list[Tried]:
        """Return the lines that were read so far, in the order of the text."""
        now = self.services.clock()
        kept = {
            line_id: Kept(reading, now)
            for line_id, reading in self._readings.items()
            if isinstance(reading, Reading)
        }
        read, said = self._decided(kept, ()), self.said
        planned = {each.line.id: each for each in self.plan.assembled.decided}
        return [
            Tried(line, said.get(line.id), planned.get(line.id), read.get(line.id), self._problem(line.id))
            for line in self.plan.lines
            if line.id in self._readings
        ]

    def _problem(self, line_id: str) -> str | None:
        reading = self._readings[line_id]
        return str(reading) if isinstance(reading, UnreadableError) else None

    def _decided(self, readings: Mapping[str, Kept], corrections: Iterable[Correction]) -> dict[str, Decided]:
        assembled: Assembled = self.plan.assembled
        made = assemble(assembled.divided, readings, corrections, assembled.known)
        return {each.line.id: each for each in made.decided}
