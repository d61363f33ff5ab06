"""How beats decide, by the environment."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from heartbeat.decision_mode import DecisionMode
from heartbeat.errors import InvalidValueError
from heartbeat.settings import load_settings


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, DecisionMode.PLAN),
        ({"TRIAGE": "true"}, DecisionMode.PLAN),
        ({"TRIAGE": "false"}, DecisionMode.WHOLE),
        ({"DECISION": "whole"}, DecisionMode.WHOLE),
        ({"DECISION": "plan", "TRIAGE": "false"}, DecisionMode.PLAN),
        ({"DECISION": "whole", "TRIAGE": "true"}, DecisionMode.WHOLE),
    ],
)
def test_beats_follow_the_plan_unless_told_otherwise(
    monkeypatch: pytest.MonkeyPatch, given: Mapping[str, str], expected: DecisionMode
) -> None:
    for name, value in given.items():
        monkeypatch.setenv(f"HEARTBEAT_{name}", value)
    assert load_settings().decides_by is expected


@pytest.mark.parametrize(
    ("given", "said", "remedy"),
    [
        (
            {"TRIAGE": "false"},
            "HEARTBEAT_TRIAGE=false is HEARTBEAT_DECISION=whole now.",
            "set HEARTBEAT_DECISION=whole, and unset HEARTBEAT_TRIAGE",
        ),
        (
            {"TRIAGE": "false", "DECISION": "plan"},
            "HEARTBEAT_TRIAGE=false is HEARTBEAT_DECISION=whole now, but HEARTBEAT_DECISION=plan comes first.",
            "unset HEARTBEAT_TRIAGE",
        ),
    ],
)
def test_the_older_name_is_said_with_what_replaces_it(
    monkeypatch: pytest.MonkeyPatch, given: Mapping[str, str], said: str, remedy: str
) -> None:
    assert load_settings().older is None
    for name, value in given.items():
        monkeypatch.setenv(f"HEARTBEAT_{name}", value)
    assert load_settings().older == (said, remedy)


def test_the_triage_is_refused_with_what_took_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTBEAT_DECISION", "triage")
    with pytest.raises(InvalidValueError) as caught:
        load_settings()
    assert str(caught.value) == (
        "HEARTBEAT_DECISION: 'triage' is not allowed; allowed: plan (which took the place of triage) or whole"
    )
