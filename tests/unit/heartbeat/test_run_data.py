"""The data of a run as models: each value is parsed once, and a missing one is empty."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from heartbeat.config import Config
from heartbeat.feed import Feed
from heartbeat.memory import Memory
from heartbeat.run_data import LoadedInstructions, RunData
from heartbeat.vocabulary import Decider


@pytest.mark.parametrize("names", [(), ("config", "feed", "memory", "instructions", "draft", "asked_at")])
def test_what_is_missing_is_empty(names: tuple[str, ...]) -> None:
    beat = RunData(dict.fromkeys(names))
    assert (beat.config, beat.feed, beat.memory) == (Config(), Feed(), Memory())
    assert beat.instructions == LoadedInstructions()
    assert (beat.fingerprint, beat.decision, beat.decided_by, beat.asked_at) == (None, None, None, None)


def test_missing_draft_cannot_be_read() -> None:
    beat = RunData({})
    assert not beat.has_draft
    with pytest.raises(ValidationError):
        _ = beat.draft


@pytest.mark.parametrize("name", ["config", "feed", "memory", "instructions"])
def test_value_is_parsed_once(name: str) -> None:
    beat = RunData({})
    assert getattr(beat, name) is getattr(beat, name)


def test_who_decided_and_when() -> None:
    beat = RunData({"decided_by": "rules", "asked_at": "2026-11-02T12:00:00+00:00"})
    assert (beat.decided_by, beat.asked_at) == (Decider.RULES, datetime(2026, 11, 2, 12, tzinfo=UTC))


def test_instructions_are_plain_json_in_the_state() -> None:
    due = {"name": "tea", "interval": 3600, "prompt": "Ask about tea.", "line": 5}
    plain = {"text": "", "body": "- Look", "sha256": "ab", "due": [due]}
    loaded = RunData({"instructions": plain}).instructions
    assert loaded.due[0].name == "tea"
    assert loaded.model_dump(mode="json") == plain
