"""The memory that a thread keeps between beats: bounded, plain JSON."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from heartbeat.history import History

NOTE_LIMIT = 2_000
RECENT_LIMIT = 10
STAMPS_LIMIT = 200
PENDING_LIMIT = 200
"""Items of one source and kind that wait to be looked at."""


class RecentAction(BaseModel):
    """An action of an earlier beat, so that the next one does not repeat it."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    kind: str = Field(pattern=r"^[a-z][a-z0-9]{0,31}$")
    target_id: str | None = None
    text: str = Field("", description="Title, beginning of the content, vote direction, or fields.")


class Memory(BaseModel):
    """The state of a thread between beats.

    It is stored in the channels of the LangGraph thread and on the row of the beat that wrote it; of the two, the
    one with the higher ``beat`` is newer.
    """

    model_config = ConfigDict(frozen=True)

    owner: str = Field("", description="The id and creation time of the thread that this belongs to.")
    beat: int = Field(0, description="Number of the beat that wrote this.")
    tasks: dict[str, datetime] = Field(default_factory=dict, description="When each task was last done.")
    fingerprint: str | None = Field(
        None,
        description="Hash of instructions, config, prompt and date of the last beat past the gate `unchanged`, "
        "if it ended acted or none and left nothing pending.",
    )
    seen: tuple[str, ...] = Field((), description="Digests of the items in the feed of that beat.")
    asked_at: datetime | None = Field(None, description="When the model was last asked.")
    marks: dict[str, int] = Field(
        default_factory=dict, description="Highest position seen, by source and kind; items above it are new."
    )
    pending: tuple[str, ...] = Field(
        (),
        description="Keys of items below the marks that are still new, because the beat acted on another item.",
    )
    counted: tuple[str, ...] = Field(
        (),
        description="The pending items that a post has reported: they may be answered, but no longer count.",
    )
    left: int = Field(
        0,
        description="How many items are new and wait for a beat that follows up: it acted on another one, or there "
        "was no room for them.",
    )
    put_off: tuple[str, ...] = Field(
        (), description="Due tasks that the model was shown while a target took nothing; they stay due."
    )
    waiting: tuple[int, ...] = Field(
        (),
        description="Beats whose actions wait for approval and count as done here, until it is known whether they "
        "were.",
    )
    recent: tuple[RecentAction, ...] = ()
    done: dict[str, datetime] = Field(
        default_factory=dict,
        description="When the agent last acted on an item, or a person said no to that, by kind and item.",
    )
    reopened: dict[str, datetime] = Field(
        default_factory=dict,
        description="When it was known of what was looked at, by item, task or action, that it was not done after "
        "all.",
    )
    rules: dict[str, History] = Field(
        default_factory=dict, description="What is known of each rule of the plan, by its id."
    )
    judged_with: str = Field("", description="The hash of what the items of the last beat were judged with.")
    note: str = Field("", description="A note to self, at most 2,000 characters.")
    private: tuple[str, ...] = Field(
        (), description="The sources of what was private and may be in the texts of this."
    )

    @classmethod
    def newest(cls, *candidates: Self | Mapping[str, Any] | None) -> Self:
        """Return the candidate written by the latest beat; or an empty memory if no candidate is valid."""
        memories = [memory for candidate in candidates if candidate and (memory := cls._read(candidate))]
        return max(memories, key=lambda memory: memory.beat) if memories else cls()

    @classmethod
    def _read(cls, candidate: Self | Mapping[str, Any]) -> Self | None:
        # A checkpoint can be edited by hand; an invalid memory in it is ignored.
        try:
            return cls.model_validate(candidate)
        except ValidationError:
            return None

    def without_texts(self) -> Self:
        """Return the memory without what was written about what was seen; what was done stays counted."""
        recent = tuple(each.model_copy(update={"text": ""}) for each in self.recent)
        return self.model_copy(update={"note": "", "recent": recent, "private": ()})

    def done_after(self, kind: str, target_id: str, now: datetime) -> dict[str, datetime]:
        """Return ``done`` with this kind and item stamped ``now``; only the latest 200 stamps are kept."""
        return _stamped(self.done, [f"{kind} {target_id}"], now)

    def has_done(self, kind: str, target_id: str) -> bool:
        """Return whether the agent has already done this kind of action on the item."""
        acted = any(action.kind == kind and action.target_id == target_id for action in self.recent)
        return acted or f"{kind} {target_id}" in self.done

    def with_recent(self, action: RecentAction) -> tuple[RecentAction, ...]:
        """Return ``recent`` with this action in the order of time; only the latest 10 are kept."""
        before = sum(1 for _ in takewhile(lambda each: each.at > action.at, reversed(self.recent)))
        place = len(self.recent) - before
        return (*self.recent[:place], action, *self.recent[place:])[-RECENT_LIMIT:]

    def tasks_after(self, names: Iterable[str], now: datetime) -> dict[str, datetime]:
        """Return ``tasks`` with these names stamped ``now``; only the latest 200 stamps are kept."""
        return _stamped(self.tasks, names, now)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return self.model_dump(mode="json")

    def reopened_after(self, names: Iterable[str], at: datetime) -> dict[str, datetime]:
        """Return ``reopened`` with these names stamped ``at``; only the latest 200 stamps are kept."""
        return _stamped(self.reopened, names, at)

    def is_put_off(self, names: Iterable[str]) -> bool:
        """Return whether the model has been shown all these due tasks, and could do nothing about them."""
        return set(names) <= set(self.put_off)

    def is_unchanged(self, fingerprint: str, digests: Collection[str]) -> bool:
        """Return whether nothing is new since the last beat: same fingerprint, and no unseen item digest."""
        return self.fingerprint == fingerprint and set(digests) <= set(self.seen)

    def asked_within(self, seconds: int, now: datetime) -> bool:
        """Return whether the model was asked less than ``seconds`` ago; a stamp in the future is ignored."""
        return self.asked_at is not None and timedelta(0) <= now - self.asked_at < timedelta(seconds=seconds)


def _stamped(stamps: Mapping[str, datetime], names: Iterable[str], now: datetime) -> dict[str, datetime]:
    latest = sorted({**stamps, **dict.fromkeys(names, now)}.items(), key=lambda stamp: stamp[1])
    return dict(latest[-STAMPS_LIMIT:])
