"""Why and when a thread is woken between its slots."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from heartbeat.text import utc
from heartbeat.vocabulary import WakeReason

_REASONS = frozenset(each.value for each in WakeReason)


class Wake(BaseModel):
    """One reason to wake a thread, from an instant on."""

    model_config = ConfigDict(frozen=True)

    reason: WakeReason
    at: datetime
    item: str | None = Field(None, description="The key of the item that comes due.")
    title: str | None = Field(None, description="Of that item; of an instant, the line that names it.")
    due_at: datetime | None = Field(None, description="Of that item; of an instant, itself.")
    due_on: date | None = Field(None, description="The date of that item, if it lasts all day.")
    line: int | None = Field(None, description="The number of the line that names an instant.")

    @property
    def said(self) -> str:
        """The reason in a few words, for people."""
        if self.reason == WakeReason.FOLLOW_UP:
            return "the beat before had left something behind"
        if self.reason == WakeReason.READ:
            return "its instructions have been read"
        if self.reason == WakeReason.INSTANT:
            said = f"line {self.line} is for {utc(self.due_at or self.at)}"
            return f"{said}: {self.title}" if self.title else said
        if self.due_on is not None:
            return f"{self.title or self.item} is due on {self.due_on}"
        if self.due_at is None:
            return "something comes due"
        return f"{self.title or self.item} is due at {utc(self.due_at)}"


def wakes_of(stored: Iterable[Any]) -> list[Wake]:
    """Return the wakes that are stored as JSON, without those whose reason only another version knows.

    Raises:
        ValueError: something is no wake.
    """
    return [Wake.model_validate(each) for each in stored if unknown_reason(each) is None]


def unknown_reason(stored: object) -> str | None:
    """Return the reason of a stored wake if it is a word that this version does not know."""
    reason = stored.get("reason") if isinstance(stored, dict) else None
    return reason if isinstance(reason, str) and reason not in _REASONS else None
