"""The port every source of context stands behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from heartbeat.feed import Item
from heartbeat.vocabulary import FeedKind


@dataclass(frozen=True)
class Look:
    """One look at what is new: for whom, when, how far back and how much.

    ``marks`` and ``pending`` are those of the thread's memory: what is above the mark of its source and kind, or
    pending, was not looked at. ``due_after`` is up to when the thread has looked at what came due.
    """

    thread_id: str
    agent_name: str
    now: datetime
    window: timedelta = timedelta(days=7)
    limit: int = 20
    marks: Mapping[str, int] = field(default_factory=dict)
    pending: tuple[str, ...] = ()
    due_after: datetime | None = None


@dataclass(frozen=True)
class Shown:
    """What a source shows of more than it can show: ``more`` wait for later looks, ``dropped`` are left out for good.

    Of what was not looked at it shows the oldest, so that a mark never passes something that was not shown.
    """

    items: Sequence[Item]
    more: Mapping[FeedKind, int] = field(default_factory=dict)
    dropped: int = 0


class ContextSource(Protocol):
    """A place that has news for the agent."""

    @property
    def name(self) -> str:
        """Names it in items, marks and problems; must not change."""
        ...

    @property
    def time_limit(self) -> float:
        """Seconds one look may take."""
        ...

    def look(self, look: Look) -> Sequence[Item] | Shown:
        """Return what is there, in any order; whatever it raises becomes a recorded problem."""
        ...


def cut(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of a text, marked where it was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
