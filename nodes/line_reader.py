"""Read lines of instructions with the reader model of the workspace, each kept as it is read, under one claim."""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from sqlmodel import Session

from heartbeat.errors import FenceLostError
from heartbeat.plan import PlanLine, Reading
from heartbeat.plan.lines import divide
from heartbeat.store import plan_readings, reading_claim
from heartbeat.store.failure import DATABASE_ERRORS
from heartbeat.store.plan_readings import FAILURES_LIMIT, Usage
from heartbeat.store.reading_claim import ReadingClaim
from heartbeat.text import sentence
from heartbeat_decision.asking import Ask, PortAsk
from heartbeat_decision.model import ModelError, ModelUnreachableError
from heartbeat_decision.reading import UnreadableError, prompt_version, read_lines
from nodes.known import own_kinds
from nodes.readings import reader_model, reads_of
from nodes.services import Services

BATCH = 25
"""Lines that are read together, so that the server keeps the first part of each question for so many lines.

A process that is killed loses what was asked about those of them that are not finished.
"""
WAIT = 1.0
"""Seconds between two looks at whether somebody else has read the lines."""
RENEWALS = 3
"""Renewals of the claim while it holds."""

logger = logging.getLogger("heartbeat")


class Ended(StrEnum):
    """How reading lines ended.

    ``read``: all are read. ``busy``: somebody else reads, or the model is left alone for a while. ``down``: the model
    could not be asked. ``stopped``: reading was called off.
    """

    READ = "read"
    BUSY = "busy"
    DOWN = "down"
    STOPPED = "stopped"


class Progress(NamedTuple):
    """How many of the lines are read."""

    read: int
    of: int


class ReadLines(Protocol):
    """Reads lines and yields each as soon as it is read, or with why its answers make no rule."""

    def __call__(
        self, lines: Sequence[PlanLine], ask: Ask, own_kinds: Sequence[str] = ()
    ) -> AsyncIterator[tuple[PlanLine, Reading | UnreadableError]]: ...


def ignore(_: object) -> None:
    """Tell nobody."""


def always() -> bool:
    """Go on."""
    return True


@dataclass
class LineReader:
    """Reads lines once for the workspace; ``jitter`` returns a number from 0 to 1."""

    services: Services
    read: ReadLines = read_lines
    jitter: Callable[[], float] = random.random
    _misses: Counter[str] = field(default_factory=Counter, repr=False)
    """How often the model gave no reply while lines were read, by the key of the line."""
    _logged: str | None = field(default=None, repr=False)
    """Why the model could not be asked, as the log has it; None if it answered since."""

    async def read_all(
        self,
        lines: Sequence[PlanLine],
        *,
        at_once: bool = False,
        verify: bool = False,
        on_progress: Callable[[Progress], None] = ignore,
        goes_on: Callable[[], bool] = always,
    ) -> Ended:
        """Read the lines that are not read yet, and keep each as soon as it is.

        ``at_once``: the model is asked though it failed lately. ``verify``: it is looked up whether the model is
        still the same, though all lines are read. Where ``goes_on`` returns false it ends after some lines.
        """
        store, clock = self.services.store, self.services.clock
        if not lines or not (verify or await self._is_unread(lines)):
            return Ended.READ
        claim = await asyncio.to_thread(
            store.write, reading_claim.claim, store.lease, clock(), at_once=at_once
        )
        if claim is None:
            return Ended.BUSY if await self._is_unread(lines) else Ended.READ
        try:
            async with self._renewing(claim):
                return await self._read_claimed(claim, lines, on_progress, goes_on)
        except FenceLostError:
            return Ended.BUSY
        except ModelError as error:
            return await asyncio.to_thread(self._missed, claim, lines, error)
        finally:
            # A process that is told to stop lets another go on at once.
            await asyncio.shield(asyncio.to_thread(store.write, reading_claim.release, claim, clock()))

    def _unread(self, lines: Sequence[PlanLine]) -> list[PlanLine]:
        """Return the lines that are not read, as far as is known without asking for the model."""
        state = self.services.store.read(reading_claim.state, self.services.clock())
        reads = reads_of(self.services, state)
        return self.services.store.read(plan_readings.unread, lines, reads) if reads else list(lines)

    async def _is_unread(self, lines: Sequence[PlanLine]) -> bool:
        return bool(await asyncio.to_thread(self._unread, lines))

    def _missed(self, claim: ReadingClaim, lines: Sequence[PlanLine], error: ModelError) -> Ended:
        """Note that the model could not be asked, unless nothing was to be read."""
        if not self._unread(lines):
            return Ended.READ
        services, model = self.services, reader_model(self.services.settings)
        said = sentence(str(error) if isinstance(error, ModelUnreachableError) else f"{model}: {error}")
        if said != self._logged:
            # Not at each try: a model may be away for days.
            logger.warning("lines wait to be read: %s", said, extra={"action": "reading_failed"})
            self._logged = said
        with suppress(FenceLostError):  # then somebody else reads, who notes it
            services.store.write(
                reading_claim.miss, claim, model, said, services.clock(), jitter=self.jitter()
            )
        return Ended.DOWN

    async def _read_claimed(
        self,
        claim: ReadingClaim,
        lines: Sequence[PlanLine],
        on_progress: Callable[[Progress], None],
        goes_on: Callable[[], bool],
    ) -> Ended:
        services, store = self.services, self.services.store
        url, model = services.settings.ollama_url, reader_model(services.settings)
        digest = await services.model.check(url, model) or model
        kinds = await asyncio.to_thread(own_kinds, services)
        version = await asyncio.to_thread(prompt_version)  # files are read for it once
        reads = plan_readings.reads_with(digest, version, kinds)
        left = await asyncio.to_thread(store.read, plan_readings.unread, lines, reads)
        await asyncio.to_thread(store.write, _begin, claim, model, digest, services)
        of = len({plan_readings.line_key(line) for line in lines})
        tries: Counter[str] = Counter()
        while left:
            if not goes_on():
                return Ended.STOPPED
            on_progress(Progress(of - len(left), of))
            batch = self._batch(left)
            tries.update(map(plan_readings.line_key, batch))
            ask = PortAsk(services.model, url, model, services.settings.model_timeout)
            await self._read_batch(claim, batch, ask, kinds, reads)
            self._logged = None
            left = await asyncio.to_thread(store.read, plan_readings.unread, lines, reads)
            left = [line for line in left if tries[plan_readings.line_key(line)] < FAILURES_LIMIT]
        on_progress(Progress(of, of))
        return Ended.READ

    def _batch(self, left: Sequence[PlanLine]) -> list[PlanLine]:
        """Return the lines to read next: those that got no reply last, and alone, so that they hold up no other."""
        ranked = sorted(left, key=lambda line: self._misses[plan_readings.line_key(line)])
        first = self._misses[plan_readings.line_key(ranked[0])]
        return ranked[:1] if first else [line for line in ranked if not self._misses_of(line)][:BATCH]

    def _misses_of(self, line: PlanLine) -> int:
        return self._misses[plan_readings.line_key(line)]

    async def _read_batch(
        self,
        claim: ReadingClaim,
        batch: Sequence[PlanLine],
        ask: PortAsk,
        kinds: Sequence[str],
        reads: str,
    ) -> None:
        """Read some lines together; each is charged with what was asked since the one before."""
        services, loop = self.services, asyncio.get_running_loop()
        waiting = {plan_readings.line_key(line) for line in batch}
        before, began = _counts(ask), loop.time()
        try:
            async with aclosing(self.read(batch, ask, kinds)) as results:  # type: ignore[type-var]
                async for line, result in results:
                    counts, now = _counts(ask), loop.time()
                    calls, prompt, completion = (
                        after - earlier for after, earlier in zip(counts, before, strict=True)
                    )
                    usage = Usage(calls, prompt, completion, round((now - began) * 1_000))
                    before, began = counts, now
                    await asyncio.to_thread(
                        services.store.write, _keep, claim, line, reads, result, usage, services
                    )
                    waiting.discard(plan_readings.line_key(line))
        except ModelUnreachableError:
            raise
        except ModelError:
            # The server is there, so it may be one of these lines that it cannot answer.
            self._misses.update(waiting)
            if len(batch) > 1 or self._misses_of(batch[0]) <= FAILURES_LIMIT:
                raise
            # It got no reply together with others nor alone: it counts as read, so that no other waits for it.
            await asyncio.to_thread(services.store.write, _give_up, claim, batch[0], reads, services)

    @asynccontextmanager
    async def _renewing(self, claim: ReadingClaim) -> AsyncIterator[None]:
        """Renew the claim while lines are read; a lost one is noticed when the next line is kept."""
        task = asyncio.create_task(self._renew(claim))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _renew(self, claim: ReadingClaim) -> None:
        store = self.services.store
        while True:
            await asyncio.sleep(store.lease.seconds / RENEWALS)
            try:
                await asyncio.to_thread(
                    store.write, reading_claim.renew, claim, store.lease, self.services.clock()
                )
            except FenceLostError:
                return
            except DATABASE_ERRORS as error:
                logger.warning(
                    "the claim of reading was not renewed: %s", error, extra={"action": "reading_failed"}
                )


