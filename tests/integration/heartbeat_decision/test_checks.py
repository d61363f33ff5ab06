"""For how long it is known that a model can be asked, over real HTTP."""

from __future__ import annotations

import pytest

from heartbeat_decision.checks import DOWN_CACHE_SECONDS, REPLIED_CACHE_SECONDS, UP_CACHE_SECONDS
from heartbeat_decision.model import ModelError, ModelMissingError, OllamaModel
from tests.integration.heartbeat_decision.test_keep_alive import question
from tests.support.ollama import FakeOllama, Say

NAME = "llama3.2:latest"


class Watched:
    """A model whose clock the test sets."""

    def __init__(self, ollama: FakeOllama) -> None:
        self.ollama, self.now = ollama, 0.0
        self.model = OllamaModel(clock=lambda: self.now)

    async def check_at(self, now: float) -> None:
        self.now = now
        await self.model.check(self.ollama.url, NAME)

    async def ask(self) -> None:
        await self.model.ask(question(self.ollama.url))


async def test_a_check_holds_longer_while_the_model_replies(ollama: FakeOllama) -> None:
    watched = Watched(ollama)
    await watched.check_at(0)
    await watched.ask()
    await watched.check_at(REPLIED_CACHE_SECONDS - 1)
    assert ollama.tags == 1
    await watched.ask()
    await watched.check_at(REPLIED_CACHE_SECONDS)
    assert ollama.tags == 2, "replies prolong a check once, so that another version of the model is seen"


async def test_a_check_without_a_reply_holds_for_a_minute(ollama: FakeOllama) -> None:
    watched = Watched(ollama)
    await watched.check_at(0)
    await watched.check_at(UP_CACHE_SECONDS - 1)
    assert ollama.tags == 1
    await watched.check_at(UP_CACHE_SECONDS)
    assert ollama.tags == 2


async def test_a_failed_check_is_soon_made_anew(ollama: FakeOllama) -> None:
    ollama.models = []
    watched = Watched(ollama)
    for now in (0, DOWN_CACHE_SECONDS / 2, DOWN_CACHE_SECONDS):
        with pytest.raises(ModelMissingError):
            await watched.check_at(now)
    assert ollama.tags == 2


async def test_after_a_failed_call_the_model_is_looked_for_again(ollama: FakeOllama) -> None:
    watched = Watched(ollama)
    await watched.check_at(0)
    await watched.ask()
    ollama.default = Say("", status=500)
    with pytest.raises(ModelError):
        await watched.ask()
    await watched.check_at(1)
    assert ollama.tags == 2


async def test_a_model_that_was_removed_is_said_to_be_missing(ollama: FakeOllama) -> None:
    watched = Watched(ollama)
    await watched.check_at(0)
    await watched.ask()
    ollama.models, ollama.default = [], Say("", status=404)
    with pytest.raises(ModelMissingError, match="ollama pull"):
        await watched.ask()
