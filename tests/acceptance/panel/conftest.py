"""One browser and one served world for the tests of the panel; each test has a page and threads of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.acceptance.panel.browsing import Panel, RealClock, browsing, visiting
from tests.integration.http.site import Site, serving
from tests.support.ollama import FakeOllama, Say, decision, fake_ollama
from tests.support.world import World


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # Not of the session: Playwright keeps a loop running in this thread, where async tests want one of their own.
    with browsing() as started:
        yield started


@pytest.fixture(scope="package")
def shared(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with fake_ollama() as ollama, pytest.MonkeyPatch.context() as environment:
        # Its tests show replies with a whole decision. It is made before a test has an environment of its own.
        environment.setenv("HEARTBEAT_DECISION", "whole")
        world = World(tmp_path_factory.mktemp("panel"), ollama, clock=RealClock())
        try:
            with serving(world, enabled=True) as site:
                # In a day no beat is due that would take the reply which a test has for a beat by hand.
                assert site.client.patch("/api/heartbeat/config", json={"every": "1d"}).status_code == 200
                yield site
        finally:
            world.close()


@pytest.fixture
def site(shared: Site) -> Site:
    """The shared site as it was: the timer runs, the model is quiet, nobody is in its way."""
    ollama = shared.world.ollama
    ollama.answer, ollama.models = None, ["llama3.2:latest"]
    ollama.replies.clear()
    ollama.default = Say(decision(action="none", reasoning="Quiet."))
    shared.post("/api/heartbeat/start")
    return shared


@pytest.fixture
def panel(browser: Browser, site: Site) -> Iterator[Panel]:
    """A page of the shared site."""
    with visiting(browser, site) as opened:
        yield opened


@pytest.fixture
def own_world(browser: Browser, tmp_path: Path, ollama: FakeOllama) -> Iterator[World]:
    """A workspace of one test, in the time of the machine."""
    made = World(tmp_path, ollama, clock=RealClock())
    yield made
    made.close()
