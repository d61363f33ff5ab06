"""A verdict counts by its word, and for what cannot be undone by its odds too."""

from __future__ import annotations

import pytest

from heartbeat.plan.verdict import MEANT, MEANT_TO_SEND, SURE, Verdict, means
from heartbeat.plan.words import Do

SENT = (Do.POST, Do.COMMENT, Do.TELL, Do.VOTE_UP, Do.VOTE_DOWN, Do.OTHER, "push")
UNDONE = (Do.NOTE, Do.SILENT)


@pytest.mark.parametrize("do", [*SENT, *UNDONE])
def test_a_sure_yes_means_it_and_a_no_never_does(do: str) -> None:
    assert means(Verdict(yes=True, odds=MEANT_TO_SEND), do)
    assert not means(Verdict(yes=False, odds=-0.1), do)
    assert not means(Verdict(yes=False), do)


def test_a_weak_yes_is_enough_for_what_can_be_undone_only() -> None:
    weak = Verdict(yes=True, odds=MEANT_TO_SEND - 0.1)
    assert [do for do in (*SENT, *UNDONE) if means(weak, do)] == list(UNDONE)


@pytest.mark.parametrize("do", [*SENT, *UNDONE])
def test_hardly_more_than_no_is_not_enough_for_anything(do: str) -> None:
    assert not means(Verdict(yes=True, odds=MEANT - 0.1), do)


def test_where_no_probabilities_are_told_the_word_is_all_there_is() -> None:
    assert means(Verdict(yes=True), Do.POST)
    assert not Verdict(yes=True).unsure


@pytest.mark.parametrize(
    ("odds", "unsure"), [(SURE, False), (SURE - 0.1, True), (0.1 - SURE, True), (-SURE, False)]
)
def test_what_is_close_to_the_other_word_is_unsure(odds: float, *, unsure: bool) -> None:
    assert Verdict(yes=odds > 0, odds=odds).unsure is unsure
