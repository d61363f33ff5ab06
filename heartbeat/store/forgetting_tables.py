"""The table of connections that are being forgotten: what is there is not finished yet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Field, SQLModel

from heartbeat.store.columns import instant, plain_json


class Forgetting(SQLModel, table=True):
    """A connection whose texts are being deleted; the row is deleted when nothing is left to do."""

    name: str = Field(primary_key=True, max_length=64)
    asked_at: datetime = instant(nullable=False)
    threads: dict[str, Any] = plain_json({})
    """The first beat of each thread that may hold texts of it, by thread."""
    pieces: list[Any] = plain_json([])
    """Pieces of JSON by which a beat shows that it saw what these wrote on the built-in forum."""
    cleaned_at: datetime | None = instant()
    """When its checkpoints were last deleted; beats that began later know nothing of it."""
    again_at: datetime | None = instant()
    """When all is looked through once more, since something that knew its texts may still have been at work."""
