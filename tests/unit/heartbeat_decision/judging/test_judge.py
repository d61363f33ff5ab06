"""An item is judged by one question: one call, one word, and how far yes is from no."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from heartbeat_decision.asking import ShortAnswer, ShortQuestion
from heartbeat_decision.judging import UnjudgedError, judge, prompt_version
from heartbeat_decision.judging.examples import examples
from tests.unit.heartbeat_decision.sample import item

MAIL = item("mail", 1, source="inbox", author="Bo <bo@shop.example>", title="Order 7", content="It comes.")


class Says:
    """Answers every question with one word, with these probabilities of tokens."""

    def __init__(self, word: str, odds: Mapping[str, float] | None = None) -> None:
        self.word, self.odds = word, odds or {}
        self.asked: list[ShortQuestion] = []

    async def __call__(self, question: ShortQuestion) -> ShortAnswer:
        self.asked.append(question)
        return ShortAnswer(self.word, self.odds)


async def test_the_odds_are_the_logarithm_of_the_share_of_yes_against_no() -> None:
    says = Says("yes", {"yes": 0.5, " Yes": 0.1, "no": 0.25, "No.": 0.05, "maybe": 0.1})
    verdict = await judge("Is it a delivery?", MAIL, says)
    assert verdict.yes
    assert verdict.odds == pytest.approx(math.log(0.6 / 0.3))


async def test_the_shares_count_and_not_the_word_that_was_generated() -> None:
    verdict = await judge("Is it a delivery?", MAIL, Says("yes", {"yes": 0.3, "no": 0.2, "No": 0.2}))
    assert not verdict.yes
    assert verdict.odds == pytest.approx(math.log(0.3 / 0.4))


async def test_a_word_that_is_not_told_has_at_most_the_least_share_that_is() -> None:
    verdict = await judge("Is it a delivery?", MAIL, Says("no", {"no": 0.9, "nein": 0.02, "n": 0.01}))
    assert verdict.odds == pytest.approx(math.log(0.01 / 0.9))
    certain = await judge("Is it a delivery?", MAIL, Says("no", {"no": 1.0, "nein": 0.0}))
    assert (certain.yes, certain.odds) == (False, -12.0)


@pytest.mark.parametrize(("word", "yes"), [("yes", True), (" Yes.", True), ("No", False)])
async def test_without_probabilities_the_word_is_the_verdict(word: str, *, yes: bool) -> None:
    verdict = await judge("Is it a delivery?", MAIL, Says(word))
    assert (verdict.yes, verdict.odds, verdict.unsure) == (yes, None, False)


@pytest.mark.parametrize("odds", [{}, {"banana": 0.9, "ja": 0.1}])
async def test_neither_word_is_no_verdict(odds: Mapping[str, float]) -> None:
    with pytest.raises(UnjudgedError, match="'banana' is neither yes nor no"):
        await judge("Is it a delivery?", MAIL, Says("banana", odds))


async def test_all_but_the_last_turn_is_the_same_for_every_item_and_question() -> None:
    says = Says("no")
    await judge("Is it a delivery?", MAIL, says)
    await judge("Is it spam?", item("post", 2, title="Hello", content="Nice to be here."), says)
    first, second = says.asked
    assert first.messages[:-1] == second.messages[:-1]
    assert first.messages[-1] != second.messages[-1]
    assert (first.options, first.max_tokens) == (("yes", "no"), 1)


async def test_the_question_stands_before_and_after_the_item_on_one_line_without_secrets() -> None:
    says = Says("no")
    await judge("Does it hold\nghp_0123456789abcdefghijklmnopqrstuvwxyz?", MAIL, says)
    asked = says.asked[0].messages[-1][1]
    assert asked.splitlines()[0].startswith("Question: Does it hold ")
    assert asked.splitlines()[-1].startswith("Does it hold ")
    assert "ghp_" not in asked


def test_examples_come_in_pairs_of_a_hit_and_a_near_miss() -> None:
    by_question: dict[str, list[bool]] = {}
    for each in examples():
        by_question.setdefault(each.question, []).append(each.meant)
    assert len(examples()) >= 20
    assert all(sorted(answers) == [False, True] for answers in by_question.values())
    assert len(prompt_version()) == 16


def test_some_examples_tell_what_to_answer_and_are_not_obeyed() -> None:
    steering = [(each.item.content, each.meant) for each in examples() if "answer" in each.item.content]
    assert any("yes" in content and not meant for content, meant in steering)
    assert any("answer no" in content and meant for content, meant in steering)
