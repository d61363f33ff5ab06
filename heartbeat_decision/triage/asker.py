"""Asks small questions, keeps the answers, and adds up what it cost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import ValidationError

from heartbeat.instructions import mask_secrets
from heartbeat.text import clean
from heartbeat.validation import parse_reply
from heartbeat_decision.answer_cache import Answers, Key
from heartbeat_decision.model import ModelError, Question, Reply
from heartbeat_decision.prompts import Asking, Templates
from heartbeat_decision.prompts.answers import Answer

ANSWER_TOKENS = 1_000
"""Longest answer to a small question: 240 characters in words of any language, each of up to four tokens."""

A = TypeVar("A", bound=Answer)


@dataclass(frozen=True)
class Step:
    """One small question that was asked; secrets are masked. ``seconds`` is its wall time.

    Where it got no answer, ``answer`` says why: ``{"problem": ...}``.
    """

    name: str
    asked: str
    answer: dict[str, Any]
    prompt_tokens: int
    completion_tokens: int
    seconds: float


@dataclass
class Asker:
    """Asks for one beat. ``put`` asks the model, ``base`` holds what all its questions share."""

    put: Callable[[Question], Awaitable[Reply]]
    base: Callable[[list[tuple[str, str]], dict[str, Any]], Question]
    templates: Templates
    answers: Answers
    model: Key
    steps: list[Step] = field(default_factory=list)

    async def read(self, name: str, line: str, form: type[A]) -> A:
        """Return what a line is read as; the same line is asked about once, and that outlasts the process."""
        return await self._read(name, line, form, lasting=True)

    async def judge(self, name: str, item: str, form: type[A]) -> A:
        """Return what an item is taken for; a process asks about the same item once."""
        return await self._read(name, item, form, lasting=False)

    async def _read(self, name: str, line: str, form: type[A], *, lasting: bool) -> A:
        """Return the answer that is kept, or a new one.

        Raises:
            ModelError: the model gave no such answer.
        """
        key = (*self.model, self.templates.version, name, line)
        kept = await self.answers.find(key, form, lasting=lasting)
        if kept is None:
            kept = await self.ask(name, line, form)
            await self.answers.note(key, kept, lasting=lasting)
        return kept

    async def ask(self, name: str, text: str, form: type[A], schema: dict[str, Any] | None = None) -> A:
        """Return the answer to one question.

        Raises:
            ModelError: the model gave no such answer.
        """
        asking: Asking = self.templates.asking[name]
        asked = mask_secrets(text)
        question = self.base(asking.messages(asked), schema or form.schema_for())
        try:
            reply = await self.put(question)
        except ModelError as error:
            failed = {"problem": mask_secrets(str(error))}
            self.steps.append(Step(name, asked, failed, error.prompt_tokens, error.completion_tokens, 0.0))
            raise
        answer, problem = _read_reply(reply, form)
        said = _masked(answer.plain()) if answer else {"problem": mask_secrets(problem)}
        tokens = (reply.prompt_tokens, reply.completion_tokens)
        self.steps.append(Step(name, asked, said, *tokens, reply.seconds))
        if answer is None:
            raise ModelError(f"asked for {name}: {problem}")
        return answer


def _read_reply(reply: Reply, form: type[A]) -> tuple[A | None, str]:
    """Return the answer, or what is wrong with it."""
    value, problem = parse_reply(reply.text)
    if problem or not reply.finished:
        return None, problem or "the reply was cut before it was complete"
    try:
        return form.model_validate(value), ""
    except ValidationError as error:
        return None, clean(form.problem(error), multiline=False)


def _masked(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: mask_secrets(value) if isinstance(value, str) else value for name, value in answer.items()}
