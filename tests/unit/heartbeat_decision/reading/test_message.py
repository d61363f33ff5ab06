"""A message becomes an order with its end, or nothing, by at most five questions."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from heartbeat.plan import Do, LineRole, PlanLine, Reading, WhenKind
from heartbeat.plan.until import UntilForm, UntilWord
from heartbeat_decision.asking import ShortAnswer, ShortQuestion
from heartbeat_decision.reading import UnreadableError, read_line, read_lines, read_message
from heartbeat_decision.reading.until import until_examples, until_question
from tests.unit.heartbeat_decision.reading.test_line import Script, kind

MESSAGE = PlanLine(
    id="message-3",
    number=3,
    text="Silence till six",
    above=("The owner says",),
    said_at=datetime(2026, 3, 3, tzinfo=UTC),
)


class Messages(Script):
    """A script that knows the question for the end too."""

    def __init__(self, *, until: object = None, **answers: Any) -> None:
        form = answers.pop("form", {})
        super().__init__(form=json.dumps(form), **answers)
        self.until = json.dumps(until or {"until": "none"})

    async def __call__(self, question: ShortQuestion) -> ShortAnswer:
        if question.messages[-1][1].startswith("Message: "):
            self.asked.append("until")
            return ShortAnswer(self.until, {})
        return await super().__call__(question)


async def read(script: Messages) -> Reading:
    return await read_message(MESSAGE, script)


@pytest.mark.parametrize("act", ["info", "look", "style"])
async def test_most_messages_ask_for_nothing_and_take_one_call(act: str) -> None:
    script = Messages(act=act)
    reading = await read(script)
    assert (reading.rules, reading.role is not None) == ((), True)
    assert script.asked == ["act"]


@pytest.mark.parametrize("act", ["silent", "forbidden"])
async def test_silence_until_something_takes_two_calls(act: str) -> None:
    script = Messages(act=act, until={"until": "time", "clock": "18:00"})
    reading = await read(script)
    [rule] = reading.rules
    assert (rule.do, rule.when.kind) == (Do.SILENT, WhenKind.ALWAYS)
    assert reading.until == UntilForm(until=UntilWord.TIME, clock=1_080)
    assert script.asked == ["act", "until"]


async def test_what_is_forbidden_for_ever_is_no_silence() -> None:
    reading = await read(Messages(act="forbidden"))
    assert (reading.role, reading.rules, reading.until) == (LineRole.FORBIDS, (), None)


async def test_silence_without_an_end_is_read_as_a_line_is() -> None:
    script = Messages(act="silent", occasion="always", form={"days": ["sat", "sun"]})
    reading = await read(script)
    [rule] = reading.rules
    assert (rule.do, rule.only.days, reading.until) == (Do.SILENT, (5, 6), None)
    assert script.asked == ["act", "until", "occasion", "form"]


async def test_what_asks_for_something_takes_five_calls() -> None:
    script = Messages(
        act="tell",
        occasion="if",
        subject="mail",
        form={"question": "Is it from Marta?"},
        until={"until": "today"},
    )
    reading = await read(script)
    [rule] = reading.rules
    assert (rule.do, rule.when.question) == (Do.TELL, "Is it from Marta?")
    assert (reading.until, reading.unsure) == (UntilForm(until=UntilWord.TODAY), False)
    assert script.asked == ["act", "occasion", "subject", "form", "until"]


@pytest.mark.parametrize("act", ["silent", "forbidden", "tell", "info"])
@pytest.mark.parametrize("occasion", ["if", "always"])
@pytest.mark.parametrize("until", [{"until": "none"}, {"until": "next"}])
@pytest.mark.parametrize("odds", [True, False])
async def test_never_more_than_five(act: str, occasion: str, until: object, odds: bool) -> None:
    script = Messages(
        act=act, occasion=occasion, subject="mail", form={"question": "Is it?"}, until=until, odds=odds
    )
    reading = await read(script)
    assert len(script.asked) <= 5
    assert ("reworded" in script.asked) == (not odds and not reading.unsure)


async def test_a_server_without_odds_is_asked_again_where_a_call_is_left() -> None:
    agrees = Messages(act="silent", until={"until": "next"}, odds=False)
    differs = Messages(act="silent", reworded="info", until={"until": "next"}, odds=False)
    for script, expected in ((agrees, False), (differs, True)):
        assert (await read(script)).unsure == expected
        assert script.asked == ["act", "until", "reworded"]
    full = Messages(act="tell", occasion="if", subject="mail", form={"question": "Is it?"}, odds=False)
    assert (await read(full)).unsure


async def test_a_close_choice_is_unsure() -> None:
    assert (await read(Messages(act="silent", until={"until": "next"}, sure=0.5))).unsure


@pytest.mark.parametrize(
    "until",
    [{"until": "hours"}, {"until": "day"}, {"until": "soon"}, {"until": "date", "day": 31, "month": 2}],
)
@pytest.mark.parametrize("act", ["silent", "tell"])
async def test_an_end_that_is_not_clear_leaves_it_open_and_unsure(act: str, until: object) -> None:
    reading = await read(Messages(act=act, occasion="always", subject="any", until=until))
    assert (len(reading.rules), reading.until, reading.unsure) == (1, None, True)


async def test_a_form_that_makes_no_rule_is_no_reading() -> None:
    with pytest.raises(UnreadableError, match="number"):
        await read(Messages(act="tell", occasion="number", subject="mail", form={"number": "at least 0"}))


async def test_messages_and_lines_are_read_together_each_in_its_way() -> None:
    line = MESSAGE.model_copy(update={"id": "a", "said_at": None})
    script = Messages(act="silent", occasion="always", until={"until": "next"})
    found = {read.id: reading async for read, reading in read_lines([line, MESSAGE], script)}
    for each, expected in ((line, None), (MESSAGE, UntilForm(until=UntilWord.NEXT))):
        reading = found[each.id]
        assert isinstance(reading, Reading)
        assert reading.until == expected
    assert await read_line(line, script) == found["a"]


@pytest.mark.parametrize("example", until_examples(), ids=lambda each: each.said)
def test_each_example_is_a_form(example: Any) -> None:
    assert example.answer.form.until == example.answer.until


def test_the_examples_show_each_word_and_stand_before_the_message() -> None:
    assert {each.answer.until for each in until_examples()} == set(UntilWord)
    question = until_question(MESSAGE)
    assert question.messages[-1] == ("user", "Message: Silence till six")
    assert len(question.messages) == 2 + 2 * len(until_examples())
    assert kind(question) == "form"
