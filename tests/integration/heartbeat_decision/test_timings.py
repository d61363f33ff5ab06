"""What the server says that a call took is on the reply, over real HTTP."""

from __future__ import annotations

import pytest

from heartbeat_decision.asking import PortAsk, ShortQuestion
from heartbeat_decision.model import OllamaModel, Question
from tests.support.ollama import FakeOllama, Say


def question(url: str) -> Question:
    return Question(
        url=url,
        model="llama3.2:latest",
        messages=[("user", "What now?")],
        schema={"type": "object"},
        temperature=0.0,
        max_tokens=1,
        context_tokens=4_096,
        deadline=10.0,
    )


async def test_how_long_the_prompt_was_read_and_what_was_kept_of_it(ollama: FakeOllama) -> None:
    ollama.says(Say("{}", prompt_tokens=3_100, prompt_seconds=62.5, load_seconds=4.0, kept_tokens=16))
    reply = await OllamaModel().ask(question(ollama.url))
    assert (reply.prompt_seconds, reply.load_seconds, reply.kept_tokens) == (62.5, 4.0, 16)
    assert reply.prompt_tokens == 3_100


async def test_a_server_that_does_not_say_leaves_it_open(ollama: FakeOllama) -> None:
    ollama.says(Say("{}", prompt_seconds=None))
    reply = await OllamaModel().ask(question(ollama.url))
    assert (reply.prompt_seconds, reply.kept_tokens) == (None, None)


@pytest.mark.parametrize("length", [10, 100_000])
async def test_it_is_found_after_a_text_of_any_length(ollama: FakeOllama, length: int) -> None:
    ollama.says(Say("x" * length, prompt_seconds=2.0))
    assert (await OllamaModel().ask(question(ollama.url))).prompt_seconds == 2.0


async def test_short_questions_are_summed(ollama: FakeOllama) -> None:
    ollama.says(Say("yes", prompt_seconds=60.0), Say("no", prompt_seconds=0.5))
    ask = PortAsk(OllamaModel(), ollama.url, "llama3.2:latest", 10.0)
    for _ in range(2):
        await ask(ShortQuestion((("user", "Is it?"),), options=("yes", "no")))
    assert ask.prompt_seconds == 60.5
