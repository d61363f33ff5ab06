"""A run where no process looks at connections looks first itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from heartbeat.fetching import FetchError
from heartbeat.store import inbox, timer
from heartbeat.vocabulary import ActionKind, ActionStatus
from tests.integration.heartbeat_service.test_plugin_sources import Shelf, books, plug_in
from tests.integration.http.site import serving
from tests.support.ollama import decision
from tests.support.world import World

pytestmark = (
    pytest.mark.one_question
)  # where nothing of the inbox is seen, the small questions would be asked

NONE = decision(action="none")


@pytest.fixture
def shelf(world: World) -> Shelf:
    """A source that is due, of a workspace with one thread."""
    shelf = Shelf(lambda: books("Tea is back"))
    plug_in(world, shelf)
    world.thread()
    world.ollama.says(NONE, NONE)
    return shelf


def asked(world: World) -> str:
    return str(world.ollama.calls[-1]["messages"][-1]["content"])


def test_a_run_from_python_looks_at_what_is_due(world: World, shelf: Shelf) -> None:
    world.beat()
    assert "Tea is back" in asked(world)
    world.beat()
    assert len(shelf.memos) == 1, "it is not due again"


def test_a_run_looks_at_nothing_that_its_thread_does_not_look_at(world: World, shelf: Shelf) -> None:
    world.configure(sources=["forum"])
    world.beat()
    assert shelf.memos == []


def test_where_a_service_is_alive_it_looks(world: World, shelf: Shelf) -> None:
    world.store.write(timer.tick, world.clock(), "another-process")
    world.beat()
    assert shelf.memos == []
    world.clock.move(minutes=1)
    world.beat()
    assert len(shelf.memos) == 1


def test_a_run_may_leave_it_out(world: World, shelf: Shelf) -> None:
    world.graph.invoke({"thread": "demo"}, context=world.context(look=False))
    assert shelf.memos == []


def test_two_runs_look_once(world: World, shelf: Shelf) -> None:
    address = world.services.connections.look_addresses()["shelf"]
    other = world.elsewhere()
    claim = other.store.write(inbox.claim, "shelf", address, other.store.lease, world.clock(), seconds=60)
    assert claim is not None
    beat = world.beat()
    assert (beat["status"], shelf.memos) == ("none", [])
    other.close()


def refuse() -> Any:
    raise FetchError("There is no shelf.")


def leave() -> Any:
    raise SystemExit(3)


@pytest.mark.parametrize("shows", [refuse, leave, lambda: 7])
def test_a_look_that_fails_does_not_fail_the_beat(
    world: World, shelf: Shelf, shows: Callable[[], Any]
) -> None:
    shelf.shows = shows
    world.post("A post")
    beat = world.beat()
    assert beat["status"] == "none"
    assert "A post" in asked(world)
    assert world.services.connections.get("shelf").failing_since is not None


def test_a_fault_of_the_connections_does_not_fail_the_beat(world: World, shelf: Shelf) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            if name == "looked_at":
                raise RuntimeError("broken")
            return getattr(connections, name)

    connections = world.services.connections
    world.services = replace(world.services, connections=Broken())  # type: ignore[arg-type]
    beat = world.beat()
    assert beat["status"] == "none", beat


@pytest.fixture
def waiting(world: World, shelf: Shelf) -> Iterator[Any]:
    """A service whose timer and fetcher do not run."""
    with serving(world) as site:
        yield site


def test_a_run_over_http_looks_where_the_fetcher_does_not_run(
    world: World, shelf: Shelf, waiting: Any
) -> None:
    waiting.post("/api/threads/demo/heartbeat/run-now")
    assert "Tea is back" in asked(world)


def test_what_a_connection_brought_is_told_in_the_panel_where_nothing_reaches_the_owner(
    world: World, shelf: Shelf
) -> None:
    world.ollama.replies.clear()
    world.ollama.says(decision(action="tell", text="Tea is back.", about="entry 1"))
    world.beat()
    [action] = world.detail(1).actions
    assert (action.kind, action.status) == (ActionKind.TELL, ActionStatus.RECORDED)


def test_nothing_can_be_told_where_nothing_is_connected(world: World) -> None:
    world.thread()
    world.post("Figs")
    world.ollama.says(NONE)
    world.beat()
    assert "tell" not in str(world.ollama.calls[-1]["format"])
