"""The claim and the bookkeeping in the state of a run."""

from __future__ import annotations

import pytest

from heartbeat.store import Claim
from heartbeat.vocabulary import Trigger
from nodes.view import StateView

CLAIM = {
    "beat_id": 7,
    "fence": 2,
    "thread": "demo",
    "trigger": "scheduled",
    "dry_run": True,
    "renewed_at": "2026-11-02T12:00:00+00:00",
}


def test_claim_and_what_is_fixed_with_it() -> None:
    beat = StateView({"claim": CLAIM})
    assert (beat.claim, beat.thread_id, beat.trigger) == (Claim(7, 2), "demo", Trigger.SCHEDULED)
    assert (beat.dry_run, beat.renewed_at.isoformat()) == (True, CLAIM["renewed_at"])


@pytest.mark.parametrize("state", [{}, {"claim": None}])
def test_run_without_a_claim_has_none_to_read(state: dict[str, None]) -> None:
    with pytest.raises(LookupError, match="every beat begins at load_instructions"):
        _ = StateView(state).claim


@pytest.mark.parametrize("names", [(), ("problems", "repair")])
def test_what_is_missing_is_empty(names: tuple[str, ...]) -> None:
    beat = StateView(dict.fromkeys(names))
    assert (beat.round, beat.problems, beat.repair) == (0, [], [])


def test_claim_is_parsed_once() -> None:
    beat = StateView({"claim": CLAIM})
    assert beat.claim is beat.claim
