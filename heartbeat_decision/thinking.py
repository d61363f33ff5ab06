"""Choose the ``think`` option for a model, so that its tokens go into the answer.

Models that think by default write into ``message.thinking`` first: the content stays empty, or the tokens run out
before it. ``think: false`` turns that off, but gpt-oss knows only levels, some servers refuse the field, and on some
it disables ``format`` (ollama/ollama#14645, #15260). So the mode changes with what a model replies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

THINKING_TOKENS = 2_000
"""Tokens added to the limit of the answer for a model whose thinking cannot be turned off."""
_LEVELS = ("minimal", "low")
_ONLY_LEVELS = ("gptoss", "gpt-oss")
"""Model families that do not accept ``think: false``; servers before 0.40 do not report it."""


class Stage(IntEnum):
    """What is known about a model's thinking; a mode only ever moves to a later stage."""

    UNKNOWN = 0
    OFF = 1
    LEAST = 2
    OMITTED = 3


@dataclass(frozen=True)
class ThinkingMode:
    """How to ask a model: the value of ``think``, None to omit the field, and the extra tokens it needs."""

    stage: Stage = Stage.UNKNOWN
    think: bool | str | None = None

    @property
    def extra_tokens(self) -> int:
        """Tokens for thinking, in addition to those of the answer."""
        return THINKING_TOKENS if self.stage >= Stage.LEAST else 0

    def after_refusal(self, error: str) -> ThinkingMode | None:
        """Return the mode to use after the server refused a request; None if the error is not about thinking."""
        if self.think is None or "think" not in error.lower():
            return None
        return LEAST if self.stage < Stage.LEAST and "low" in error.lower().split("think", 1)[1] else OMITTED

    def after_reply(self, text: str, *, finished: bool, thought: bool) -> ThinkingMode:
        """Return the mode to use after a reply: another one if the model thought, or replied without JSON to OFF."""
        if self.stage is Stage.OFF:
            if thought:
                return LEAST
            return OMITTED if _is_no_json(text, finished=finished) else self
        return OFF if thought and self.stage is Stage.UNKNOWN else self


OFF = ThinkingMode(Stage.OFF, think=False)
LEAST = ThinkingMode(Stage.LEAST, think="low")
OMITTED = ThinkingMode(Stage.OMITTED)


def thinking_mode_of(shown: Mapping[str, Any]) -> ThinkingMode:
    """Return the mode for a model from its ``/api/show`` response."""
    thinking = shown.get("thinking")
    values = thinking.get("values") if isinstance(thinking, Mapping) else None
    if isinstance(values, list) and values:
        if False in values:
            return OFF if True in values or len(values) > 1 else ThinkingMode()
        level = next((each for each in _LEVELS if each in values), values[0])
        return ThinkingMode(Stage.LEAST, think=level) if isinstance(level, str) else OMITTED
    capabilities = shown.get("capabilities")
    if not isinstance(capabilities, list) or "thinking" not in capabilities:
        return ThinkingMode()
    details = shown.get("details")
    family = str(details.get("family") if isinstance(details, Mapping) else "").lower()
    return LEAST if family in _ONLY_LEVELS else OFF


def is_usable(text: str, *, finished: bool) -> bool:
    """Return whether a reply is a complete JSON value."""
    return finished and bool(text.strip()) and not _is_no_json(text, finished=True)


def _is_no_json(text: str, *, finished: bool) -> bool:
    # A truncated reply can only be judged by its beginning.
    if not text.lstrip().startswith(("{", "[")):
        return True
    if not finished:
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return True
    return False
