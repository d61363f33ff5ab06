"""Typed access to the state of a run for the nodes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

from heartbeat.run_data import RunData
from heartbeat.store import Claim
from heartbeat.vocabulary import Trigger


class StateView(RunData):
    """Add the claim and the bookkeeping of the nodes to the data of a run.

    Reading ``claim`` or what is fixed with it raises a LookupError before ``load_instructions`` has set it.
    """

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
        """What started the beat."""
        return Trigger(self._claim["trigger"])

    @property
    def dry_run(self) -> bool:
        """Whether the beat decides but does not act."""
        return bool(self._claim["dry_run"])

    @property
    def renewed_at(self) -> datetime:
        """When the lease was last renewed."""
        return datetime.fromisoformat(self._claim["renewed_at"])

    @property
    def round(self) -> int:
        """How many times the model has been asked for a repair."""
        return int(self.state.get("round", 0))

    @property
    def follows_rule(self) -> bool:
        """Whether the decision is the act of a rule."""
        return bool((self.state.get("followed") or {}).get("rule"))

    @property
    def problems(self) -> list[str]:
        """The problems found so far, for the row."""
        return list(self.state.get("problems") or [])

    @property
    def repair(self) -> list[str]:
        """The problems that the model is asked to repair in this round."""
        return list(self.state.get("repair") or [])

    @property
    def _claim(self) -> Mapping[str, Any]:
        claim: Mapping[str, Any] | None = self.state.get("claim")
        if claim is None:
            raise LookupError("the run has no claim; every beat begins at load_instructions")
        return claim
