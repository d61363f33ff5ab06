"""The questions about a line: each a chat whose first part, system text and worked examples, never changes.

So the server keeps that part from line to line. Each question has a chat of its own: measured against one chat for
all of them, the choices of occasion and subject were right more often.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cache

from heartbeat.plan import PlanLine
from heartbeat_decision.asking import ShortQuestion, Turn
from heartbeat_decision.reading.examples import FOLDER, Example, examples
from heartbeat_decision.reading.form import schema
from heartbeat_decision.reading.words import DOES, END, Act, Occasion, Subject

FORM_TOKENS = 110
"""Tokens of a filled-in form at most; those of the tuning lines have 20 on average."""
_DECIDES = ("words", "form", "body", "line", "questions", "message", "until")
"""The modules that make a reading of answers: where they change, lines are read again."""


def act_question(line: PlanLine, own_kinds: Sequence[str] = (), *, reworded: bool = False) -> ShortQuestion:
    """Return the question what a line has the agent do, or with ``reworded`` the same in other words."""
    system = _text("reworded" if reworded else "act")
    if own_kinds:
        system += f"\nAlso to be done, where the line names it: {', '.join(own_kinds)}."
    order = examples() if reworded else examples()[::-1]
    ending = "" if reworded else "\nWhat is to be done?"
    turns = [turn for each in order for turn in _turn(each.under, each.line, ending, each.act)]
    options = (*Act, *own_kinds)
    return ShortQuestion(_chat(system, turns, line, ending), tuple(map(str, options)))


def more_question(line: PlanLine, act: str) -> ShortQuestion:
    """Return the question what a line has the agent do besides ``act``; `END` is nothing else."""
    turns = [
        turn
        for each in examples()
        if each.more is not None
        for turn in _turn(each.under, each.line, _first(each.act), each.more)
    ]
    return ShortQuestion(_chat(_text("more"), turns, line, _first(act)), (*map(str, DOES), END))


def _first(act: str) -> str:
    return f"\nFirst: {act}. Second?"


def occasion_question(line: PlanLine) -> ShortQuestion:
    """Return the question on what occasion the agent has to act."""
    turns = [
        t for each in examples() if each.occasion for t in _turn(each.under, each.line, "", each.occasion)
    ]
    return ShortQuestion(_chat(_text("occasion"), turns, line, ""), tuple(map(str, Occasion)))


def subject_question(line: PlanLine) -> ShortQuestion:
    """Return the question what a line is about."""
    turns = [t for each in examples() if each.subject for t in _turn(each.under, each.line, "", each.subject)]
    return ShortQuestion(_chat(_text("subject"), turns, line, ""), tuple(map(str, Subject)))


def form_question(line: PlanLine, act: str, occasion: Occasion) -> ShortQuestion:
    """Return the question for numbers, times, a question about one item, and what the text has to say."""
    turns = [t for each in examples() if each.form for t in _form_turn(each)]
    chat = _chat(_text("form"), turns, line, _chosen(act, occasion))
    return ShortQuestion(chat, schema=schema(act, occasion), max_tokens=FORM_TOKENS)


def _form_turn(example: Example) -> list[Turn]:
    form = example.form.model_dump(mode="json", by_alias=True, exclude_none=True) if example.form else {}
    ending = _chosen(example.act, example.occasion)
    return _turn(example.under, example.line, ending, json.dumps(form, ensure_ascii=False))


def _chosen(act: str, occasion: Occasion | None) -> str:
    return f"\nWhen: {occasion}. Do: {act}."


def _chat(system: str, turns: Sequence[Turn], line: PlanLine, ending: str) -> tuple[Turn, ...]:
    return (("system", system), *turns, ("user", _asked(line.above, line.text, ending)))


def _turn(under: Sequence[str], line: str, ending: str, answer: str) -> list[Turn]:
    return [("user", _asked(under, line, ending)), ("assistant", str(answer))]


def _asked(under: Sequence[str], line: str, ending: str) -> str:
    above = f"Under: {' > '.join(under)}\n" if under else ""
    return f"{above}Line: {line}{ending}"


@cache
def _text(name: str) -> str:
    return (FOLDER / f"{name}.txt").read_text("utf-8").strip()


@cache
def prompt_version() -> str:
    """Return a hash of all words that are put before a line, and of how answers become rules."""
    digest = hashlib.sha256()
    for path in sorted(
        [*FOLDER.glob("*.txt"), *FOLDER.glob("*.yaml"), *(FOLDER / f"{name}.py" for name in _DECIDES)]
    ):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]
