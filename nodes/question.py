"""Build the question for a whole decision, and the form of one for the text of an act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from heartbeat.capabilities import Capabilities
from heartbeat.config import Config
from heartbeat.draft import build_schema
from heartbeat.store.tables import Beat
from heartbeat_decision import prompt
from heartbeat_decision.model import Question
from heartbeat_decision.prompts import Templates
from heartbeat_decision.prompts.answers import ANSWERS
from nodes.context import Context
from nodes.offer import ActionContext
from nodes.outflow import model_of, must_stay
from nodes.services import Services
from nodes.view import StateView

_TOKENS_BESIDES_CONTENT = 500
"""Tokens for the other fields of a reply that contains a text: reasoning, language, title, board and note."""


@dataclass(frozen=True)
class QuestionBuilder:
    """Build the questions of one beat."""

    beat: StateView
    row: Beat
    choice: ActionContext
    services: Services
    context: Context
    templates: Templates

    def question(self) -> Question:
        """Return the question for a whole decision.

        In a repair round it is the last question with its reply and the problems of that reply added.
        """
        messages = [(role, text) for role, text in self.row.prompt or self._whole()]
        schema = build_schema(self.choice.offer, self.choice.capabilities)
        if self.beat.repair:
            last = self.row.rounds[-1] if self.row.rounds else {}
            messages = prompt.add_repair(
                self.templates, messages, str(last.get("reply") or ""), self.beat.repair
            )
            schema = last.get("schema") or schema
        url, model = model_of(self.beat.config, self.services, self.context)
        return Question(
            url=url,
            model=model,
            messages=messages,
            schema=schema,
            temperature=self.beat.config.temperature,
            max_tokens=self.beat.config.max_tokens,
            context_tokens=prompt.context_window(messages, self.beat.config.max_tokens),
            deadline=self.context.model_timeout or self.services.settings.model_timeout,
            stays=must_stay(self.beat),
        )

    def _whole(self) -> Sequence[tuple[str, str]]:
        return prompt.build(
            self.templates,
            agent=self.services.settings.agent_name,
            instructions=self.beat.instructions.body,
            tasks=self.beat.instructions.due,
            feed=self.beat.feed,
            memory=self.beat.memory,
            config=self.beat.config,
            now=self.services.clock(),
            explained=self.choice.explained,
        )


def for_text(
    whole: Question,
    messages: Sequence[tuple[str, str]],
    kind: str,
    can: Capabilities,
    config: Config,
) -> Question:
    """Return the question for the text of an action of this kind, no longer than its target takes.

    Its context window is at least that of ``whole``, so that the server need not load the model anew. A truncated
    reply is not valid JSON: so a text has at most one character per token of the config, and the other fields have
    tokens of their own.
    """
    form = ANSWERS[kind].form
    longest = {
        "content": min(can.content_limit, config.max_tokens),
        "title": can.title_limit,
        "text": min(can.text_limit, config.max_tokens),
    }
    texts = {
        name: {**form[name], "maxLength": min(limit, form[name]["maxLength"])}
        for name, limit in longest.items()
        if name in form
    }
    tokens = config.max_tokens + _TOKENS_BESIDES_CONTENT
    return replace(
        whole,
        messages=messages,
        schema=ANSWERS[kind].schema_for(**texts),
        max_tokens=tokens,
        context_tokens=max(whole.context_tokens, prompt.context_window(messages, tokens)),
    )
