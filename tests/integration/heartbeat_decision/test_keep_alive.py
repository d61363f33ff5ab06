"""How long the server is told to keep the model loaded, over real HTTP."""

from __future__ import annotations

import pytest

from heartbeat.settings import load_settings
from heartbeat_decision.model import OllamaModel, Question
from tests.support.ollama import FakeOllama


def question(url: str, *options: str) -> Question:
    return Question(
        url=url,
        model="llama3.2:latest",
        messages=[("user", "What now?")],
        schema={} if options else {"type": "object", "properties": {"action": {"type": "string"}}},
        temperature=0.0,
        max_tokens=1,
        context_tokens=4_096,
        deadline=10.0,
        options=options,
    )


@pytest.mark.parametrize(("value", "sent"), [("", "1h"), ("30m", "30m"), ("-1", -1), ("0", 0)])
async def test_each_call_says_how_long_the_model_stays_loaded(
    monkeypatch: pytest.MonkeyPatch, ollama: FakeOllama, value: str, sent: int | str
) -> None:
    monkeypatch.setenv("HEARTBEAT_KEEP_ALIVE", value)
    model = OllamaModel.from_settings(load_settings())
    await model.ask(question(ollama.url))
    await model.ask(question(ollama.url, "post", "none"))
    assert [call["keep_alive"] for call in ollama.calls] == [sent, sent]


async def test_a_model_without_settings_leaves_it_to_the_server(ollama: FakeOllama) -> None:
    await OllamaModel().ask(question(ollama.url))
    assert ollama.calls[0].get("keep_alive") is None
