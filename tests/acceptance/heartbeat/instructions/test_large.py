"""Texts near the limit of 64 KiB that take a careless parser long; the unit tests take small ones."""

from __future__ import annotations

import pytest

from heartbeat.instructions.parse import parse
from tests.unit.heartbeat.instructions.test_lines import check_growth, growing
from tests.unit.heartbeat.instructions.test_parse import adversarial

GROWING = growing(20_000)


@pytest.mark.parametrize("text", adversarial(20_000))
def test_adversarial_text_is_accepted(text: str) -> None:
    assert parse(text).content == text


@pytest.mark.parametrize("text", GROWING.values(), ids=GROWING)
def test_no_text_makes_more_of_itself(text: str) -> None:
    check_growth(text)
