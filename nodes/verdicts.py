"""Verdicts on items: those that are kept for the workspace, and new ones, which the model gives and are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from heartbeat.feed import Item
from heartbeat.plan import Finding, Judgement
from heartbeat.plan.guard import GUARD, MOST_ASKED, steers
from heartbeat.plan.verdict import Verdict
from heartbeat.store import verdicts
from heartbeat.store.verdicts import Pair as KeptPair
from heartbeat_decision.asking import CONTEXT_TOKENS, ShortAnswer, ShortQuestion
from heartbeat_decision.judging import (
    UnjudgedError,
    guard,
    guarded_hash,
    item_hash,
    judge,
    prompt_version,
)
from heartbeat_decision.model import Question
from nodes.calls import Calls
from nodes.judge import Judged, Pair
from nodes.services import Services


@dataclass(frozen=True)
class KeptVerdicts:
    """The verdicts of the workspace; ``judged_with`` is the hash of the model and the prompts that gave them."""

    services: Services
    judged_with: str

    @classmethod
    def of_model(cls, services: Services, digest: str) -> KeptVerdicts:
        """Return those that the model of this digest gave."""
        return cls(services, verdicts.judged_with(digest, prompt_version()))

    def find(self, judged: Sequence[Judged]) -> dict[Pair, Verdict]:
        """Return what is kept of these judgements; items of the same content have the same verdict."""
        pairs = {each.pair: _pair(each.judgement) for each in judged}
        found = self.services.store.shared(verdicts.find, tuple(pairs.values()), self.judged_with)
        return {each: found[pair] for each, pair in pairs.items() if pair in found}

    def use(self, judged: Sequence[Judged]) -> dict[Pair, Verdict]:
        """Return what is kept of these judgements, and keep it for as long as it is used."""
        self.services.store.look_again()
        found = self.find(judged)
        used = [_pair(each.judgement) for each in judged if each.pair in found]
        if used:
            self.services.store.write(verdicts.use, used, self.judged_with, self.services.clock())
        return found

    def put(self, judgement: Judgement, verdict: Verdict) -> None:
        """Keep a verdict."""
        now = self.services.clock()
        pair = _pair(judgement)
        self.services.store.write(verdicts.put, pair, judgement.item, self.judged_with, verdict, now)
        self.services.store.look_again()


@dataclass(frozen=True)
class Verdicts:
    """Find verdicts, or ask for them through the calls of one beat; ``whole`` says which model to ask, and where.

    ``given`` are those of this beat.
    """

    stored: KeptVerdicts
    calls: Calls
    whole: Question
    given: dict[KeptPair, Verdict] = field(default_factory=dict)

    async def kept(self, judged: Sequence[Judged]) -> dict[Pair, Verdict]:
        """Return the verdicts that are kept of these judgements."""
        return await asyncio.to_thread(self.stored.use, judged)

    async def ask(self, judged: Judged) -> Verdict | None:
        """Judge one item on behalf of a rule; None where the model says neither yes nor no.

        Raises:
            ModelError: the model gave no reply.
        """
        judgement = judged.judgement
        if (known := self.given.get(_pair(judgement))) is not None:
            return known  # another item of the same content
        try:
            if judgement.question == GUARD:
                verdict = await guard(judgement.item, self._put)
            else:
                verdict = await judge(judgement.question, judgement.item, self._put)
        except UnjudgedError:
            return None
        await asyncio.to_thread(self.stored.put, judgement, verdict)
        self.given[_pair(judgement)] = verdict
        return verdict

    async def innocent(self, items: Iterable[Item], finding: Finding) -> list[Item]:
        """Return the items that do not tell an agent what to do; the model is asked about a few that it never saw.

        Raises:
            ModelError: the model gave no reply.
        """
        judged = [(item, Judged(Judgement(GUARD, item), finding)) for item in items]
        known = await self.kept([each for _, each in judged]) if judged else {}
        unknown = [
            each for item, each in judged if each.pair not in known and not (item.own or item.from_owner)
        ]
        for each in unknown[:MOST_ASKED]:
            if (verdict := await self.ask(each)) is not None:
                known[each.pair] = verdict
        return [
            item
            for item, each in judged
            if item.own or item.from_owner or (each.pair in known and not steers(known[each.pair]))
        ]

    async def _put(self, question: ShortQuestion) -> ShortAnswer:
        reply = await self.calls.ask_and_pay(
            replace(
                self.whole,
                messages=question.messages,
                schema=question.schema or {},
                options=question.options,
                temperature=0.0,
                max_tokens=question.max_tokens,
                context_tokens=max(self.whole.context_tokens, CONTEXT_TOKENS),
            )
        )
        return ShortAnswer(reply.text, reply.odds)


def _pair(judgement: Judgement) -> KeptPair:
    sees = guarded_hash if judgement.question == GUARD else item_hash
    return KeptPair(judgement.question, sees(judgement.item))
