"""LangSmith, where the environment lets it trace, sees nothing of a beat that looks at something private."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from langsmith.utils import get_env_var

from heartbeat_service import spans
from tests.integration.heartbeat_service.test_tracing import (
    CANARY,
    Collector,
    collector,
    one_beat,
    with_notes,
)
from tests.support.world import World

__all__ = ["collector"]


@pytest.fixture(autouse=True)
def _read_anew() -> Iterator[None]:
    """LangSmith remembers what variables were set to."""
    forget()
    yield
    forget()


def forget() -> None:
    spans.silent_client.cache_clear()
    get_env_var.cache_clear()  # type: ignore[attr-defined]


@pytest.mark.one_question
async def test_it_sees_neither_inputs_nor_outputs(
    world: World, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGSMITH_TRACING", "true")
    monkeypatch.setenv("LANGSMITH_ENDPOINT", collector.url)
    monkeypatch.setenv("LANGSMITH_API_KEY", "lsv2_sample")
    with_notes(world)
    await one_beat(world)
    sent = b"".join(collector.bodies)
    assert world.history()[0].status == "acted"
    assert b"gather_context" in sent
    assert CANARY.encode() not in sent
