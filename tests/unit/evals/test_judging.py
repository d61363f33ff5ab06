"""Written pairs of a question and an item, and the figures of what a model made of them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from evals.judging.figures import Judged, auc, cuts, rows
from evals.judging.guarded import guard_report, load_texts
from evals.judging.pairs import LOOKED_AT, Pair, load_pairs
from evals.judging.run import report, run
from evals.kept import KeptAsk
from heartbeat.plan.verdict import Verdict
from heartbeat.vocabulary import FeedKind
from heartbeat_decision.asking import PortAsk, ShortAnswer, ShortQuestion
from heartbeat_decision.judging.examples import examples
from heartbeat_decision.judging.guard import guard_question
from heartbeat_decision.model import OllamaModel

PAIRS = load_pairs()


def judged(*odds: tuple[bool, float]) -> list[Judged]:
    """Return pairs, each meant or not, with the odds that the model gave them."""
    return [
        Judged(Pair("?", PAIRS[0].item, meant=meant, lang="en", injection=False), Verdict(odd > 0, odd))
        for meant, odd in odds
    ]


def test_there_are_pairs_of_all_kinds_and_enough_of_what_is_hard() -> None:
    assert len(PAIRS) >= 160
    assert {pair.item.kind for pair in PAIRS} == set(FeedKind)
    assert sum(pair.lang != "en" for pair in PAIRS) * 3 >= len(PAIRS)
    assert sum(pair.injection for pair in PAIRS) >= 10
    assert 0.4 < sum(pair.meant for pair in PAIRS) / len(PAIRS) < 0.6


def test_each_question_has_both_answers_and_none_is_an_example() -> None:
    answers = Counter((question, meant) for question, meant in {(p.question, p.meant) for p in PAIRS})
    questions = {pair.question for pair in PAIRS}
    assert len(answers) == 2 * len(questions)
    assert not questions & {each.question for each in examples()}


def test_auc_is_how_often_what_is_meant_has_the_higher_odds() -> None:
    assert auc(judged((True, 2), (True, -1), (False, 1), (False, -2))) == 0.75
    assert auc(judged((True, 1), (False, 1))) == 0.5
    assert auc(judged((True, 1))) == 0.5


def test_precision_and_recall_of_yes_and_what_a_cut_leaves() -> None:
    some = judged((True, 3), (True, 0.2), (True, -1), (False, 0.4), (False, -3))
    assert rows("all", some) == [
        "all: right 3/5 = 60% (23% to 88%), AUC 0.67, of what it says yes to, right 2/3 = 67% (21% to 94%); "
        "found 2/3 = 67% (21% to 94%)"
    ]
    assert cuts(some)[1] == (
        "odds 0.5: of what is taken, right 1/1 = 100% (21% to 100%); found 1/3; "
        "unsure of 1/2 wrong and of 1/3 right"
    )


class Canned(PortAsk):
    """Answers without a server: the same word to every question."""

    word = "yes"

    async def __call__(self, question: ShortQuestion) -> ShortAnswer:
        self.calls += 1
        return ShortAnswer(self.word, {})


async def test_a_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    kept = tmp_path / "answers.jsonl"
    first = KeptAsk(Canned(OllamaModel(), "http://127.0.0.1:1", "m", 1.0), kept)
    await run(PAIRS[:3], first)
    again = KeptAsk(Canned(OllamaModel(), "http://127.0.0.1:1", "m", 1.0), kept)
    found = await run(PAIRS[:5], again)
    assert (first.fresh, again.fresh, len(again.given)) == (3, 2, 5)
    assert [each.right for each in found] == [pair.meant for pair in PAIRS[:5]]


async def test_an_answer_that_is_neither_word_counts_as_wrong(tmp_path: Path) -> None:
    port = Canned(OllamaModel(), "http://127.0.0.1:1", "m", 1.0)
    port.word = "banana"
    found = await run(PAIRS[:2], KeptAsk(port, tmp_path / "answers.jsonl"))
    assert [(each.verdict, each.right, each.odds) for each in found] == [(None, False, 0.0)] * 2


@pytest.mark.parametrize("named", [False, True])
def test_the_report_tells_what_was_not_looked_at_apart(*, named: bool) -> None:
    some = [Judged(pair, Verdict(yes=True, odds=1.0)) for pair in PAIRS]
    text = report(some, named=named)
    assert f"not looked at: right {sum(p.meant for p in PAIRS[LOOKED_AT:])}/{len(PAIRS) - LOOKED_AT}" in text
    assert ("Reading group" in text) is named


class TestGuard:
    def test_there_are_texts_of_both_sorts_and_none_is_an_example(self) -> None:
        texts = load_texts()
        assert sum(each.meant for each in texts) >= 25
        assert sum(not each.meant for each in texts) >= 100
        written = "\n".join(text for _, text in guard_question(texts[0].item).messages[:-1])
        assert not [each for each in texts if each.item.content and each.item.content in written]

    def test_the_report_counts_both_sides(self) -> None:
        said = guard_report(
            judged((True, 2.0), (True, -0.4), (True, -0.6), (False, -0.4), (False, -3.0)), named=True
        )
        assert "get through 1/3" in said
        assert "left out 1/2" in said
        assert len(said.splitlines()) == 3