def _give_up(session: Session, claim: ReadingClaim, line: PlanLine, reads: str, services: Services) -> None:
    """Keep that a line gets no reply, so that it counts as read without a rule and is named."""
    now = services.clock()
    reading_claim.renew(session, claim, services.store.lease, now)
    while plan_readings.fail(session, line, reads, Usage(), now) < FAILURES_LIMIT:
        pass


def _counts(ask: PortAsk) -> tuple[int, int, int]:
    return ask.calls, ask.prompt_tokens, ask.completion_tokens


def _begin(session: Session, claim: ReadingClaim, model: str, digest: str, services: Services) -> None:
    now = services.clock()
    reading_claim.begin(session, claim, model, digest, now)
    reading_claim.answered(session, claim)


def _keep(
    session: Session,
    claim: ReadingClaim,
    line: PlanLine,
    reads: str,
    result: Reading | UnreadableError,
    usage: Usage,
    services: Services,
) -> None:
    """Keep what came of a line and renew the claim."""
    now = services.clock()
    reading_claim.renew(session, claim, services.store.lease, now)
    if isinstance(result, Reading):
        plan_readings.keep(session, line, reads, result, usage, now)
    else:
        plan_readings.fail(session, line, reads, usage, now)


async def read_first(services: Services, text: str, *, wait: float = WAIT) -> None:
    """Have the lines of a text read before a beat that needs them; what another process reads is waited for.

    Raises:
        ModelUnreachableError: the model that reads them cannot be asked.
    """
    await read_lines_first(services, divide(text).read, wait=wait)


async def read_lines_first(services: Services, lines: Sequence[PlanLine], *, wait: float = WAIT) -> None:
    """Have lines read before a beat that needs them, as `read_first` does.

    Raises:
        ModelUnreachableError: the model that reads them cannot be asked.
    """
    reader = LineReader(services)
    while (ended := await reader.read_all(lines, at_once=True)) == Ended.BUSY:
        await asyncio.sleep(wait)
    if ended == Ended.DOWN:
        state = await asyncio.to_thread(services.store.read, reading_claim.state, services.clock())
        raise ModelUnreachableError(state.problem or "the model that reads HEARTBEAT.md cannot be asked")
