"""Short questions: chats that a model answers with one word or a small form, and how they are asked of a server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from heartbeat_decision.model import Model, Question

CONTEXT_TOKENS = 8_192
"""Context window of all questions, one for all so that the server need not load the model anew."""
Turn = tuple[str, str]
"""A role and what it says."""


@dataclass(frozen=True)
class ShortQuestion:
    """One question: one word of ``options``, or a form by ``schema``, within ``max_tokens``."""

    messages: tuple[Turn, ...]
    options: tuple[str, ...] = ()
    schema: Mapping[str, Any] | None = None
    max_tokens: int = 1


@dataclass(frozen=True)
class ShortAnswer:
    """What the model generated, and the probabilities of the tokens it might have begun with, if they are known."""

    text: str
    odds: Mapping[str, float]


class Ask(Protocol):
    """Asks a model; what it raises passes through whoever asks."""

    async def __call__(self, question: ShortQuestion) -> ShortAnswer: ...


@dataclass
class PortAsk:
    """Ask a model of a server; counts calls, tokens, and the seconds that the server says it read prompts.

    ``deadline`` is the time of one question in seconds. ``stays``: what is asked must not leave this machine and its
    own network.
    """

    port: Model
    url: str
    model: str
    deadline: float
    stays: bool = False
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_seconds: float = 0.0

    async def __call__(self, question: ShortQuestion) -> ShortAnswer:
        """Ask one question, again if the model needs another thinking mode.

        Raises:
            ModelError: the model gave no reply, or must not be asked.
        """
        while True:
            self.calls += 1
            reply = await self.port.ask(
                Question(
                    url=self.url,
                    model=self.model,
                    messages=question.messages,
                    schema=question.schema or {},
                    temperature=0.0,
                    max_tokens=question.max_tokens,
                    context_tokens=CONTEXT_TOKENS,
                    deadline=self.deadline,
                    stays=self.stays,
                    options=question.options,
                )
            )
            self.prompt_tokens += reply.prompt_tokens
            self.completion_tokens += reply.completion_tokens
            self.prompt_seconds += reply.prompt_seconds or 0.0
            if not reply.again:
                return ShortAnswer(reply.text, reply.odds)
