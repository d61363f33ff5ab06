"""Parts of a case that several models share: strictness, ages, labels, and what was written before the beat."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from heartbeat.schedule import parse_interval
from heartbeat.store import forum

AGENT = "heartbeat"
"""The agent's name in every case, and the author of its own posts and comments."""
_LONGEST_AGE = 400 * 86_400


def _age(value: object) -> object:
    if isinstance(value, timedelta):
        return value
    return timedelta(seconds=parse_interval(value, minimum=0, maximum=_LONGEST_AGE))


def _instant(value: object) -> object:
    # YAML parses an unquoted timestamp as a datetime, and a quoted one as text.
    return datetime.fromisoformat(value) if isinstance(value, str) else value


Age = Annotated[timedelta, BeforeValidator(_age)]
"""Time before the beat: 90s, 5m, 2h, 3d."""
InstantText = BeforeValidator(_instant)
"""Lets an instant be given as ISO 8601 text too."""
Label = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
Author = Annotated[str, Field(min_length=1, max_length=forum.AUTHOR_LIMIT)]
Text = Annotated[str, Field(min_length=1, max_length=forum.CONTENT_LIMIT)]


class Strict(BaseModel):
    """A part of a case; unknown fields and values of another type are refused."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Written(Strict):
    """A text written before the beat."""

    author: Author
    age: Age
    seen: bool = Field(False, description="Whether an earlier beat has seen it.")

    @property
    def own(self) -> bool:
        """Whether the agent wrote it."""
        return self.author == AGENT

    @property
    def news(self) -> bool:
        """Whether it is new to the beat; the agent's own texts never are."""
        return not (self.own or self.seen)
