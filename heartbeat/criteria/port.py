"""The port every criterion stands behind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from heartbeat.config import Config
from heartbeat.draft import Draft
from heartbeat.feed import Feed
from heartbeat.memory import Memory


@dataclass(frozen=True)
class Situation:
    """What a beat knows: for whom it is, when, what it sees, and what the thread remembers."""

    thread_id: str
    agent_name: str
    now: datetime
    config: Config
    feed: Feed
    memory: Memory


class Criterion(Protocol):
    """Something that may forbid an action; it can allow none that is not allowed anyway."""

    @property
    def name(self) -> str:
        """Names it in problems; must not change."""
        ...

    @property
    def time_limit(self) -> float:
        """Seconds one answer may take."""
        ...

    def refusal(self, draft: Draft, situation: Situation) -> str | None:
        """Return one sentence that tells the model why the action may not be done, or None if it may.

        Whatever it raises ends the beat: nothing is done that was not looked at.
        """
        ...

    def facts(self, situation: Situation) -> Sequence[str]:
        """Return sentences that the model should know before it decides; a change is a reason to ask it again.

        Whatever it raises becomes a recorded problem.
        """
        ...
