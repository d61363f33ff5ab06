"""The client library of models where it is missing."""

from __future__ import annotations

import pytest

from heartbeat_decision.model import ModelError, OllamaModel
from tests.integration.heartbeat_decision.test_keep_alive import question
from tests.support.library import hide_library
from tests.support.ollama import FakeOllama


@pytest.mark.parametrize("name", ["langchain_ollama", "ollama"])
async def test_a_question_says_what_is_missing_until_it_is_there(ollama: FakeOllama, name: str) -> None:
    model = OllamaModel()
    with pytest.MonkeyPatch.context() as patch:
        hide_library(patch, name)
        with pytest.raises(
            ModelError, match=rf"langchain-ollama cannot be imported \(.*{name}.*; install it anew: "
        ):
            await model.ask(question(ollama.url))
    await model.ask(question(ollama.url))
