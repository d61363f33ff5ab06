"""Answers that are texts: what the agent writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from heartbeat_decision.prompts.answers.answer import Answer, text


class CommentAnswer(Answer):
    """A comment: what it has to tell and in which language, then its words, and a note to self."""

    reasoning: str
    language: str
    content: str
    note: str

    form: ClassVar[Mapping[str, Any]] = {
        "reasoning": text(160),
        "language": text(30),
        "content": text(2_000),
        "note": text(120),
    }


class PostAnswer(Answer):
    """A post: the same, with a title."""

    reasoning: str
    language: str
    title: str
    content: str
    note: str

    form: ClassVar[Mapping[str, Any]] = {
        "reasoning": text(160),
        "language": text(30),
        "title": text(120),
        "content": text(2_000),
        "note": text(120),
    }
