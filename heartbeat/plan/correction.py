"""A correction: the rules, or the role, that a person gave a line in place of what was read from it."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from heartbeat.instructions.secrets import masked_line
from heartbeat.plan.reading import RULES_LIMIT
from heartbeat.plan.rule import PlacedBody
from heartbeat.plan.words import LineRole

BY_LIMIT = 200


class Correction(BaseModel):
    """What a line asks for, as a person says: ``rules`` in their order, or none and its ``role``.

    ``line_id`` and ``text`` are those of the line when it was corrected, ``text`` with secrets masked. ``by`` is who
    corrected it, None for a correction that the workspace ships, and ``at`` when. ``thread`` is the thread that it
    holds for, None for the whole workspace.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    line_id: str = Field(min_length=1, max_length=100)
    text: Annotated[str, AfterValidator(masked_line)]
    rules: tuple[PlacedBody, ...] = Field((), max_length=RULES_LIMIT)
    role: LineRole | None = None
    by: Annotated[str, Field(min_length=1, max_length=BY_LIMIT), AfterValidator(masked_line)] | None = None
    at: AwareDatetime
    thread: str | None = None

    @model_validator(mode="after")
    def _is_one(self) -> Self:
        if bool(self.rules) == (self.role is not None):
            raise ValueError("a line has rules, or else a role")
        return self

    def can_take_back(self, thread: str | None) -> bool:
        """Return whether a person made it for this thread, or for the workspace, whose plan can take it back."""
        return self.by is not None and self.thread == thread
