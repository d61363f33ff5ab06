"""Fixtures for all tests. No test reaches a real model, reads this machine's settings or waits for time."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

# The process that hands out tests to workers loads this file too, and runs none of them: what takes seconds to
# import waits for the first fixture that needs it.
if TYPE_CHECKING:
    from tests.support.ollama import FakeOllama, OllamaServer
    from tests.support.world import World

# How long an example takes says more about what else the machine does, so it has no deadline.
# `make test-all` loads "thorough" by --hypothesis-profile.
_usual = settings.get_profile("default")
settings.register_profile("quick", _usual, deadline=None, max_examples=15)
settings.register_profile("thorough", _usual, deadline=None, max_examples=100)
settings.load_profile("quick")

NOBODY = "http://127.0.0.1:9"
"""A loopback address at which nothing listens."""


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect without looking for garbage: what is imported and collected stays to the end."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        # Tests make much and keep little: to look for garbage every 700 objects takes longer than it frees.
        gc.set_threshold(20_000, 10, 10)
        gc.enable()


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes by their number: what a library made of them may differ from worker to worker."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say aloud what was not tested: a skipped browser is easily overlooked."""
    reports = terminalreporter.stats.get("skipped", [])
    reasons = [str(report.longrepr[2]) for report in reports if isinstance(report.longrepr, tuple)]
    for mark, what, needed in (("browser: ", "THE PANEL", "a browser"), ("mail: ", "MAIL", "a mail server")):
        unseen = [reason for reason in reasons if mark in reason]
        if unseen:
            why = unseen[0].partition(mark)[2]
            terminalreporter.write_line(
                f"{what} WAS NOT TESTED: {len(unseen)} tests need {needed}, and {why}.", red=True, bold=True
            )


_OURS = ("HEARTBEAT_", "CRT_", "OLLAMA_", "LANGSMITH_", "LANGCHAIN_")
_KEPT = "HEARTBEAT_TEST_OLLAMA_URL"
_folders = itertools.count()


@pytest.fixture(autouse=True)
def _own_environment(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    if "tmp_path" in request.fixturenames:
        folder = str(request.getfixturevalue("tmp_path"))
    else:  # most tests write no file, and to make a folder takes longer than they do
        folder = f"{tmp_path_factory.getbasetemp()}/unmade/{next(_folders)}"
    before = dict(os.environ)
    for name in before:
        if name.startswith(_OURS) and name != _KEPT:
            del os.environ[name]
    os.environ.update(
        TZ="UTC",
        HEARTBEAT_OLLAMA_URL=NOBODY,
        HEARTBEAT_HOME=f"{folder}/home",
        HEARTBEAT_INSTRUCTIONS=f"{folder}/HEARTBEAT.md",
    )
    if request.node.get_closest_marker("one_question"):
        os.environ["HEARTBEAT_DECISION"] = "whole"
    yield
    for name in [name for name in os.environ if name not in before]:
        del os.environ[name]
    os.environ.update({name: value for name, value in before.items() if os.environ.get(name) != value})


@pytest.fixture(scope="session", autouse=True)
def _shared_work() -> Iterator[None]:
    from tests.support import warm

    with pytest.MonkeyPatch.context() as patch:
        warm.share(patch)
        yield


@pytest.fixture(scope="session")
def ollama_server() -> Iterator[OllamaServer]:
    """One server a worker."""
    from tests.support.ollama import serving_ollama

    with serving_ollama() as server:
        yield server


@pytest.fixture
def ollama(ollama_server: OllamaServer) -> FakeOllama:
    """A fake that nobody has spoken to yet."""
    return ollama_server.fresh()


@pytest.fixture
def world(tmp_path: Path, ollama: FakeOllama) -> Iterator[World]:
    from tests.support.world import World

    made = World(tmp_path, ollama)
    yield made
    made.close()
