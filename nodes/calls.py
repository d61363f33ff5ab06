"""Model calls of one beat, each checked against the token budget and its tokens counted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session

from heartbeat.call_figures import CallFigures
from heartbeat.config import Config
from heartbeat.store import Claim, beats, budget
from heartbeat_decision.model import ModelError, Question, Reply
from nodes.services import Services


class BudgetSpentError(Exception):
    """The thread's token budget of the day is used up."""


class BeatOverError(Exception):
    """The beat was settled by another process or request."""


@dataclass
class Calls:
    """Ask the model on behalf of one beat, and count what it takes.

    ``unpaid`` is what is not written to the beat's row yet.
    """

    services: Services
    claim: Claim
    config: Config
    unchecked_until: datetime | None = None
    """Until when nothing can have settled the beat, which this run has just claimed; for the first call alone."""
    unpaid: CallFigures = field(default_factory=CallFigures)

    async def ask(self, question: Question) -> Reply:
        """Ask the model, again if it needs another thinking mode; the caller writes the tokens of the last reply.

        Raises:
            ModelError: the model gave no reply.
            BudgetSpentError: the tokens of the day are used up; the model was not asked.
            BeatOverError: the beat is settled already; the model was not asked.
            FenceLostError: another process has taken over the beat; the model was not asked.
        """
        while True:
            if not self._has_just_begun():
                spent = await asyncio.to_thread(self.services.store.read, self._spent)
                if spent:
                    raise BudgetSpentError(spent)
            self.unchecked_until = None
            try:
                reply = await self.services.model.ask(question)
            except ModelError as error:
                self._count(error)
                raise
            self._count(reply)
            if not reply.again:
                return reply
            await self._pay()

    def _has_just_begun(self) -> bool:
        if self.unchecked_until is None or self.config.daily_token_budget is not None:
            return False
        return self.services.clock() < self.unchecked_until

    async def ask_and_pay(self, question: Question) -> Reply:
        """Ask as `ask` does and write the tokens to the row at once, since one of the next calls may fail."""
        try:
            return await self.ask(question)
        finally:
            await self._pay()

    def _count(self, told: Reply | ModelError) -> None:
        self.unpaid += _figures(told)

    async def _pay(self) -> None:
        figures = self.unpaid
        if not figures.is_empty:
            self.unpaid = CallFigures()
            await asyncio.to_thread(self.services.store.write, beats.add_figures, self.claim, figures)

    def _spent(self, session: Session) -> str | None:
        thread_id = beats.thread_of_running(session, self.claim)
        if thread_id is None:
            raise BeatOverError
        found = budget.spent_tokens(session, thread_id, self.config, self.services.clock())
        return found.sentence if found else None


def _figures(told: Reply | ModelError) -> CallFigures:
    if isinstance(told, ModelError):
        return CallFigures(told.prompt_tokens, told.completion_tokens)
    return CallFigures(
        told.prompt_tokens,
        told.completion_tokens,
        model_seconds=told.seconds,
        prompt_seconds=told.prompt_seconds,
        load_seconds=told.load_seconds,
        kept_tokens=told.kept_tokens,
    )
