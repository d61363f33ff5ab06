"""Read several lines together, one kind of question after the other.

A server keeps the first part of a chat from one question to the next only as long as no other chat comes between. So
the first question is asked about all lines, then the second, and so on.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence

from heartbeat.plan import PlanLine, Reading
from heartbeat_decision.asking import Ask, ShortAnswer, ShortQuestion
from heartbeat_decision.reading.line import UnreadableError, read_line
from heartbeat_decision.reading.message import read_message

Read = tuple[PlanLine, Reading | UnreadableError]


async def read_lines(
    lines: Sequence[PlanLine], ask: Ask, own_kinds: Sequence[str] = ()
) -> AsyncIterator[Read]:
    """Yield each line with its reading, or with why its answers make no rule, as soon as it is read.

    One question is asked at a time. Whatever else ``ask`` raises ends the reading of all lines.
    """
    sorter = _Sorter(ask)
    reading = {
        asyncio.create_task((read_message if line.is_message else read_line)(line, sorter, own_kinds)): line
        for line in lines
    }
    try:
        while reading:
            await sorter.step()
            for task in [task for task in reading if task.done()]:
                yield reading.pop(task), _result(task)
    finally:
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)


def _result(task: asyncio.Task[Reading]) -> Reading | UnreadableError:
    try:
        return task.result()
    except UnreadableError as error:
        return error


class _Sorter:
    """Takes the questions of all lines and asks those that begin alike one after the other."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self._waiting: dict[str, deque[tuple[ShortQuestion, asyncio.Future[ShortAnswer]]]] = {}
        self._current = ""

    async def __call__(self, question: ShortQuestion) -> ShortAnswer:
        answer: asyncio.Future[ShortAnswer] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(question.messages[0][1], deque()).append((question, answer))
        return await answer

    async def step(self) -> None:
        """Ask one question, of the kind asked last if one is waiting, and let its line go on."""
        await asyncio.sleep(0)
        if not any(self._waiting.values()):
            return
        if not self._waiting.get(self._current):
            self._current = next(kind for kind, waiting in self._waiting.items() if waiting)
        question, answer = self._waiting[self._current].popleft()
        answer.set_result(await self._ask(question))
        # Once for the line to take the answer, once for its end.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
