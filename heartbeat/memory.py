"""What a thread remembers from one beat to the next. Small, bounded, plain JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

NOTE_LIMIT = 2_000
RECENT_LIMIT = 10
STAMPS_LIMIT = 200
PENDING_LIMIT = 100


class RecentAction(BaseModel):
    """An action of an earlier beat, so that the next one does not repeat it."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    kind: str = Field(pattern=r"^[a-z][a-z0-9]{0,31}$")
    target_id: str | None = None
    duty: str = Field("", description="The line of the instructions that was followed, where it is known.")
    text: str = Field("", description="Title, beginning of the content, direction of the vote, or fields.")


class Memory(BaseModel):
    """State between beats.

    It travels in the channels of the LangGraph thread and on the row of the beat that wrote it; ``beat`` tells
    which of the two is newer.
    """

    model_config = ConfigDict(frozen=True)

    owner: str = Field("", description="The thread whose memory this is, and when that thread was made.")
    beat: int = Field(0, description="Number of the beat that wrote this.")
    tasks: dict[str, datetime] = Field(default_factory=dict, description="When each task was last done.")
    fingerprint: str | None = Field(
        None,
        description="Instructions, config, prompt and date of the last beat past the gate `unchanged`, "
        "if it ended acted or none and left nothing to be looked at.",
    )
    seen: tuple[str, ...] = Field((), description="Digests of the items that beat saw.")
    asked_at: datetime | None = Field(None, description="When the model was last asked.")
    marks: dict[str, int] = Field(
        default_factory=dict, description="Highest position seen, by kind of item; anything above is new."
    )
    pending: tuple[str, ...] = Field(
        (),
        description="Keys of items below the marks that are new still: the beat that saw them did something else.",
    )
    counted: tuple[str, ...] = Field(
        (),
        description="Those of them that a post has told of: they ask for an answer still, and count no more.",
    )
    recent: tuple[RecentAction, ...] = ()
    done: dict[str, datetime] = Field(
        default_factory=dict,
        description="When the agent last commented or voted on an item, by kind and item.",
    )
    lines: dict[str, datetime] = Field(
        default_factory=dict,
        description="When the posts that lines of the instructions ask for were last made.",
    )
    note: str = Field("", description="A note to self, at most 2,000 characters.")

    @classmethod
    def newest(cls, *candidates: Self | Mapping[str, Any] | None) -> Self:
        """Return the candidate written by the latest beat; an empty memory where there is none."""
        memories = [memory for candidate in candidates if candidate and (memory := cls._read(candidate))]
        return max(memories, key=lambda memory: memory.beat, default=cls())

    @classmethod
    def _read(cls, candidate: Self | Mapping[str, Any]) -> Self | None:
        # A checkpoint can be edited by hand; what is no memory any more is passed over.
        try:
            return cls.model_validate(candidate)
        except ValidationError:
            return None

    def followed(self, line: str, now: datetime) -> dict[str, datetime]:
        """Return the stamps of lines after this one was followed; the oldest are forgotten beyond 200."""
        return _stamped(self.lines, [digest_of_line(line)], now)

    def did(self, kind: str, target_id: str, now: datetime) -> dict[str, datetime]:
        """Return the stamps of items after this was done to one; the oldest are forgotten beyond 200."""
        return _stamped(self.done, [f"{kind} {target_id}"], now)

    def has_done(self, kind: str, target_id: str) -> bool:
        """Whether the agent has done this to an item."""
        acted = any(action.kind == kind and action.target_id == target_id for action in self.recent)
        return acted or f"{kind} {target_id}" in self.done

    def last_followed(self, line: str) -> datetime | None:
        """Return when a post was last made for this line."""
        return self.lines.get(digest_of_line(line))

    def stamped(self, names: Iterable[str], now: datetime) -> dict[str, datetime]:
        """Return the stamps after these tasks were done; the oldest are forgotten beyond 200."""
        return _stamped(self.tasks, names, now)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return self.model_dump(mode="json")

    def knows(self, fingerprint: str, digests: Collection[str]) -> bool:
        """Whether the last beat was asked the same about no less: an item that has gone is no news."""
        return self.fingerprint == fingerprint and set(digests) <= set(self.seen)

    def asked_within(self, seconds: int, now: datetime) -> bool:
        """Whether the model was asked less than ``seconds`` ago; a stamp from the future counts as not asked."""
        return self.asked_at is not None and timedelta(0) <= now - self.asked_at < timedelta(seconds=seconds)


def _stamped(stamps: Mapping[str, datetime], names: Iterable[str], now: datetime) -> dict[str, datetime]:
    latest = sorted({**stamps, **dict.fromkeys(names, now)}.items(), key=lambda stamp: stamp[1])
    return dict(latest[-STAMPS_LIMIT:])


def digest_of_line(line: str) -> str:
    """Return what stands for a line of the instructions among the stamps."""
    return hashlib.sha256(line.encode("utf-8", "surrogatepass")).hexdigest()[:16]
