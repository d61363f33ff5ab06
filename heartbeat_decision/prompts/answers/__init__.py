"""What the small questions are answered with, a form for each."""

from __future__ import annotations

from collections.abc import Mapping

from heartbeat_decision.prompts.answers.answer import Answer
from heartbeat_decision.prompts.answers.hours import HoursAnswer
from heartbeat_decision.prompts.answers.items import ChooseAnswer, MatchAnswer, SaysAnswer
from heartbeat_decision.prompts.answers.lines import (
    AboutAnswer,
    AsksAnswer,
    BoundAnswer,
    BriefAnswer,
    ForbidsAnswer,
    LabelAnswer,
    NamedAnswer,
    ReplyAnswer,
    SecretAnswer,
    SumsAnswer,
    TitleAnswer,
    WantedAnswer,
)
from heartbeat_decision.prompts.answers.texts import CommentAnswer, NoteAnswer, PostAnswer, TellAnswer

ANSWERS: Mapping[str, type[Answer]] = {
    "label": LabelAnswer,
    "asks": AsksAnswer,
    "forbids": ForbidsAnswer,
    "title": TitleAnswer,
    "bound": BoundAnswer,
    "hours": HoursAnswer,
    "named": NamedAnswer,
    "sums": SumsAnswer,
    "reply": ReplyAnswer,
    "about": AboutAnswer,
    "wanted": WantedAnswer,
    "says": SaysAnswer,
    "choose": ChooseAnswer,
    "match": MatchAnswer,
    "brief": BriefAnswer,
    "secret": SecretAnswer,
    "comment": CommentAnswer,
    "post": PostAnswer,
    "tell": TellAnswer,
    "note": NoteAnswer,
}
"""Small question to the form of its answer."""

TEXTS = ("comment", "post", "tell", "note")
"""Those that are asked for a text, in the words of write.txt."""

__all__ = [
    "ANSWERS",
    "TEXTS",
    "AboutAnswer",
    "Answer",
    "AsksAnswer",
    "BoundAnswer",
    "BriefAnswer",
    "ChooseAnswer",
    "CommentAnswer",
    "ForbidsAnswer",
    "HoursAnswer",
    "LabelAnswer",
    "MatchAnswer",
    "NamedAnswer",
    "NoteAnswer",
    "PostAnswer",
    "ReplyAnswer",
    "SaysAnswer",
    "SecretAnswer",
    "SumsAnswer",
    "TellAnswer",
    "TitleAnswer",
    "WantedAnswer",
]
