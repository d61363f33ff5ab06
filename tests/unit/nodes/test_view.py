"""The state of a run as models: each value is parsed once, and a missing one is empty."""

from __future__ import annotations

import pytest

from heartbeat.config import Config
from heartbeat.feed import Feed
from heartbeat.memory import Memory
from heartbeat.run_data import LoadedInstructions
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


@pytest.mark.parametrize("names", [(), ("config", "feed", "memory", "instructions", "problems", "repair")])
def test_what_is_missing_is_empty(names: tuple[str, ...]) -> None:
    beat = StateView(dict.fromkeys(names))
    assert (beat.config, beat.feed, beat.memory) == (Config(), Feed(), Memory())
    assert (beat.instructions, beat.problems, beat.repair) == (LoadedInstructions(), [], [])
    assert (beat.round, beat.decision, beat.decided_by) == (0, None, None)


@pytest.mark.parametrize("name", ["config", "feed", "memory", "instructions", "claim"])
def test_channel_is_parsed_once(name: str) -> None:
    beat = StateView({"claim": CLAIM})
    assert getattr(beat, name) is getattr(beat, name)


def test_instructions_are_plain_json_in_the_state() -> None:
    due = {"name": "tea", "interval": 3600, "prompt": "Ask about tea.", "line": 5}
    plain = {"body": "- Look", "rules": ["Look"], "sha256": "ab", "due": [due]}
    loaded = StateView({"instructions": plain}).instructions
    assert loaded.due[0].name == "tea"
    assert loaded.model_dump(mode="json") == plain
