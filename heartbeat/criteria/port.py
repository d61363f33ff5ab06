"""The interface that every criterion implements."""

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
    """The inputs of a beat's decision: thread, time, config, feed and memory."""

    thread_id: str
    agent_name: str
    now: datetime
    config: Config
    feed: Feed
    memory: Memory


class Criterion(Protocol):
    """A check that can refuse an action; it cannot allow an action that Heartbeat refuses."""

    @property
    def name(self) -> str:
        """The name of the criterion, as its entry point has it; must not change."""
        ...

    @property
    def time_limit(self) -> float:
        """Seconds that one call may take."""
        ...

    def refusal(self, draft: Draft, situation: Situation) -> str | None:
        """Return one sentence that tells the model why the action is refused, or None if it is not.

        Any exception ends the beat, so that no action is done unchecked.
        """
        ...

    def facts(self, situation: Situation) -> Sequence[str]:
        """Return sentences to add to the prompt; a change in them makes the beat's context count as changed.

        Any exception is recorded as a problem of the beat.
        """
        ...
