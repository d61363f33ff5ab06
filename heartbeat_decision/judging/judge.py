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
    """The model answered with neither of the two words."""


async def judge(question: str, item: Item, ask: Ask) -> Verdict:
    """Return the verdict on an item; it takes one call and one generated token.

    Raises:
        UnjudgedError: the answer is neither yes nor no.
    """
    return verdict_of(await ask(item_question(question, item)), YES, NO)


def verdict_of(answer: ShortAnswer, yes: str, no: str) -> Verdict:
    """Return the verdict that an answer of one word is, ``yes`` or ``no``.

    Raises:
        UnjudgedError: it is neither.
    """
    if answer.odds:
        for_yes, for_no = _share(answer.odds, yes), _share(answer.odds, no)
        if for_yes or for_no:
            return _of_shares(for_yes, for_no, min(answer.odds.values()))
    elif (word := _word(answer.text)) in (yes, no):
        return Verdict(yes=word == yes)
    raise UnjudgedError(f"{first_line(answer.text, 40)!r} is neither {yes} nor {no}")


def _of_shares(yes: float, no: float, least: float) -> Verdict:
    """Return the verdict of the shares of both words; one that is not told has at most the ``least`` that is."""
    odds = math.log((yes or least) or math.ulp(0.0)) - math.log((no or least) or math.ulp(0.0))
    odds = max(-ODDS_LIMIT, min(ODDS_LIMIT, odds))
    return Verdict(yes=odds > 0, odds=odds)


def _share(odds: Mapping[str, float], word: str) -> float:
    return sum(share for token, share in odds.items() if _word(token) == word)


def _word(text: str) -> str:
    return text.strip().strip(".,!:;\"'`*").casefold()
