"""Forget a connection: no text of it is left in the bytes, and all else goes on."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from langchain_core.runnables import RunnableConfig
from sqlmodel import Session, select

from checkpoints import open_saver
from graph.heartbeat import HeartbeatGraph, compile_graph, run_config
from heartbeat.backup import take
from heartbeat.connections import editing
from heartbeat.connections.forgetting import go_on, go_on_with_all
from heartbeat.errors import ConflictError, NotFoundError
from heartbeat.feed import Item
from heartbeat.fetching import FetchedItem
from heartbeat.outgoing import TryResult
from heartbeat.plan.verdict import Verdict
from heartbeat.store import delivery_views, forgetting, messages, notices, outbox, threads, verdicts, views
from heartbeat.store.inbox_tables import InboxItem
from heartbeat.store.tables import Message
from heartbeat.store.verdicts import Pair
from heartbeat.vocabulary import BeatStatus, DeliveryReason, DeliveryStatus, FeedKind, TryEnd
from heartbeat_service.forgetter import Forgetter
from tests.integration.graph.outside import LEASE, PHONE, deliveries, end
from tests.support.bringing import bring
from tests.support.canary import CANARY, files_with, holds_canary
from tests.support.ollama import Say, decision
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
GONE = "The texts of this are forgotten."
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


def judged(world: World, source: str, kind: FeedKind, number: str) -> Pair:
    """Keep a verdict on an item, and return of which question and content it is."""
    about = Item(source=source, kind=kind, id=number, position=1, author="bo", created_at=START)
    pair = Pair("Is it new?", f"{source} {number}")
    world.store.write(verdicts.put, pair, about, "with", Verdict(yes=True), world.clock())
    return pair


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
    of_post = judged(world, "forum", FeedKind.POST, "2")
    of_news = judged(world, "news", FeedKind.ENTRY, "1")
    assert forget(world)
    assert files_with(world.settings) == []
    assert set(world.store.read(verdicts.find, [of_post, of_news], "with")) == {of_news}
    told = world.detail(beat_id)
    assert (told.status, told.summary) == (
        "acted",
        "The texts of this are forgotten, with the connection vault.",
    )
    assert [(each.kind, each.status, each.text) for each in told.actions] == [("tell", "sent", GONE)]
    assert told.context is None
    assert told.prompt_tokens > 0
    assert [each.connection for each in items(world)] == ["news"]
    assert [each.title for each in world.posts()] == [GONE]
    with world.store.engine.connect() as connection:
        (digest,) = connection.exec_driver_sql("SELECT digest FROM action WHERE id = 1").one()
    assert digest
    world.ollama.says(decision(action="none"))
    after = run(world, saved)
    assert after["status"] == "none"
    assert "Harmless news" in world.ollama.prompts[-1]
    assert CANARY not in world.ollama.prompts[-1]
    assert [each.id for each in world.store.read(views.history_view)] == [after["id"], 2, 1]


def test_what_is_on_its_way_is_cancelled_and_cannot_be_sent_again(
    world: World, saved: HeartbeatGraph
) -> None:
    tell(world, saved)
    world.clock.move(minutes=1)
    assert forget(world)
    (row,) = deliveries(world)
    assert (row.status, row.reason) == (DeliveryStatus.FAILED, DeliveryReason.CANCELLED)
    with pytest.raises(ConflictError, match="its text is forgotten"):
        world.store.write(outbox.retry, row.id or 0, world.clock())
    assert world.store.read(delivery_views.delivery_view, row.id or 0).text == ""


def test_one_that_is_being_sent_is_not_sent_again(world: World, saved: HeartbeatGraph) -> None:
    tell(world, saved)
    (row,) = deliveries(world)
    claim = world.store.write(
        outbox.claim,
        row.id or 0,
        LEASE,
        world.clock(),
        lease_seconds=60,
        capabilities=PHONE,
        searchable=False,
    )
    assert claim is not None
    world.clock.move(minutes=1)
    assert not forget(world)
    said = TryResult(TryEnd.NOT_SENT, f"no answer to {CANARY}")
    world.store.write(outbox.finish, claim, said, PHONE, searchable=False, now=world.clock())
    (row,) = deliveries(world)
    assert row.status == DeliveryStatus.FAILED
    assert files_with(world.settings) != []
    finish(world)
    assert files_with(world.settings) == []


def test_a_beat_that_waits_for_approval_ends(world: World, saved: HeartbeatGraph) -> None:
    world.configure(approval=["tell"])
    number = next(each.id for each in items(world) if each.connection == "vault")
    world.ollama.says(decision(action="tell", text=CANARY, about=f"task {number}"))
    beat = run(world, saved)
    assert world.detail(beat["id"]).status == BeatStatus.AWAITING_APPROVAL
    assert not forget(world)
    assert world.detail(beat["id"]).status == BeatStatus.ABANDONED
    assert world.detail(beat["id"]).draft == {
        "kind": "tell",
        "board": None,
        "post_id": None,
        "comment_id": None,
        "vote_direction": None,
        "about": f"vault.task:{number}",
        "about_digest": world.detail(beat["id"]).draft["about_digest"],  # type: ignore[index]
        "target": None,
    }
    finish(world)
    assert files_with(world.settings) == []


def test_a_run_under_way_does_nothing_and_what_it_still_writes_goes_too(
    world: World, saved: HeartbeatGraph
) -> None:
    number = next(each.id for each in items(world) if each.connection == "vault")

    def forgets(_: dict[str, Any]) -> Say:
        world.ollama.answer = None
        assert not forget(world)
        return Say(decision(action="tell", text=CANARY, about=f"task {number}"))

    world.ollama.answer = forgets
    beat = run(world, saved)
    assert beat["status"] == "abandoned"
    assert deliveries(world) == []
    assert files_with(world.settings) != []
    world.clock.move(seconds=30)
    assert go_on_with_all(world.settings, world.store, world.clock) == []
    finish(world)
    assert files_with(world.settings) == []


def test_what_another_thread_made_of_its_posts_goes_too(world: World, saved: HeartbeatGraph) -> None:
    world.configure(outflow="allowed")
    world.thread("other", sources=["default"])
    world.thread("apart", sources=["news"])
    world.ollama.says(decision(action="post", board="general", title=CANARY, content=CANARY))
    assert run(world, saved)["status"] == "acted"
    world.comment(world.posts()[0].id, "How nice")
    world.ollama.says(decision(action="none", note=f"They said {CANARY}.", reasoning=CANARY))
    copied = run(world, saved, "other")
    world.ollama.says(decision(action="none", reasoning="The news is harmless."))
    apart = run(world, saved, "apart")
    world.clock.move(minutes=1)
    assert forget(world)
    assert files_with(world.settings) == []
    assert world.detail(copied["id"]).rounds == []
    assert "harmless" in str(world.detail(apart["id"]).rounds)


def test_a_program_that_reads_meanwhile_only_delays_it(world: World, saved: HeartbeatGraph) -> None:
    tell(world, saved)
    world.clock.move(minutes=1)
    paths = (world.settings.database_path, world.settings.checkpoints_path)
    readers = [sqlite3.connect(path) for path in paths]
    try:
        for reader in readers:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM sqlite_master").fetchone()
        editing.remove(world.services.connections, "vault")
        world.store.write(forgetting.begin, "vault", world.clock())
        done = go_on(world.settings, world.store, "vault", world.clock, patience=0.05)
        assert not done.is_finished
        assert done.said.startswith(
            "Nothing of vault is shown any more, but its bytes are still in heartbeat.db and checkpoints.db, "
        )
        with pytest.raises(ConflictError, match="still being forgotten"):
            editing.add(world.services.connections, "vault", "folder", {"path": str(world.folder / "vault")})
    finally:
        for reader in readers:
            reader.close()
    asyncio.run(Forgetter(world.services).tick())
    assert files_with(world.settings) == []
    editing.add(world.services.connections, "vault", "folder", {"path": str(world.folder / "vault")})
    bring(world, [FetchedItem("1", FeedKind.FILE, START, title="Back again")], "vault", private=True)
    world.ollama.says(decision(action="none"))
    run(world, saved)
    assert "Back again" in world.ollama.prompts[-1]


def test_a_backup_made_afterwards_holds_nothing_of_it(world: World, saved: HeartbeatGraph) -> None:
    tell(world, saved)
    world.clock.move(minutes=1)
    before = take(world.settings, world.folder / "backups", world.clock)
    assert any(holds_canary(each) for each in before.path.rglob("*.db"))
    assert forget(world)
    after = take(world.settings, world.folder / "backups", world.clock)
    files = [each for each in after.path.rglob("*") if each.is_file()]
    assert {"heartbeat.db", "checkpoints.db"} <= {each.name for each in files}
    assert [each.name for each in files if holds_canary(each)] == []


def test_checkpoints_on_another_langgraph_thread_go_too(world: World, saved: HeartbeatGraph) -> None:
    own: RunnableConfig = {"configurable": {"thread_id": "of-my-own"}}
    world.ollama.says(decision(action="none", note=CANARY))
    saved.invoke({"thread": "demo"}, own, context=world.context(look=False))
    world.clock.move(minutes=1)
    assert "checkpoints.db-wal" in files_with(world.settings)
    assert forget(world)
    assert files_with(world.settings) == []
    assert saved.get_state(own).values == {}


def test_the_reason_of_a_pause_loses_what_the_last_beat_said(world: World, saved: HeartbeatGraph) -> None:
    tell(world, saved)
    said = f"3 slots in a row failed; the last: {CANARY}."
    world.store.write(threads.pause, "demo", said, world.clock())
    world.store.write_durably(notices.take, world.clock(), owners=["phone"])
    world.clock.move(minutes=1)
    assert forget(world)
    assert files_with(world.settings) == []
    assert world.store.read(threads.get, "demo").paused_reason == "3 slots in a row failed"


def test_one_that_was_removed_before_can_be_forgotten(world: World, saved: HeartbeatGraph) -> None:
    tell(world, saved)
    world.clock.move(minutes=1)
    editing.remove(world.services.connections, "vault")
    assert files_with(world.settings) != []
    assert forget(world)
    assert files_with(world.settings) == []
    with pytest.raises(NotFoundError, match='no connection "vault"'):
        forget(world)


def finish(world: World) -> None:
    """Let the loop of a service go on after the longest time that a run can take."""
    world.clock.move(seconds=world.settings.beat_timeout + 60)
    asyncio.run(Forgetter(world.services).tick())
    assert world.store.read(forgetting.names) == []


def test_what_the_agent_said_in_the_conversation_goes_and_what_people_wrote_stays(
    world: World, saved: HeartbeatGraph
) -> None:
    world.owner("What is in the vault?")
    world.ollama.says(decision(action="tell", text=f"It holds {CANARY}.", about="message 1"))
    assert run(world, saved)["status"] == "acted"
    world.clock.move(minutes=1)
    assert [each.author for each in conversation(world)] == ["owner", "heartbeat"]
    assert CANARY in conversation(world)[1].content
    assert forget(world)
    assert files_with(world.settings) == []
    assert [each.content for each in conversation(world)] == ["What is in the vault?", GONE]


def conversation(world: World) -> Sequence[Message]:
    return world.store.read(messages.latest, "demo", 10)
