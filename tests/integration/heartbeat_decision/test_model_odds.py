"""The probabilities of options, from the server's reply to whether a reading is unsure, over real HTTP."""

from __future__ import annotations

import json
from typing import Any

import pytest

from heartbeat.plan import PlanLine, WhenKind
from heartbeat_decision.asking import PortAsk
from heartbeat_decision.model import ModelError, OllamaModel, Question
from heartbeat_decision.reading import read_line
from tests.support.ollama import FakeOllama, Say

MODEL = "llama3.2:latest"
LINE = PlanLine(id="a", number=1, text="Tell me what is new.")


def question(url: str) -> Question:
    return Question(
        url=url,
        model=MODEL,
        messages=[("user", "What is to be done?")],
        schema={"type": "object"},
        temperature=0.0,
        max_tokens=1,
        context_tokens=4_096,
        deadline=10.0,
        options=("tell", "look"),
    )


@pytest.mark.parametrize("at_end", [False, True])
async def test_the_odds_of_the_options(ollama: FakeOllama, at_end: bool) -> None:
    ollama.says(Say("tell", odds={"tell": 0.75, "look": 0.25}, odds_at_end=at_end))
    reply = await OllamaModel().ask(question(ollama.url))
    assert reply.text == "tell"
    assert reply.odds == pytest.approx({"tell": 0.75, "look": 0.25})


async def test_a_question_with_options_asks_for_one_token_and_its_odds(ollama: FakeOllama) -> None:
    ollama.says("tell")
    await OllamaModel().ask(question(ollama.url))
    (body,) = ollama.calls
    assert body.get("format") in (None, "")
    assert body["options"]["num_predict"] == 1
    assert (body["logprobs"], body["top_logprobs"]) == (True, 20)


async def test_a_server_that_tells_no_odds(ollama: FakeOllama) -> None:
    ollama.says("tell")
    reply = await OllamaModel().ask(question(ollama.url))
    assert (reply.text, reply.odds) == ("tell", {})


def one(logprob: Any) -> list[dict[str, Any]]:
    return [{"token": "tell", "logprob": -0.1, "top_logprobs": [{"token": "tell", "logprob": logprob}]}]


@pytest.mark.parametrize("at_end", [False, True])
@pytest.mark.parametrize(
    "told",
    [7, ["tell"], [{"token": "tell"}], one("likely"), one(None), one(5.0), one(1e6), one(float("nan"))],
    ids=["a number", "words", "no share", "a word", "null", "more than 1", "far more", "no number"],
)
async def test_odds_in_another_form_are_an_error_of_the_model(
    ollama: FakeOllama, told: Any, at_end: bool
) -> None:
    ollama.says(Say("tell", logprobs=told, odds_at_end=at_end))
    with pytest.raises(
        ModelError, match=r"^the model server sent logprobs\S* in another form than Ollama's: \w"
    ):
        await OllamaModel().ask(question(ollama.url))


@pytest.mark.parametrize(("share", "unsure"), [(0.9, False), (0.5, True)])
async def test_a_reading_is_unsure_by_its_odds(ollama: FakeOllama, share: float, unsure: bool) -> None:
    def answer(body: dict[str, Any]) -> Say:
        if body.get("format"):
            return Say(json.dumps({}))
        if len(ollama.readings) == 1:
            return Say("tell", odds={"tell": share, "look": 1 - share - 0.01, " ": 0.01})
        return Say(["end", "always", "any"][len(ollama.readings) - 2])

    ollama.reads = answer
    ask = PortAsk(OllamaModel(), ollama.url, MODEL, deadline=10.0)
    reading = await read_line(LINE, ask)
    assert reading.unsure is unsure
    assert [rule.when.kind for rule in reading.rules] == [WhenKind.ALWAYS]
    assert len(ollama.readings) == ask.calls == 5


async def test_a_reading_without_odds_asks_in_other_words(ollama: FakeOllama) -> None:
    texts = iter(["tell", "look", "always", "any", "{}"])
    ollama.reads = lambda body: Say(next(texts))
    ask = PortAsk(OllamaModel(), ollama.url, MODEL, deadline=10.0)
    assert (await read_line(LINE, ask)).unsure
    assert ask.calls == 5
