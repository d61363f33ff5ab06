"""Read one line into rules by a few short questions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

from pydantic import ValidationError

from heartbeat.plan import PlanLine, Reading
from heartbeat.text import first_line
from heartbeat_decision.asking import Ask, ShortAnswer
from heartbeat_decision.reading.body import body
from heartbeat_decision.reading.form import Form
from heartbeat_decision.reading.questions import (
    act_question,
    form_question,
    more_question,
    occasion_question,
    subject_question,
)
from heartbeat_decision.reading.words import ABOUT, DOES, END, ROLES, Act, Occasion, Subject

SURE = 0.62
"""Share of the chosen word below which a reading is unsure; chosen on the tuning lines (docs/evals.md)."""
SECOND = 0.05
"""What the shares of a second act come to from which on the line asks for it too; chosen on the tuning lines.

It is its share as an answer to the second question, times the root of its share as an answer to the first: either
question alone finds as many acts that are not there. What nothing here can do is no second act: on the tuning
lines it was none each time.
"""
_FLOOR = 0.003
"""Share of a word that is not among those that the server tells."""
Word = TypeVar("Word", bound=str)


class UnreadableError(Exception):
    """What the model answered makes no rule."""


async def read_line(line: PlanLine, ask: Ask, own_kinds: Sequence[str] = ()) -> Reading:
    """Return what a line asks for: one rule or two, or the role of a line that asks for nothing.

    It takes one to five questions. A server that tells no probabilities is asked what is to be done once more in
    other words, and the reading is unsure if the answers differ; a second act is not looked for there. Two rules of a
    line differ in what they do alone.

    Raises:
        UnreadableError: an answer is none of the options, or the form makes no rule.
    """
    answer = await ask(act_question(line, own_kinds))
    shares = _shares(answer, (*Act, *own_kinds))
    act = max(shares, key=lambda word: shares[word])
    if answer.odds:
        unsure = shares[act] < SURE
    else:
        again = _shares(await ask(act_question(line, own_kinds, reworded=True)), (*Act, *own_kinds))
        unsure = act not in again
    if act in ROLES:
        return Reading(role=ROLES[act], unsure=unsure)
    acts = [act]
    if answer.odds and (second := await _second(line, act, shares, ask)):
        acts.append(second)
    occasion = Occasion.ALWAYS
    if line.task is None:
        occasion = _choose(await ask(occasion_question(line)), tuple(Occasion))
    subject = Subject.ANY
    if act != Act.SILENT or occasion is Occasion.IF:
        subject = _choose(await ask(subject_question(line)), tuple(Subject))
    form = _form(await ask(form_question(line, act, occasion)))
    try:
        rules = tuple(body(each, occasion, ABOUT[subject], form, task=line.task) for each in acts)
    except ValidationError as error:
        raise UnreadableError(
            f"the form makes no rule: {first_line(error.errors()[0]['msg'], 200)}"
        ) from None
    return Reading(rules=rules, unsure=unsure)


async def _second(line: PlanLine, act: str, shares: Mapping[str, float], ask: Ask) -> str | None:
    """Return what else a line has the agent do besides ``act``, whose question had these shares; mostly nothing."""
    try:
        again = _shares(await ask(more_question(line, act)), (*DOES, END))
    except UnreadableError:
        return None  # what was found so far stands
    scores = {
        word: share * math.sqrt(max(shares.get(word, 0.0), _FLOOR))
        for word, share in again.items()
        if word not in {act, Act.OTHER, END}
    }
    best = max(scores, key=lambda word: scores[word], default=None)
    return best if best is not None and scores[best] >= SECOND else None


def _choose(answer: ShortAnswer, options: Sequence[Word]) -> Word:
    shares = _shares(answer, options)
    return max(shares, key=lambda word: shares[word])


def _shares(answer: ShortAnswer, options: Sequence[Word]) -> Mapping[Word, float]:
    """Return the share of each option that may have been meant, without tokens that begin no option or several.

    Raises:
        UnreadableError: no option was meant.
    """
    found: dict[Word, float] = {}
    for token, odds in (answer.odds or {answer.text: 1.0}).items():
        begun = token.strip().casefold()
        meant = [word for word in options if begun and (word.startswith(begun) or begun.startswith(word))]
        if len(meant) == 1 and odds > 0:
            found[meant[0]] = found.get(meant[0], 0.0) + odds
    if not found:
        raise UnreadableError(f"{first_line(answer.text, 40)!r} is not one of: {', '.join(options)}")
    whole = sum(found.values())
    return {word: odds / whole for word, odds in found.items()}


def _form(answer: ShortAnswer) -> Form:
    try:
        return Form.model_validate_json(answer.text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the form"
        raise UnreadableError(f"{where}: {first_line(first['msg'], 200)}") from None
