"""Read one message of the owner into rules by a few short questions; most ask for nothing, and take one."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import ValidationError

from heartbeat.plan import Do, PlanLine, Reading, RuleBody, When, WhenKind
from heartbeat.plan.until import UntilForm, UntilWord
from heartbeat.text import first_line
from heartbeat_decision.asking import Ask, ShortAnswer, ShortQuestion
from heartbeat_decision.reading.body import body
from heartbeat_decision.reading.line import SURE, UnreadableError
from heartbeat_decision.reading.line import _choose as choose
from heartbeat_decision.reading.line import _form as form_of
from heartbeat_decision.reading.line import _shares as shares_of
from heartbeat_decision.reading.questions import (
    act_question,
    form_question,
    occasion_question,
    subject_question,
)
from heartbeat_decision.reading.until import until_answer, until_question
from heartbeat_decision.reading.words import ABOUT, ROLES, Act, Occasion, Subject

CALLS_LIMIT = 5
"""Maximum number of questions about a message, since a beat waits for them."""


async def read_message(line: PlanLine, ask: Ask, own_kinds: Sequence[str] = ()) -> Reading:
    """Return what a message of the owner asks for: one rule, or the role of a message that asks for nothing.

    It takes one to `CALLS_LIMIT` questions. What a message forbids until something is silence until then. A server
    that tells no probabilities is asked what is to be done once more in other words, and the reading is unsure if the
    answers differ, or if no question is left for it.

    Raises:
        UnreadableError: an answer is none of the options, or the form makes no rule.
    """
    counted = _Counted(ask)
    options = (*Act, *own_kinds)
    answer = await counted(act_question(line, own_kinds))
    shares = shares_of(answer, options)
    act = max(shares, key=lambda word: shares[word])
    reading = await _read(line, act, counted)
    if answer.odds:
        unsure = shares[act] < SURE
    elif counted.calls < CALLS_LIMIT:
        unsure = act not in shares_of(await counted(act_question(line, own_kinds, reworded=True)), options)
    else:
        unsure = True
    return reading.model_copy(update={"unsure": reading.unsure or unsure})


class _Counted:
    """Asks, and counts the questions."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask
        self.calls = 0

    async def __call__(self, question: ShortQuestion) -> ShortAnswer:
        self.calls += 1
        return await self._ask(question)


async def _read(line: PlanLine, act: str, ask: Ask) -> Reading:
    """Return the reading of a message of which it is known what it has the agent do."""
    if act in {Act.SILENT, Act.FORBIDDEN}:
        until, is_clear = await _until(line, ask)
        if until is not None or act == Act.FORBIDDEN:
            return _silence(act, until, is_clear=is_clear)
        rule = await _rule(line, act, ask)
    elif act in ROLES:
        return Reading(role=ROLES[act])
    else:
        rule = await _rule(line, act, ask)
        until, is_clear = await _until(line, ask)
    return Reading(rules=(rule,), until=until, unsure=not is_clear)


def _silence(act: str, until: UntilForm | None, *, is_clear: bool) -> Reading:
    if until is None:
        return Reading(role=ROLES[act], unsure=not is_clear)
    silent = RuleBody(when=When(kind=WhenKind.ALWAYS), do=Do.SILENT)
    return Reading(rules=(silent,), until=until)


async def _rule(line: PlanLine, act: str, ask: Ask) -> RuleBody:
    """Return the rule of a message, read as a line of a text is."""
    occasion = choose(await ask(occasion_question(line)), tuple(Occasion))
    subject = Subject.ANY
    if act != Act.SILENT or occasion is Occasion.IF:
        subject = choose(await ask(subject_question(line)), tuple(Subject))
    form = form_of(await ask(form_question(line, act, occasion)))
    try:
        return body(act, occasion, ABOUT[subject], form)
    except ValidationError as error:
        said = first_line(error.errors()[0]["msg"], 200)
        raise UnreadableError(f"the form makes no rule: {said}") from None


async def _until(line: PlanLine, ask: Ask) -> tuple[UntilForm | None, bool]:
    """Return until when a message says that it holds, None where it does not say, and whether the answer is clear."""
    try:
        form = until_answer(await ask(until_question(line)))
    except ValueError:
        # Silence lasts then until it is lifted, and the owner is asked to look at it.
        return None, False
    return (None if form.until == UntilWord.NONE else form), True
