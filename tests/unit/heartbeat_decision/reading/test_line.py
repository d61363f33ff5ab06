"""A line becomes a rule, or a role, by the words that the model chose and the form that it filled in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from heartbeat.plan import About, Do, Limit, LineRole, PlanLine, Reading, WhenKind
from heartbeat_decision.asking import ShortAnswer, ShortQuestion
from heartbeat_decision.reading import (
    UnreadableError,
    prompt_version,
    read_line,
    read_lines,
)
from heartbeat_decision.reading.examples import examples
from heartbeat_decision.reading.words import DOES, END, ROLES, Act, Occasion, Subject

LINE = PlanLine(id="a", number=7, text="Three or more new posts: tell me.", above=("Digest",))


class Script:
    """Answers by what is asked: a word for each choice, and a form."""

    def __init__(self, *, sure: float = 0.9, odds: bool = True, **answers: str) -> None:
        self.answers = answers
        self.sure, self.odds = sure, odds
        self.asked: list[str] = []

    async def __call__(self, question: ShortQuestion) -> ShortAnswer:
        name = kind(question)
        self.asked.append(name)
        usual = {"reworded": self.answers.get("act", "any"), "more": "end"}
        answer = self.answers.get(name, usual.get(name, "any"))
        if question.schema is not None:
            return ShortAnswer(answer, {})
        return ShortAnswer(answer, {answer: self.sure, "other": 1 - self.sure} if self.odds else {})


def kind(question: ShortQuestion) -> str:
    """Return which question it is."""
    if question.schema is not None:
        return "form"
    if "if" in question.options:
        return "occasion"
    if "mail" in question.options:
        return "subject"
    if "end" in question.options:
        return "more"
    return "act" if question.messages[-1][1].endswith("What is to be done?") else "reworded"


async def read(line: PlanLine = LINE, **answers: Any) -> Reading:
    form: Mapping[str, Any] = answers.pop("form", {})
    return await read_line(line, Script(form=json.dumps(form), **answers))


async def test_a_number_of_new_things() -> None:
    reading = await read(
        act="tell", occasion="number", subject="forum", form={"number": "at least 3", "how": "how many"}
    )
    (rule,) = reading.rules
    assert (rule.do, rule.when.kind, rule.when.count) == (Do.TELL, WhenKind.NEW, 3)
    assert (rule.about, rule.how, reading.unsure) == ((About.FORUM,), "how many", False)


@pytest.mark.parametrize(
    ("number", "count"),
    [("at least 1", 1), ("more than 1", 2), ("at least 999", 999), ("more than 999", 1_000)],
)
async def test_at_least_and_more_than_a_number(number: str, count: int) -> None:
    (rule,) = (await read(act="tell", occasion="number", subject="forum", form={"number": number})).rules
    assert rule.when.count == count


@pytest.mark.parametrize("number", ["at least 0", "at most 3", "more than 1000", "3", 3])
async def test_a_number_that_is_none(number: object) -> None:
    with pytest.raises(UnreadableError, match="number"):
        await read(act="tell", occasion="number", subject="forum", form={"number": number})


async def test_a_question_about_one_item_and_days() -> None:
    form = {
        "question": "Is it a bill?",
        "open": True,
        "days": ["fri", "mon"],
        "limit": "week",
        "unless": "Is it paid?",
    }
    (rule,) = (await read(act="post", occasion="if", subject="mail", form=form)).rules
    assert (rule.when.question, rule.when.is_open) == ("Is it a bill?", True)
    assert (rule.only.days, rule.limits, rule.unless.questions) == ((0, 4), (Limit.WEEK,), ("Is it paid?",))


@pytest.mark.parametrize(
    ("form", "within"),
    [
        ({}, 7_200),
        ({"minutes": 20}, 1_200),
        ({"hours": 1, "minutes": 30}, 5_400),
        ({"days_before": 2}, 172_800),
        ({"minutes": 0}, 0),
    ],
)
async def test_how_long_before(form: Mapping[str, Any], within: int) -> None:
    (rule,) = (await read(act="tell", occasion="before", subject="calendar", form=form)).rules
    assert (rule.when.kind, rule.when.within) == (WhenKind.DUE, within)


@pytest.mark.parametrize(
    ("form", "window"),
    [
        ({"from": "22:00", "to": "06:30"}, (1_320, 390)),
        ({"from": "18:00"}, (1_080, 1_440)),
        ({"to": "09:00"}, (0, 540)),
        ({"from": "24:00", "to": "08:00"}, (0, 480)),
        ({"from": "00:00", "to": "24:00"}, (None, None)),
        ({"from": "08:00", "to": "08:00"}, (None, None)),
        ({"to": "24:30"}, (None, None)),
    ],
)
async def test_a_part_of_the_day(form: Mapping[str, Any], window: tuple[int | None, int | None]) -> None:
    (rule,) = (await read(act="silent", occasion="always", form=form)).rules
    assert (rule.only.start, rule.only.end) == window


async def test_times_of_day_go_before_hours_between_them() -> None:
    form = {
        "at": ["07:30", "24:00"],
        "every_hours": 2,
        "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
    }
    (rule,) = (await read(act="tell", occasion="time", subject="feeds", form=form)).rules
    assert (rule.only.at, rule.only.every_hours, rule.only.days) == ((0, 450), None, ())


@pytest.mark.parametrize(("act", "role"), list(ROLES.items()))
async def test_a_line_that_asks_for_nothing_takes_one_question(act: str, role: LineRole) -> None:
    script = Script(act=act)
    assert await read_line(LINE, script) == Reading(role=role)
    assert script.asked == ["act"]


async def test_silence_without_an_item_is_about_nothing() -> None:
    script = Script(act="silent", occasion="always", form="{}")
    (rule,) = (await read_line(LINE, script)).rules
    assert (rule.do, rule.about, script.asked) == (Do.SILENT, (), ["act", "more", "occasion", "form"])


async def test_the_prompt_of_a_task_is_followed_when_the_task_is_due() -> None:
    line = LINE.model_copy(update={"task": "digest"})
    script = Script(act="post", subject="forum", form='{"at": ["07:00"], "limit": "day"}')
    (rule,) = (await read_line(line, script)).rules
    assert (rule.when.kind, rule.when.task, rule.only.at, rule.limits) == (WhenKind.TASK, "digest", (), ())
    assert script.asked == ["act", "more", "subject", "form"]


async def test_a_kind_of_a_targets_own_can_be_chosen() -> None:
    script = Script(act="file", occasion="always", subject="any", form="{}")
    (rule,) = (await read_line(LINE, script, ("file",))).rules
    assert rule.do == "file"


@pytest.mark.parametrize(("sure", "unsure"), [(0.9, False), (0.61, True)])
async def test_a_small_share_of_the_chosen_word_is_unsure(sure: float, unsure: bool) -> None:
    assert (await read(act="look", sure=sure)).unsure is unsure


@pytest.mark.parametrize(("again", "unsure"), [("look", False), ("info", True)])
async def test_a_server_without_probabilities_is_asked_in_other_words(again: str, unsure: bool) -> None:
    script = Script(act="look", reworded=again, odds=False)
    assert (await read_line(LINE, script)).unsure is unsure
    assert script.asked == ["act", "reworded"]


@dataclass
class TwoActs:
    """A model that takes a line for ``first``, or perhaps ``second``; asked what else, it says ``second``."""

    first: str
    second: str
    shares: tuple[float, float]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, question: ShortQuestion) -> ShortAnswer:
        """Return the answer to one question."""
        name = kind(question)
        self.asked.append(name)
        at_first, then = self.shares
        answers = {
            "act": {self.first: 1 - at_first, self.second: at_first},
            "more": {self.second: then, "end": 1 - then},
            "occasion": {"if": 1.0},
            "subject": {"mail": 1.0},
        }
        if name == "form":
            return ShortAnswer('{"question": "Is it a bill?", "how": "the bill"}', {})
        odds = answers[name]
        return ShortAnswer(max(odds, key=lambda word: odds[word]), odds)


async def test_a_second_act_has_a_rule_of_its_own_on_the_same_occasion() -> None:
    model = TwoActs("tell", "note", (0.1, 0.6))
    first, second = (await read_line(LINE, model)).rules
    assert (first.do, second.do) == (Do.TELL, Do.NOTE)
    assert first.model_copy(update={"do": Do.NOTE}) == second
    assert model.asked == ["act", "more", "occasion", "subject", "form"]


@pytest.mark.parametrize(
    ("second", "shares", "why"),
    [
        ("note", (0.001, 0.6), "the first question knows nothing of it"),
        ("note", (0.1, 0.1), "the second hardly does"),
        ("tell", (0.9, 0.9), "it is the first act again"),
        ("other", (0.3, 0.9), "nothing here could do it"),
    ],
)
async def test_a_second_act_that_one_question_does_not_know_is_none(
    second: str, shares: tuple[float, float], why: str
) -> None:
    (rule,) = (await read_line(LINE, TwoActs("tell", second, shares))).rules
    assert rule.do == Do.TELL, why


async def test_nonsense_about_a_second_act_leaves_the_first() -> None:
    (rule,) = (await read(act="tell", more="banana", occasion="always", subject="mail", sure=1.0)).rules
    assert rule.do == Do.TELL


@pytest.mark.parametrize("odds", [True, False])
async def test_at_most_five_questions_and_120_tokens(odds: bool) -> None:
    script = Script(act="tell", occasion="always", subject="mail", form="{}", odds=odds)
    await read_line(LINE, script)
    assert len(script.asked) == 5
    tokens = []

    async def count(question: ShortQuestion) -> ShortAnswer:
        tokens.append(question.max_tokens)
        return await script(question)

    await read_line(LINE, count)
    assert sum(tokens) <= 120


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ({"act": "banana"}, "'banana' is not one of"),
        ({"act": "tell", "occasion": "if", "subject": "any", "form": {"at": ["25:00"]}}, "at.0"),
        ({"act": "tell", "occasion": "if", "subject": "any", "form": "no form"}, "the form"),
        ({"act": "tell", "occasion": "if", "subject": "any", "form": {"wholly": "new"}}, "wholly"),
    ],
)
async def test_nonsense_is_unreadable(answers: dict[str, Any], why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        await read(sure=1.0, **answers)


async def test_lines_are_asked_one_kind_of_question_after_the_other() -> None:
    lines = [LINE.model_copy(update={"id": name}) for name in "abc"]
    script = Script(act="tell", occasion="always", subject="mail", form="{}")
    found = [line.id async for line, _ in read_lines(lines, script)]
    assert found == ["a", "b", "c"]
    assert script.asked == [*["act"] * 3, *["more"] * 3, *["occasion"] * 3, *["subject"] * 3, *["form"] * 3]


async def test_one_unreadable_line_keeps_no_other_from_being_read() -> None:
    lines = [LINE.model_copy(update={"id": str(n), "text": f"Line {n}"}) for n in range(3)]
    script = Script(act="look")

    async def ask(question: ShortQuestion) -> ShortAnswer:
        return ShortAnswer("banana", {}) if "Line 1" in question.messages[-1][1] else await script(question)

    found = {line.id: reading async for line, reading in read_lines(lines, ask)}
    assert isinstance(found["1"], UnreadableError)
    assert found["0"] == found["2"] == Reading(role=LineRole.LOOK)


async def test_a_model_that_is_down_ends_the_reading_of_all() -> None:
    async def ask(question: ShortQuestion) -> ShortAnswer:
        raise ConnectionError("down")

    with pytest.raises(ConnectionError):
        _ = [each async for each in read_lines([LINE, LINE], ask)]


def test_what_stands_before_a_line_never_changes() -> None:
    seen: dict[str, set[tuple[tuple[str, str], ...]]] = {}

    async def ask(question: ShortQuestion) -> ShortAnswer:
        seen.setdefault(kind(question), set()).add(question.messages[:-1])
        return await Script(act="tell", occasion="if", subject="mail", form='{"question": "Is it?"}')(
            question
        )

    for text in ("Tell me about bills.", "Erzähl mir von Rechnungen."):
        asyncio.run(read_line(LINE.model_copy(update={"text": text, "above": ()}), ask))
    assert set(seen) == {"act", "more", "occasion", "subject", "form"}
    assert all(len(prefixes) == 1 for prefixes in seen.values())


def test_the_words_differ_in_how_they_begin() -> None:
    for options in (tuple(Act), tuple(Occasion), tuple(Subject), (*DOES, END)):
        assert len({word[:2] for word in options}) == len(options)
        assert not any(a != b and a.startswith(b) for a in options for b in options)


def test_the_examples_hold_each_word() -> None:
    assert {each.act for each in examples()} == set(Act)
    assert {each.occasion for each in examples() if each.occasion} == set(Occasion)
    assert len(prompt_version()) == 16
