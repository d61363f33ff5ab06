"""What a target outside is given, and what came of one try to give it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from heartbeat.capabilities import Direction
from heartbeat.text import as_written
from heartbeat.vocabulary import TryEnd


class Outgoing(BaseModel):
    """One action, or one notice, as a target gets it. Fields that its kind does not use are None.

    Texts are as a person reads them: ``&lt;`` and ``&gt;``, which stand in what is kept inside, become ``<`` and
    ``>`` here, for all kinds. Who puts them into markup escapes them.
    """

    model_config = ConfigDict(frozen=True)

    kind: str = Field(description="post, comment, vote, tell, note, a target's own kind, or notice.")
    thread_id: str | None = None
    beat_id: int | None = None
    title: str | None = None
    content: str | None = None
    board: str | None = None
    post_id: str | None = None
    comment_id: str | None = None
    vote_direction: Direction | None = None
    text: str | None = None
    about: str | None = Field(None, description="The key of the item that it is about.")
    file: str | None = None
    mode: str | None = None
    fields: dict[str, Any] | None = Field(None, description="Of an action of a target's own kind.")
    url: str | None = Field(None, description="The page of the beat, where HEARTBEAT_PUBLIC_URL is set.")
    notice: dict[str, Any] | None = Field(None, description="Of a notice: kind, time, counts.")
    again: bool = Field(False, description="An earlier try may have arrived.")

    @field_validator("title", "content", "text")
    @classmethod
    def _text(cls, value: str | None) -> str | None:
        return None if value is None else as_written(value)

    @field_validator("fields")
    @classmethod
    def _fields(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        given = (value or {}).items()
        read = {name: as_written(each) if isinstance(each, str) else each for name, each in given}
        return None if value is None else read


def page_of(public_url: str | None, beat_id: int | None) -> str | None:
    """Return the address of a beat's page in the panel, which only shows; None where nobody knows it."""
    return None if public_url is None or beat_id is None else f"{public_url}/beats/{beat_id}"


@dataclass(frozen=True)
class TryResult:
    """How one try ended; ``said`` is one sentence without secrets, ``retry_after`` seconds."""

    end: TryEnd
    said: str = ""
    retry_after: float | None = None
    receipt: Mapping[str, Any] | None = None
