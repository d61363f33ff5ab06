"""Forget a connection: no text of it is left in the bytes, and all else goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlmodel import Session, select

from checkpoints import open_saver
from graph.heartbeat import HeartbeatGraph, compile_graph, run_config
from heartbeat.connections import editing
from heartbeat.fetching import FetchedItem
from heartbeat.store import views
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.vocabulary import FeedKind, TryEnd
from tests.integration.graph.outside import end
from tests.support.bringing import bring
from tests.support.canary import CANARY, files_with
from tests.support.ollama import decision
from tests.support.world import START, World

pytestmark = pytest.mark.one_question

TASK = FetchedItem(
    f"{CANARY}.md:1",
    FeedKind.TASK,
    START,
    title=f"Buy {CANARY}",
    content=f"Buy {CANARY} today",
    author=CANARY,
    parent=f"{CANARY}.md",
    due_at=START,
)
NEWS = FetchedItem("n1", FeedKind.ENTRY, START, title="Harmless news")


@pytest.fixture
def saved(world: World) -> Iterator[HeartbeatGraph]:
    (world.folder / "vault").mkdir()
    (world.folder / "news.xml").write_text("<rss version='2.0'><channel></channel></rss>")
    connections = world.services.connections
    editing.add(connections, "vault", "folder", {"path": str(world.folder / "vault")})
    editing.add(connections, "news", "feed", {"path": str(world.folder / "news.xml")})
    editing.add(connections, "phone", "apprise", {"url": "ntfy://127.0.0.1/x", "reach": "owner"})
    bring(world, [TASK], "vault", private=True)
    bring(world, [NEWS], "news")
    world.thread(sources=["default", "vault"])
    with open_saver(world.settings.checkpoints_path) as saver:
        yield compile_graph(saver)


def forget(world: World, name: str = "vault") -> bool:
    done = editing.remove(world.services.connections, name, forget=True)
    assert done is not None
    return done.is_finished


def items(world: World) -> list[InboxItem]:
    with Session(world.store.engine) as session:
        return list(session.exec(select(InboxItem)))


def run(world: World, saved: HeartbeatGraph, thread: str = "demo") -> dict[str, Any]:
    world.clock.move(seconds=30)
    beat: dict[str, Any] = saved.invoke(
        {"thread": thread}, run_config(thread), context=world.context(look=False)
    )["beat"]
    return beat


def tell(world: World, saved: HeartbeatGraph, **fields: str) -> int:
    number = next(each.id for each in items(world) if each.connection == "vault")
    said = {"action": "tell", "text": f"Buy {CANARY}!", "about": f"task {number}", **fields}
    world.ollama.says(decision(**said, note=f"Told of {CANARY}.", reasoning=f"{CANARY} is due."))
    beat = run(world, saved)
    assert beat["status"] == "acted"
    return int(beat["id"])


def test_nothing_of_it_is_left_in_the_bytes_and_the_thread_goes_on(
    world: World, saved: HeartbeatGraph
) -> None:
    beat_id = tell(world, saved)
    end(world, TryEnd.SENT)
    world.ollama.says(
        decision(action="post", board="general", title=CANARY, content=f"On {CANARY}.", note=CANARY)
    )
    world.post("Something else")
    run(world, saved)
    world.clock.move(minutes=1)
    assert {"heartbeat.db-wal", "checkpoints.db-wal"} <= set(files_with(world.settings))
    assert forget(world)
    assert files_with(world.settings) == []
    told = world.detail(beat_id)
    assert (told.status, told.summary) == (
        "acted",
        "The texts of this are forgotten, with the connection vault.",
    )
    assert [(each.kind, each.status, each.text) for each in told.actions] == [("tell", "sent", None)]
    assert told.context is None
    assert told.prompt_tokens > 0
    assert [each.connection for each in items(world)] == ["news"]
    assert [each.title for each in world.posts()] == ["The texts of this are forgotten."]
    with world.store.engine.connect() as connection:
        (digest,) = connection.exec_driver_sql("SELECT digest FROM action WHERE id = 1").one()
    assert digest
    world.ollama.says(decision(action="none"))
    after = run(world, saved)
    assert after["status"] == "none"
    assert "Harmless news" in world.ollama.prompts[-1]
    assert CANARY not in world.ollama.prompts[-1]
    assert [each.id for each in world.store.read(views.history_view)] == [after["id"], 2, 1]
