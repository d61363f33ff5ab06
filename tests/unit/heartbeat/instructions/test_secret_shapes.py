"""What is looked for before a slow pattern is in all that the pattern finds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartbeat.instructions import mask_secrets, secrets

NARROWED = [shape for shape in secrets._shapes() if shape.needed is not None or shape.lower]
NAMED = [("authorization", secrets._AUTHORIZATION), ("bearer", secrets._BEARER)]


def test_the_slow_patterns_of_the_library_are_the_ones_that_are_known() -> None:
    needed = {shape.pattern.pattern for shape in NARROWED if shape.needed is not None}
    assert needed == set(secrets._NEEDED), (
        "the library has changed a pattern: look at what its texts need now"
    )
    assert {shape.lower for shape in NARROWED if shape.lower} == set(secrets._NEEDED_IN_LOWER_CASE)


@pytest.mark.parametrize("shape", NARROWED, ids=lambda shape: shape.pattern.pattern[:30])
@given(data=st.data())
def test_nothing_is_passed_over(shape: secrets._Shape, data: st.DataObject) -> None:
    text = data.draw(st.from_regex(shape.pattern))
    assert shape.may_be_in(text, secrets._folded(text))


@pytest.mark.parametrize(("part", "pattern"), NAMED)
@given(data=st.data())
def test_nor_is_what_has_a_name(part: str, pattern: re.Pattern[str], data: st.DataObject) -> None:
    assert part in secrets._folded(data.draw(st.from_regex(pattern)))


@pytest.mark.parametrize("name", ["Authorization", "AUTHOR\u0130ZAT\u0131ON"])
def test_letters_that_are_taken_for_others(name: str) -> None:
    text = f"{name}: Basic abcdefgh"
    assert (mask_secrets(text) != text) == (secrets._AUTHORIZATION.search(text) is not None)
