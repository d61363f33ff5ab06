"""Judge one item by one question."""

from __future__ import annotations

import math
from collections.abc import Mapping

from heartbeat.feed import Item
from heartbeat.plan.verdict import Verdict
from heartbeat.text import first_line
from heartbeat_decision.asking import Ask, ShortAnswer
from heartbeat_decision.judging.question import NO, YES, item_question

ODDS_LIMIT = 12.0
"""The largest odds in either direction, where the other word has hardly any share or none."""


class UnjudgedError(Exception):
    """The model answered neither yes nor no."""


async def judge(question: str, item: Item, ask: Ask) -> Verdict:
    """Return the verdict on an item; it takes one call and one generated token.

    Raises:
        UnjudgedError: the answer is neither yes nor no.
    """
    return _verdict(await ask(item_question(question, item)))


def _verdict(answer: ShortAnswer) -> Verdict:
    if answer.odds:
        yes, no = _share(answer.odds, YES), _share(answer.odds, NO)
        if yes or no:
            return _of_shares(yes, no, min(answer.odds.values()))
    elif (word := _word(answer.text)) in (YES, NO):
        return Verdict(yes=word == YES)
    raise UnjudgedError(f"{first_line(answer.text, 40)!r} is neither {YES} nor {NO}")


def _of_shares(yes: float, no: float, least: float) -> Verdict:
    """Return the verdict of the shares of both words; one that is not told has at most the ``least`` that is."""
    odds = math.log((yes or least) or math.ulp(0.0)) - math.log((no or least) or math.ulp(0.0))
    odds = max(-ODDS_LIMIT, min(ODDS_LIMIT, odds))
    return Verdict(yes=odds > 0, odds=odds)


def _share(odds: Mapping[str, float], word: str) -> float:
    return sum(share for token, share in odds.items() if _word(token) == word)


def _word(text: str) -> str:
    return text.strip().strip(".,!:;\"'`*").casefold()
