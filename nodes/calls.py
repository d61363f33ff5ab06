"""Calls of the model on the account of one beat: each may be the last that its budget allows, each is paid for."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sqlmodel import Session

from heartbeat.config import Config
from heartbeat.store import Claim, beats, budget
from nodes.model import ModelError, Question, Reply
from nodes.services import Services


class BudgetSpentError(Exception):
    """The thread may not ask a model any more today."""


class BeatOverError(Exception):
    """Somebody else has ended the beat."""


@dataclass
class Calls:
    """Asks the model, and counts what it took.

    ``prompt_tokens`` and ``completion_tokens`` are those that are not on the row yet.
    """

    services: Services
    claim: Claim
    config: Config
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @property
    def are_unpaid(self) -> bool:
        """Whether there are tokens that are not on the row yet."""
        return bool(self.prompt_tokens or self.completion_tokens)

    async def ask(self, question: Question) -> Reply:
        """Ask, again where the model has to be asked in another manner; leave the tokens to who writes the outcome.

        Raises:
            ModelError: the model gave no reply.
            BudgetSpentError: the tokens of the day are used up; the model was not asked.
            BeatOverError: somebody else has ended the beat; the model was not asked.
            FenceLostError: another process has the beat; the model was not asked.
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
        """Ask, and put the tokens on the row at once: more calls follow, and each may fail; see `ask`."""
        try:
            return await self.ask(question)
        finally:
            await self._pay()

    def _count(self, told: Reply | ModelError) -> None:
        self.prompt_tokens += told.prompt_tokens
        self.completion_tokens += told.completion_tokens

    async def _pay(self) -> None:
        prompt, completion = self.prompt_tokens, self.completion_tokens
        if self.are_unpaid:
            self.prompt_tokens = self.completion_tokens = 0
            await asyncio.to_thread(self.services.store.write, beats.pay, self.claim, prompt, completion)

    def _spent(self, session: Session) -> str | None:
        row = beats.held(session, self.claim)
        if beats.is_settled(row):
            raise BeatOverError
        found = budget.spent_tokens(session, row.thread_id, self.config, self.services.clock())
        return found.sentence if found else None
