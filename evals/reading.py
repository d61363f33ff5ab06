"""Read the lines of many cases before they are run, one kind of question after the other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence

from evals.case import Case
from evals.kept_model import KeptModel
from evals.play import Asked
from heartbeat.names import OWNER
from heartbeat.plan import PlanLine
from heartbeat.plan.lines import plan_lines
from heartbeat.plan.said import OwnerMessage
from heartbeat_decision.asking import PortAsk
from heartbeat_decision.reading import read_lines


def read_ahead(cases: Sequence[Case], asked: Asked, model: KeptModel) -> None:
    """Have the model read all lines and messages of the cases; its answers are kept."""
    asyncio.run(_read([line for case in cases for line in _lines(case)], asked, model))


async def _read(lines: Sequence[PlanLine], asked: Asked, model: KeptModel) -> None:
    ask = PortAsk(model, asked.url, asked.model, asked.timeout)
    # Two cases may have lines of the same id, and one case lines of the same words.
    numbered = [line.model_copy(update={"id": str(number)}) for number, line in enumerate(lines)]
    async for _ in read_lines(numbered, ask):
        pass


def _lines(case: Case) -> Iterator[PlanLine]:
    yield from plan_lines(case.instructions)
    for number, each in enumerate(case.messages, 1):
        if each.author == OWNER:
            yield OwnerMessage(number, each.content, case.now - each.age).line
