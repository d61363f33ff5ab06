"""Readings of lines, kept as a reader keeps them, from a fake model that is called instead of asked over HTTP."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Coroutine, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlmodel import Session

from heartbeat.model_name import find_name
from heartbeat.plan import PlanLine, Reading
from heartbeat.plan.lines import divide
from heartbeat.store import plan_readings, reading_claim
from heartbeat.store.plan_readings import Usage
from heartbeat_decision.asking import ShortAnswer, ShortQuestion
from heartbeat_decision.model import OllamaModel
from heartbeat_decision.reading import prompt_version, read_lines
from nodes.known import own_kinds
from nodes.readings import reader_model
from nodes.services import Services
from tests.support.ollama import Answer, FakeOllama, Say, only_look

Read = tuple[PlanLine, Reading, Usage]
T = TypeVar("T")


class UnusualError(Exception):
    """The fake gives more than a text, which only the real reader shows what becomes of."""


class _Asked:
    """Asks a function and counts what it took."""

    def __init__(self, answer: Answer) -> None:
        self._answer, self.usage = answer, Usage()

    async def __call__(self, question: ShortQuestion) -> ShortAnswer:
        body: dict[str, Any] = {
            "messages": [{"role": role, "content": content} for role, content in question.messages],
            "format": question.schema or None,
        }
        say = self._answer(body)
        if say != Say(
            say.text, prompt_tokens=say.prompt_tokens, completion_tokens=say.completion_tokens, odds=say.odds
        ):
            raise UnusualError
        calls, prompt, completion, _ = self.usage
        self.usage = Usage(calls + 1, prompt + say.prompt_tokens, completion + say.completion_tokens)
        return ShortAnswer(say.text, say.odds or {})


async def _read(line: PlanLine, answer: Answer, kinds: Sequence[str]) -> Read:
    asked = _Asked(answer)
    ((_, result),) = [each async for each in read_lines([line], asked, kinds)]
    if not isinstance(result, Reading):
        raise UnusualError
    return line, result, asked.usage


@functools.cache
def _only_looked_at(line: PlanLine, kinds: tuple[str, ...]) -> Read:
    return _run(_read(line, only_look, kinds))


def _all_read(lines: Iterable[PlanLine], answer: Answer, kinds: tuple[str, ...]) -> list[Read]:
    if answer is only_look:
        return [_only_looked_at(line, kinds) for line in lines]

    async def read() -> list[Read]:
        return [await _read(line, answer, kinds) for line in lines]

    return _run(read())


def _run(work: Coroutine[Any, Any, T]) -> T:
    # In a thread of its own: the test may be inside a running loop.
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def keep_readings(services: Services, ollama: FakeOllama, text: str) -> bool:
    """Keep what the model reads from the lines of a text; false if the real reader has to show what becomes of it.

    The rows are those that the reader writes, in one transaction instead of a dozen, and nothing is asked over HTTP.
    """
    settings, model = services.settings, reader_model(services.settings)
    if (
        settings.ollama_url != ollama.url
        or ollama.demands is not None
        or ollama.leads_to is not None
        or find_name(model, ollama.models) is None
        or not isinstance(services.model, OllamaModel)
    ):
        return False
    kinds, digest = own_kinds(services), ollama.digest or model
    reads = plan_readings.reads_with(digest, prompt_version(), kinds)
    left = services.store.read(plan_readings.unread, divide(text).read, reads)
    if not left:
        return True
    try:
        read = _all_read(left, ollama.reads, kinds)
    except UnusualError:
        return False
    return services.store.write(_keep, services, (model, digest, reads), read)


def _keep(session: Session, services: Services, with_: tuple[str, str, str], read: Iterable[Read]) -> bool:
    now, (model, digest, reads) = services.clock(), with_
    claim = reading_claim.claim(session, services.store.lease, now, at_once=True)
    if claim is None:
        return False
    session.flush()
    reading_claim.begin(session, claim, model, digest, now)
    reading_claim.answered(session, claim)
    for line, result, usage in read:
        plan_readings.keep(session, line, reads, result, usage, now)
    reading_claim.release(session, claim, now)
    return True
