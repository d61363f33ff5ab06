"""Answers that are texts: what the agent writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from heartbeat.vocabulary import NoteMode
from heartbeat_decision.prompts.answers.answer import Answer, one_of
from heartbeat_decision.prompts.answers.answer import text as string


class CommentAnswer(Answer):
    """A comment: what it has to tell and in which language, then its words, and a note to self."""

    reasoning: str
    language: str
    content: str
    note: str

    form: ClassVar[Mapping[str, Any]] = {
        "reasoning": string(160),
        "language": string(30),
        "content": string(2_000),
        "note": string(120),
    }


class PostAnswer(Answer):
    """A post: the same, with a title."""

    reasoning: str
    language: str
    title: str
    content: str
    note: str

    form: ClassVar[Mapping[str, Any]] = {
        "reasoning": string(160),
        "language": string(30),
        "title": string(120),
        "content": string(2_000),
        "note": string(120),
    }


class TellAnswer(Answer):
    """A message to the owner: what it has to tell and in which language, then its words."""

    reasoning: str
    language: str
    text: str

    form: ClassVar[Mapping[str, Any]] = {
        "reasoning": string(160),
        "language": string(30),
        "text": string(1_000),
    }


class NoteAnswer(Answer):
    """A line for a file: what is to be noted, the file and how, then the line."""

    reasoning: str
    file: str
    mode: NoteMode
    text: str

    form: ClassVar[Mapping[str, Any]] = {
        "reasoning": string(160),
        "file": string(200),
        "mode": one_of(*NoteMode),
        "text": string(500),
    }
