"""How a model that can think is asked, so that its tokens go into the answer.

Models that think by default write into ``message.thinking`` first: the content stays empty, or the tokens run out
before it. ``think: false`` turns that off, but gpt-oss knows only levels, some servers refuse the field, and on some
it switches off ``format`` (ollama/ollama#14645, #15260). What a model turns out to need is remembered.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

ROOM = 2_000
"""Tokens for thinking, besides those of the answer, where it cannot be turned off."""
_LEVELS = ("minimal", "low")
_ONLY_LEVELS = ("gptoss", "gpt-oss")
"""Families of models that know no ``think: false``; a server before 0.40 does not tell."""


class Stage(IntEnum):
    """What has been found out about a model; it only grows."""

    UNKNOWN = 0
    OFF = 1
    LEAST = 2
    LOOSE = 3


@dataclass(frozen=True)
class Manner:
    """How a model is asked: the value of ``think``, None to leave it out, and tokens for thinking besides."""

    stage: Stage = Stage.UNKNOWN
    think: bool | str | None = None

    @property
    def room(self) -> int:
        """Tokens for thinking, besides those of the answer."""
        return ROOM if self.stage >= Stage.LEAST else 0

    def refused(self, error: str) -> Manner | None:
        """Return how to ask after a refusal, None where it was not about thinking."""
        if self.think is None or "think" not in error.lower():
            return None
        return LEAST if self.stage < Stage.LEAST and "low" in error.lower().split("think", 1)[1] else LOOSE

    def answered(self, text: str, *, finished: bool, thought: bool) -> Manner:
        """Return how to ask from now on, after a reply; where it is another manner, this one did not do."""
        if self.stage is Stage.OFF:
            if thought:
                return LEAST
            return LOOSE if _is_no_json(text, finished=finished) else self
        return OFF if thought and self.stage is Stage.UNKNOWN else self


OFF = Manner(Stage.OFF, think=False)
LEAST = Manner(Stage.LEAST, think="low")
LOOSE = Manner(Stage.LOOSE)


def manner_of(shown: Mapping[str, Any]) -> Manner:
    """Return how to ask a model, by what ``/api/show`` says of it."""
    thinking = shown.get("thinking")
    values = thinking.get("values") if isinstance(thinking, Mapping) else None
    if isinstance(values, list) and values:
        if False in values:
            return OFF if True in values or len(values) > 1 else Manner()
        level = next((each for each in _LEVELS if each in values), values[0])
        return Manner(Stage.LEAST, think=level) if isinstance(level, str) else LOOSE
    capabilities = shown.get("capabilities")
    if not isinstance(capabilities, list) or "thinking" not in capabilities:
        return Manner()
    details = shown.get("details")
    family = str(details.get("family") if isinstance(details, Mapping) else "").lower()
    return LEAST if family in _ONLY_LEVELS else OFF


def is_usable(text: str, *, finished: bool) -> bool:
    """Whether a reply is a whole JSON value."""
    return finished and bool(text.strip()) and not _is_no_json(text, finished=True)


def _is_no_json(text: str, *, finished: bool) -> bool:
    # A reply that was cut can only be told by its beginning.
    if not text.lstrip().startswith(("{", "[")):
        return True
    if not finished:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return True
    return False
