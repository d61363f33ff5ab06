"""What a node reads of the state: the channels, which hold plain JSON, as models, each parsed at most once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict

from heartbeat.config import Config
from heartbeat.draft import Draft
from heartbeat.feed import Feed
from heartbeat.instructions import Task
from heartbeat.memory import Memory
from heartbeat.store import Claim
from heartbeat.vocabulary import Decider, Trigger


class LoadedInstructions(BaseModel):
    """What `load_instructions` keeps of HEARTBEAT.md for the nodes after it."""

    model_config = ConfigDict(frozen=True)

    body: str = ""
    rules: tuple[str, ...] = ()
    """The open lines under the heading of the rules."""
    sha256: str | None = None
    due: tuple[Task, ...] = ()
    """The tasks whose interval has passed."""


@dataclass(frozen=True, eq=False)
class StateView:
    """The state of a run from ``load_instructions`` on, or what the row of its beat holds of it.

    A channel without a value is read as an empty one. Reading ``claim``, what is fixed with it, or ``draft`` before
    it is set raises an error.
    """

    state: Mapping[str, Any]

    @cached_property
    def claim(self) -> Claim:
        """The claim under which this run writes."""
        claim = self._claim
        return Claim(claim["beat_id"], claim["fence"])

    @property
    def thread_id(self) -> str:
        """The thread of the beat."""
        return str(self._claim["thread"])

    @property
    def trigger(self) -> Trigger:
        """Who started the beat."""
        return Trigger(self._claim["trigger"])

    @property
    def dry_run(self) -> bool:
        """Whether the beat decides and does nothing."""
        return bool(self._claim["dry_run"])

    @property
    def renewed_at(self) -> datetime:
        """When the lease was last renewed."""
        return datetime.fromisoformat(self._claim["renewed_at"])

    @cached_property
    def config(self) -> Config:
        """The config of the thread, with what the run overrides."""
        return Config.from_dict(self.state.get("config") or {})

    @cached_property
    def instructions(self) -> LoadedInstructions:
        """What there is to follow."""
        return LoadedInstructions.model_validate(self.state.get("instructions") or {})

    @cached_property
    def feed(self) -> Feed:
        """What the beat sees."""
        return Feed.model_validate(self.state.get("feed") or {})

    @cached_property
    def memory(self) -> Memory:
        """What the thread remembers from the beats before."""
        return Memory.newest(self.state.get("memory"))

    @property
    def round(self) -> int:
        """How often the decision was sent back for a repair."""
        return int(self.state.get("round", 0))

    @property
    def decision(self) -> dict[str, Any] | None:
        """The decision of this round, as it was given; None where the reply held none."""
        return self.state.get("decision")

    @property
    def decided_by(self) -> Decider | None:
        """Who decided."""
        decided_by = self.state.get("decided_by")
        return Decider(decided_by) if decided_by else None

    @cached_property
    def draft(self) -> Draft:
        """The action to be done."""
        return Draft.model_validate(self.state.get("draft"))

    @property
    def problems(self) -> list[str]:
        """What went wrong so far, for the row."""
        return list(self.state.get("problems") or [])

    @property
    def repair(self) -> list[str]:
        """What the model is asked to mend in this round."""
        return list(self.state.get("repair") or [])

    @property
    def _claim(self) -> Mapping[str, Any]:
        claim: Mapping[str, Any] | None = self.state.get("claim")
        if claim is None:
            raise LookupError("the run has no claim; every beat begins at load_instructions")
        return claim
