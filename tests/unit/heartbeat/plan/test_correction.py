"""Corrections: what a person says of a line, which is rules or a role."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from pydantic import ValidationError

from heartbeat.plan.correction import Correction
from heartbeat.plan.rule import PlacedBody, When
from heartbeat.plan.words import Do, LineRole, WhenKind

RULE = PlacedBody(when=When(kind=WhenKind.NEW, count=3), do=Do.POST, places=("inbox",), where="general")
AT = datetime(2026, 3, 2, 8, tzinfo=UTC)


def test_a_correction_is_the_same_after_it_was_stored() -> None:
    correction = Correction(
        line_id="ab12", text="Post a summary.", rules=(RULE,), by="ann", at=AT, thread="t"
    )
    assert Correction.model_validate_json(correction.model_dump_json()) == correction


def test_a_line_has_rules_or_a_role() -> None:
    quiet = Correction(line_id="ab12", text="Be kind.", role=LineRole.STYLE, by="ann", at=AT)
    assert not quiet.rules
    with pytest.raises(ValidationError, match="rules, or else a role"):
        Correction(line_id="ab12", text="Be kind.", by="ann", at=AT)
    with pytest.raises(ValidationError, match="rules, or else a role"):
        Correction(line_id="ab12", text="Be kind.", rules=(RULE,), role=LineRole.STYLE, at=AT)


def test_an_instant_has_a_zone() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        Correction(line_id="ab12", text="x", role=LineRole.LOOK, at=datetime(2026, 3, 2, 8))  # noqa: DTZ001
