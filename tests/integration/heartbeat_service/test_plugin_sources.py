"""Sources of plug-ins that are looked at like connections: once an interval, for all threads and processes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast

import pytest

from heartbeat.connections import Connections
from heartbeat.connections.trial import try_kept
from heartbeat.fetching import FetchedItem, FetchResult
from heartbeat.plugins import FetchedSource, Plugins
from heartbeat.store import inbox
from heartbeat.vocabulary import FeedKind
from heartbeat_service.fetcher import Fetcher
from nodes.looking import Looked
from tests.integration.http.site import Site, problem, serving
from tests.support.ollama import decision
from tests.support.world import START, World

NONE = decision(action="none")


def nothing() -> Any:
    return FetchResult()


@dataclass
class Shelf:
    """A source that a test teaches what to show."""

    shows: Callable[[], Any] = nothing
    name: str = "shelf"
    time_limit: float = 5.0
    every: int = 600
    private: bool = False
    memos: list[Mapping[str, Any]] = field(default_factory=list)

    def fetch(self, now: datetime, memo: Mapping[str, Any], deadline: float) -> Any:
        self.memos.append(memo)
        return self.shows()


def plug_in(world: World, *shelves: Shelf) -> World:
    fetched = tuple(FetchedSource.of(each, "extra 1.0") for each in shelves)
    connections = Connections.load(world.settings, world.store, clock=world.clock, sources=fetched)
    world.services = replace(world.services, connections=connections, plugins=Plugins(fetched=fetched))
    return world


def books(*names: str, memo: str = "") -> FetchResult:
    return FetchResult(
        [FetchedItem(name, FeedKind.ENTRY, START, title=name) for name in names], {"last": memo}
    )


def look(world: World, *, only_due: bool = False) -> dict[str, Looked]:
    found = asyncio.run(Fetcher(world.services).look_named(only_due=only_due))
    return {each.name: each for each in found}


def test_it_is_looked_at_once_an_interval_and_given_its_memo(world: World) -> None:
    shelf = Shelf(lambda: books("a", "b", memo="b"))
    plug_in(world, shelf)
    other = plug_in(world.elsewhere(), shelf)
    assert look(world, only_due=True)["shelf"].sentence == "Looked: 2 new, 0 changed, 0 gone."
    look(world, only_due=True)
    look(other, only_due=True)
    assert shelf.memos == [{}]
    world.clock.move(minutes=10)
    look(other, only_due=True)
    look(world, only_due=True)
    assert shelf.memos == [{}, {"last": "b"}]
    other.close()


@pytest.mark.one_question  # its prompt shows what is seen
def test_threads_look_at_it_unless_it_is_private_and_not_named(world: World) -> None:
    plug_in(world, Shelf(lambda: books("open")), Shelf(lambda: books("secret"), name="diary", private=True))
    look(world)
    world.thread()
    world.ollama.says(NONE, NONE)
    world.beat()
    asked = world.ollama.calls[-1]["messages"][-1]["content"]
    assert ("open" in asked, "secret" in asked) == (True, False)
    assert world.services.connections.private_names() == {"diary"}
    assert world.services.connections.get("diary").unused
    world.configure(sources=["diary"])
    world.beat()
    assert "secret" in world.ollama.calls[-1]["messages"][-1]["content"]


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def leave() -> Any:
    raise SystemExit(3)


def test_one_that_raises_or_hangs_fails_alone(world: World, hanging: threading.Event) -> None:
    hang = Shelf(hanging.wait, name="hangs", time_limit=0.05)
    leaves, faulty = Shelf(leave, name="leaves"), Shelf(lambda: FetchResult(cast("Any", [7])), name="faulty")
    plug_in(world, hang, leaves, faulty, Shelf(lambda: books("a")))
    found = look(world)
    assert found["hangs"].failed == "No answer within 0.05 s."
    assert found["leaves"].failed == "The plug-in failed: SystemExit: 3."
    assert list(found["faulty"].problems) == ["It shows an item that is 7; allowed: a FetchedItem."]
    assert found["shelf"].failed is None
    assert [row.title for row in world.store.read(inbox.page)] == ["a"]
    trial = try_kept(world.services.connections, world.services.connections.get("hangs"))
    assert (trial.ok, trial.said) == (False, "No answer within 0.05 seconds.")
    assert not try_kept(world.services.connections, world.services.connections.get("leaves")).ok


@pytest.fixture
def shown(world: World) -> Iterator[Site]:
    plug_in(world, Shelf(lambda: books("a")))
    with serving(world) as site:
        yield site


def test_it_is_listed_looked_at_and_tried_and_is_not_to_be_changed(shown: Site) -> None:
    view = shown.get("/api/connections/shelf")
    assert (view["kind"], view["origin"], view["leads_to"], view["every"]) == (
        "source",
        "plugin",
        "extra 1.0",
        600,
    )
    assert shown.post("/api/connections/shelf/look")["said"] == "Looked: 1 new, 0 changed, 0 gone."
    assert shown.post("/api/connections/shelf/test")["said"] == "It shows 1 entry."
    assert [each["connection"] for each in shown.get("/api/inbox")["items"]] == ["shelf"]
    thread = shown.thread(sources=["shelf"])
    assert shown.get("/api/inbox", thread=thread)["items"] != []
    for answer in (
        shown.client.delete("/api/connections/shelf"),
        shown.client.patch("/api/connections/shelf", json={"values": {}}),
    ):
        assert "is a source of the plug-in extra 1.0" in problem(answer, 409)["detail"]


def test_a_connection_of_its_name_is_refused(shown: Site) -> None:
    body = {"name": "shelf", "kind": "feed", "values": {"path": "a.xml"}}
    assert "shelf" in problem(shown.client.post("/api/connections", json=body), 409)["detail"]


def test_what_it_has_brought_stays_when_it_is_uninstalled(world: World) -> None:
    plug_in(world, Shelf(lambda: books("a")))
    look(world)
    plug_in(world)
    look(world)
    assert [row.title for row in world.store.read(inbox.page)] == ["a"]
    assert world.store.read(inbox.visible, None) == []
