"""Why and when a thread is woken between its slots."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from heartbeat.text import utc
from heartbeat.vocabulary import WakeReason


class Wake(BaseModel):
    """One reason to wake a thread, from an instant on."""

    model_config = ConfigDict(frozen=True)

    reason: WakeReason
    at: datetime
    item: str | None = Field(None, description="The key of the item that comes due.")
    title: str | None = Field(None, description="Of that item.")
    due_at: datetime | None = Field(None, description="Of that item.")
    due_on: date | None = Field(None, description="The date of that item, if it lasts all day.")

    @property
    def said(self) -> str:
        """The reason in a few words, for people."""
        if self.reason == WakeReason.FOLLOW_UP:
            return "the beat before had left something behind"
        if self.due_on is not None:
            return f"{self.title or self.item} is due on {self.due_on}"
        if self.due_at is None:
            return "something comes due"
        return f"{self.title or self.item} is due at {utc(self.due_at)}"
