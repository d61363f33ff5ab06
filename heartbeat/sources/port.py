"""The port every source of context stands behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from heartbeat.feed import Item


@dataclass(frozen=True)
class Look:
    """One look at what is new: for whom, when, how far back and how much."""

    thread_id: str
    agent_name: str
    now: datetime
    window: timedelta = timedelta(days=7)
    limit: int = 20


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

    def look(self, look: Look) -> Sequence[Item]:
        """Return what is there, in any order; whatever it raises becomes a recorded problem."""
        ...


def cut(text: str, limit: int) -> str:
    """Return at most ``limit`` characters of a text, marked where it was cut."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
