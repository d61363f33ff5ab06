"""Ask the questions about a line through the model port."""

from __future__ import annotations

from dataclasses import dataclass

from heartbeat_decision.model import Model, Question
from heartbeat_decision.reading.questions import ReadingAnswer, ReadingQuestion

CONTEXT_TOKENS = 8_192
"""Context window of all questions, one for all so that the server need not load the model anew."""


@dataclass
class PortAsk:
    """Ask a model of a server; counts calls and tokens. ``deadline`` is the time of one question in seconds."""

    port: Model
    url: str
    model: str
    deadline: float
    calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0

    async def __call__(self, question: ReadingQuestion) -> ReadingAnswer:
        """Ask one question, again if the model needs another thinking mode.

        Raises:
            ModelError: the model gave no reply.
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
                    options=question.options,
                )
            )
            self.prompt_tokens += reply.prompt_tokens
            self.completion_tokens += reply.completion_tokens
            if not reply.again:
                return ReadingAnswer(reply.text, reply.odds)
