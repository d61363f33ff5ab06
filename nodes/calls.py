"""Model calls of one beat, each checked against the token budget and its tokens counted."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sqlmodel import Session

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
    """Ask the model on behalf of one beat, and count the tokens.

    ``prompt_tokens`` and ``completion_tokens`` are those that are not written to the beat's row yet.
    """

    services: Services
    claim: Claim
    config: Config
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def has_unpaid_tokens(self) -> bool:
        """Whether there are tokens that are not written to the row yet."""
        return bool(self.prompt_tokens or self.completion_tokens)

    async def ask(self, question: Question) -> Reply:
        """Ask the model, again if it needs another thinking mode; the caller writes the tokens of the last reply.

        Raises:
            ModelError: the model gave no reply.
            BudgetSpentError: the tokens of the day are used up; the model was not asked.
            BeatOverError: the beat is settled already; the model was not asked.
            FenceLostError: another process has taken over the beat; the model was not asked.
        """
        while True:
            spent = await asyncio.to_thread(self.services.store.read, self._spent)
            if spent:
                raise BudgetSpentError(spent)
            try:
                reply = await self.services.model.ask(question)
            except ModelError as error:
                self._count(error)
                raise
            self._count(reply)
            if not reply.again:
                return reply
            await self._pay()

    async def ask_and_pay(self, question: Question) -> Reply:
        """Ask as `ask` does and write the tokens to the row at once, since one of the next calls may fail."""
        try:
            return await self.ask(question)
        finally:
            await self._pay()

    def _count(self, told: Reply | ModelError) -> None:
        self.prompt_tokens += told.prompt_tokens
        self.completion_tokens += told.completion_tokens

    async def _pay(self) -> None:
        prompt, completion = self.prompt_tokens, self.completion_tokens
        if self.has_unpaid_tokens:
            self.prompt_tokens = self.completion_tokens = 0
            await asyncio.to_thread(
                self.services.store.write, beats.add_tokens, self.claim, prompt, completion
            )

    def _spent(self, session: Session) -> str | None:
        row = beats.held(session, self.claim)
        if beats.is_settled(row):
            raise BeatOverError
        found = budget.spent_tokens(session, row.thread_id, self.config, self.services.clock())
        return found.sentence if found else None
