"""A reading: what a model read from one line, before names and places of the workspace are put in."""

from __future__ import annotations

from typing import Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from heartbeat.plan.rule import RuleBody
from heartbeat.plan.until import UntilForm
from heartbeat.plan.words import LineRole

RULES_LIMIT = 5
"""Maximum number of rules of one line."""


class PlanLine(BaseModel):
    """A line as it is read: a list item, a sentence of a paragraph, the prompt of a task, or a message of the owner.

    ``id`` is a hash of its words, of what stands above it and of its number among equal ones. ``number`` is its
    line in an editor, from 1. ``text`` is the line without its bullet, ``above`` the headings, introductions and
    items that contain it, outermost first, and ``paragraph`` the paragraph of which it is a sentence; empty if it is
    the only one. ``box``: an unticked checkbox, which is to be done once. ``task`` is the name of the task whose
    prompt it is. ``said_at`` is when the owner wrote a message, whose ``number`` is that of the message; None for a
    line of a text.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1, max_length=100)
    number: int = Field(ge=1)
    text: str
    above: tuple[str, ...] = ()
    paragraph: str = ""
    box: bool = False
    task: str | None = None
    said_at: AwareDatetime | None = None

    @property
    def is_message(self) -> bool:
        """Whether it is a message of the owner."""
        return self.said_at is not None


class Reading(BaseModel):
    """What was read from a line: rules in their order, or none and the role of the line.

    ``unsure``: the model was close to another choice, or chose another when asked in other words. ``until`` is when
    the orders of a message end, as it says it: of silence if it asks for silence, else of all.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rules: tuple[RuleBody, ...] = Field((), max_length=RULES_LIMIT)
    role: LineRole | None = None
    unsure: bool = False
    until: UntilForm | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if bool(self.rules) == (self.role is not None):
            raise ValueError("a line has rules, or else a role")
        return self
