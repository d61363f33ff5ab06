"""One served world for the tests of a file; each test makes threads of its own in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.http.site import Site, serving
from tests.support.ollama import fake_ollama
from tests.support.world import World


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with fake_ollama() as ollama:
        world = World(tmp_path_factory.mktemp("site"), ollama)
        try:
            with serving(world) as site:
                yield site
        finally:
            world.close()


@pytest.fixture
def site(shared: Site) -> Site:
    """The shared site as it was: the model is quiet, nobody is in its way."""
    ollama = shared.world.ollama
    ollama.answer, ollama.default, ollama.models = None, None, ["llama3.2:latest"]
    ollama.replies.clear()
    return shared


@pytest.fixture
def own(world: World) -> Iterator[Site]:
    """A site of one test."""
    with serving(world) as made:
        yield made
