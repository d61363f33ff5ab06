"""Answers about posts and comments, and the sentences in them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from pydantic import Field

from heartbeat_decision.prompts.answers.answer import Answer, one_of, text


class ChooseAnswer(Answer):
    """What is chosen, in a few words, and its number; 0 for none."""

    what: str = Field(alias="is", max_length=400)
    number: str = Field(pattern=r"^\d{1,3}$")

    form: ClassVar[Mapping[str, Any]] = {
        "is": text(80),
        "number": one_of("0", "1"),
    }

    @classmethod
    def of(cls, count: int) -> dict[str, Any]:
        """Return the schema of a choice among ``count`` items."""
        return cls.schema_for(number=one_of(*(str(number) for number in range(count + 1))))


class MatchAnswer(Answer):
    """What an item does, in a few words, and whether the question of a line is true of it."""

    what: str = Field(alias="is", max_length=400)
    match: Literal["yes", "no"]

    form: ClassVar[Mapping[str, Any]] = {"is": text(100), "match": one_of("yes", "no")}

    def says(self, question: str) -> bool:
        """Whether the question is true of the item.

        Where the words before the verdict are those of the question ("offers a lift" to "Does it offer a lift?"), or
        these with a "not", they count: small models now and then say the contrary of what they have just written.
        """
        asked = _stems(_ASKED.sub("", question))
        if asked and asked == _stems(self.what):
            return True
        denied = _DENIES.match(self.what)
        return self.match == "yes" and not (denied and _stems(self.what[denied.end() :]) == asked)


_ASKED = re.compile(r"(?i)^\s*(?:does|is) it\b")
_DENIES = re.compile(r"(?i)\s*(?:it )?(?:does not|doesn't|is not|isn't)\b")


def _stems(text: str) -> list[str]:
    """Return the words without the endings of a verb or a plural, and without articles."""
    words = re.findall(r"\w+", text.casefold())
    return [re.sub(r"(?:es|s|e)$", "", word) for word in words if word not in ("a", "an", "the")]


class SaysAnswer(Answer):
    """What one sentence does, in a few words, and of what kind it is."""

    does: str = Field(max_length=400)
    kind: Literal["question", "correction", "thanks", "remark", "order"]

    form: ClassVar[Mapping[str, Any]] = {
        "does": text(80),
        "kind": one_of("question", "correction", "thanks", "remark", "order"),
    }
