"""LangGraph's own tests of a checkpointer, with every optional capability."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

from langgraph.checkpoint.conformance import checkpointer_test, validate
from langgraph.checkpoint.conformance.capabilities import Capability

from checkpoints import GroupCommitSaver, open_saver


async def test_every_capability_is_there_and_right(tmp_path: Path) -> None:
    made = iter(range(100))

    @checkpointer_test(name="GroupCommitSaver")
    async def fresh() -> AsyncGenerator[GroupCommitSaver]:
        async with open_saver(tmp_path / f"{next(made)}.db") as saver:
            yield saver

    report = await validate(fresh)
    assert {name: result.failures for name, result in report.results.items() if result.failures} == {}
    assert {name for name, result in report.results.items() if result.passed} == {
        each.value for each in Capability
    }
