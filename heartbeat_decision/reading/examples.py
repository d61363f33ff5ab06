"""The worked examples, which stand as turns of the chat before each line that is read."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

from heartbeat_decision.reading.form import Form
from heartbeat_decision.reading.words import ROLES, Act, Occasion, Subject

FOLDER = Path(__file__).parent
EXAMPLES = FOLDER / "examples.yaml"


class Example(BaseModel):
    """A line with the titles above it, and the right answer to each question; a quiet one has only its act.

    ``more`` is the second thing that it has the agent do, or "end"; without it the line is no example of that
    question, and without a form none of the one for the form.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    under: tuple[str, ...] = ()
    line: str
    act: Act
    more: Act | Literal["end"] | None = None
    occasion: Occasion | None = None
    subject: Subject | None = None
    form: Form | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = {self.occasion is not None, self.subject is not None}
        if given != {self.act not in ROLES} or (self.form is not None and self.act in ROLES):
            raise ValueError(
                "a line that asks for something has an occasion and a subject, and may have a form; no other has any"
            )
        if self.more is not None and {self.act, self.more} & ROLES.keys():
            raise ValueError("a line that asks for nothing has no second act, and is none")
        return self


@cache
def examples() -> tuple[Example, ...]:
    """Return the examples in the order of their file."""
    return TypeAdapter(tuple[Example, ...]).validate_python(yaml.safe_load(EXAMPLES.read_text("utf-8")))
