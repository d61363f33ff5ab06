"""What calls of a model took: tokens, and seconds as far as the server tells them."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True)
class CallFigures:
    """Sums over calls of a model; None where no server told any.

    ``model_seconds`` is how long the calls took in all, ``prompt_seconds`` how much of that reading prompts took and
    ``load_seconds`` loading the model, and ``kept_tokens`` how many tokens of the prompts the server had kept.
    """

    prompt_tokens: int = 0
    completion_tokens: int = 0
    model_seconds: float | None = None
    prompt_seconds: float | None = None
    load_seconds: float | None = None
    kept_tokens: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether no token was spent."""
        return not (self.prompt_tokens or self.completion_tokens)

    def __add__(self, other: CallFigures) -> CallFigures:
        return CallFigures(**{name: _sum(getattr(self, name), getattr(other, name)) for name in self.names()})

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of the figures, which are those of the columns of a beat's row too."""
        return [each.name for each in fields(cls)]

    def add_to(self, row: Any) -> None:
        """Add the figures to those of a row that has columns of these names."""
        for name in self.names():
            setattr(row, name, _sum(getattr(row, name), getattr(self, name)))


def _sum(one: Any, other: Any) -> Any:
    return other if one is None else one if other is None else one + other
