"""Standing approvals in a beat: what they cover, what they never get past, and what ends them."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

import pytest
from sqlmodel import Session, select

from heartbeat.store import beats, standing, threads
from heartbeat.store.approval_tables import StandingApproval
from heartbeat.store.approval_views import StandingView, standing_view
from heartbeat.store.approvals import Answer
from heartbeat.store.tables import Destination
from heartbeat.store.views import BeatView
from heartbeat.vocabulary import AnswerOrigin
from heartbeat_service.approval import answer
from heartbeat_service.runner import Runner
from tests.integration.graph.outside import deliveries
from tests.integration.graph.test_acted import DiedError
from tests.integration.graph.test_plugins import Calm, ended, never, plug_in
from tests.support.ollama import decision
from tests.support.world import World

pytestmark = pytest.mark.one_question

FIRST = decision(action="post", board="general", title="Tea", content="Words")
SECOND = decision(action="post", board="general", title="More", content="Words")
COMMENT = decision(action="comment", post_id="1", content="Words")
OUT = decision(action="post", title="Tea", content="Words")
MORE_OUT = decision(action="post", title="More", content="Words")
OLD, NEW = "ntfy://127.0.0.1:9/old-topic", "ntfy://127.0.0.1:9/new-topic"


def beat(world: World, *replies: Any, **given: Any) -> dict[str, Any]:
    """Run a beat as a runner does; something new is there, and the model replies so."""
    world.clock.move(seconds=30)
    world.post(f"New at {world.clock()}")
    world.ollama.says(*replies)
    found = asyncio.run(Runner(world.services, world.graph).beat("demo", **given))
    assert isinstance(found, BeatView), found
    return found.model_dump(mode="json")


def give(world: World, beat_id: int, **fields: Any) -> BeatView:
    runner, given = Runner(world.services, world.graph), Answer(**fields)
    return asyncio.run(answer(runner, beat_id, given, by=AnswerOrigin.CLI))


def allowed(world: World, *replies: Any, **config: Any) -> StandingView:
    """Approve the first action of a thread from now on."""
    world.thread(**{"approval": "always", **config})
    assert beat(world, *replies)["status"] == "awaiting_approval"
    give(world, 1, answer="approve", always=True)
    (made,) = stands(world)
    return made


def stands(world: World, *, revoked: bool = False) -> list[StandingView]:
    return world.store.read(standing_view, revoked=revoked)


def revoke(world: World, number: int) -> None:
    world.store.write(standing.revoke, number, world.clock(), by=AnswerOrigin.CLI)


def connect(world: World, url: str, reach: str = "public") -> None:
    """Let a connection lead to an address."""
    text = f'[blog]\nkind = "apprise"\nurl = "{url}"\nreach = "{reach}"\n'
    (world.folder / "connections.toml").write_text(text)


def test_it_covers_its_kind_and_says_so(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "heartbeat")
    made = allowed(world, FIRST)
    done = beat(world, SECOND)
    assert (done["status"], done["approval"]["by"], done["approval"]["standing_id"]) == (
        "acted",
        "standing",
        made.id,
    )
    assert beat(world, COMMENT)["status"] == "awaiting_approval"
    said = [record.message for record in caplog.records if "standing" in record.message]
    assert said == [
        f"standing approval {made.id} given: post to forum from thread demo",
        f"approved by standing approval {made.id}",
    ]


def test_it_covers_no_other_thread(world: World) -> None:
    allowed(world, FIRST)
    world.thread("other", approval="always")
    world.ollama.says(SECOND)
    found = asyncio.run(Runner(world.services, world.graph).beat("other"))
    assert isinstance(found, BeatView)
    assert found.status == "awaiting_approval"


def test_a_run_from_outside_follows_it_too(world: World) -> None:
    allowed(world, FIRST)
    world.post("Another")
    world.ollama.says(SECOND)
    assert world.beat()["approval"]["by"] == "standing"


def test_given_twice_it_is_one(world: World) -> None:
    allowed(world, FIRST)
    revoke(world, 1)
    beat(world, SECOND)
    give(world, 2, answer="approve", always=True)
    assert [(each.id, each.revoked_at is None) for each in stands(world, revoked=True)] == [
        (2, True),
        (1, False),
    ]


def test_a_dry_run_stays_dry(world: World) -> None:
    allowed(world, FIRST)
    assert beat(world, SECOND, dry_run=True)["status"] == "dry_run"
    assert len(world.posts()) == 1


def test_what_a_person_declined_is_not_done(world: World) -> None:
    world.thread(approval="always")
    beat(world, FIRST)
    give(world, 1, answer="reject")
    beat(world, SECOND)
    give(world, 2, answer="approve", always=True)
    assert ended(beat(world, FIRST)) == ("none", "duplicate")


def test_a_criterion_is_still_asked(world: World) -> None:
    allowed(world, FIRST)
    plug_in(world, Calm(says=never))
    assert ended(beat(world, SECOND, SECOND)) == ("rejected", "criterion")


def test_a_budget_of_actions_holds(world: World) -> None:
    allowed(world, FIRST)
    world.configure(max_actions_per_day=1)
    assert ended(beat(world, SECOND)) == ("skipped", "budget_exhausted")
    assert len(world.posts()) == 1


def test_with_approval_never_it_does_nothing_and_is_not_lost(world: World) -> None:
    made = allowed(world, FIRST)
    world.configure(approval="never")
    assert beat(world, SECOND)["approval"] is None
    world.configure(approval="always")
    third = beat(world, decision(action="post", board="general", title="Third", content="Words"))
    assert third["approval"]["standing_id"] == made.id


def test_it_is_not_for_an_answer_that_is_refused(world: World) -> None:
    world.thread(approval="always")
    beat(world, FIRST)
    with pytest.raises(Exception, match="title"):
        give(world, 1, answer="approve", edit={"title": " "}, always=True)
    assert stands(world, revoked=True) == []


def test_a_beat_that_died_after_it_acts_once(world: World) -> None:
    allowed(world, FIRST)

    def die(point: str) -> None:
        if point == "before:dispatch":
            raise DiedError

    world.probe = die
    with pytest.raises(DiedError):
        beat(world, SECOND)
    world.probe = lambda _: None
    world.clock.move(minutes=5)
    found = asyncio.run(Runner(world.services, world.graph).beat("demo"))
    assert isinstance(found, BeatView)
    assert (found.id, found.status, len(world.posts())) == (2, "acted", 2)


def test_revoked_before_it_was_done_nothing_is_done(world: World) -> None:
    made = allowed(world, FIRST)

    def revoke_late(point: str) -> None:
        if point == "after:approve":
            revoke(world, made.id)

    world.probe = revoke_late
    late = beat(world, SECOND)
    assert ended(late) == ("skipped", "awaiting_approval")
    assert late["summary"] == (
        f"Nothing was done, since standing approval {made.id} ended meanwhile: it was revoked."
    )
    world.probe = lambda _: None
    assert beat(world, SECOND)["status"] == "awaiting_approval"


@pytest.fixture
def blog(world: World) -> World:
    """A world whose thread may post through a connection, from now on unasked."""
    connect(world, OLD)
    allowed(world, OUT, target="blog")
    return world


def test_of_a_connection_it_holds_while_that_leads_to_the_same(blog: World) -> None:
    assert beat(blog, MORE_OUT)["approval"]["by"] == "standing"
    assert [row.target for row in deliveries(blog)] == ["blog", "blog"]


def test_where_the_connection_leads_elsewhere_it_ends(blog: World) -> None:
    connect(blog, NEW)
    assert beat(blog, MORE_OUT)["status"] == "awaiting_approval"
    (one,) = stands(blog, revoked=True)
    assert (one.reason, one.revoked_by) == ("elsewhere", None)
    assert one.revoked_at is not None


def test_where_the_connection_changes_at_the_last_moment_nothing_leaves(blog: World) -> None:
    def change(point: str) -> None:
        if point == "after:approve":
            connect(blog, NEW)

    blog.probe = change
    late = beat(blog, MORE_OUT)
    assert ended(late) == ("skipped", "awaiting_approval")
    assert late["summary"].endswith("ended meanwhile: the connection leads elsewhere now.")
    assert len(deliveries(blog)) == 1


def test_where_it_was_given_before_the_address_was_ever_looked_at(world: World) -> None:
    connect(world, OLD)
    world.thread(approval="always", target="blog")
    beat(world, OUT)

    def fail(point: str) -> None:
        if point == "before:dispatch":
            raise DiedError

    world.probe = fail
    with pytest.raises(DiedError):
        give(world, 1, answer="approve", always=True)
    world.probe = lambda _: None
    assert world.store.read(lambda session: session.exec(select(Destination)).all())
    connect(world, NEW)
    world.services.connections.follow()
    assert [each.reason for each in stands(world, revoked=True)] == ["elsewhere"]


def test_where_the_connection_is_removed_it_ends(blog: World) -> None:
    (blog.folder / "connections.toml").write_text("")
    blog.services.connections.follow()
    blog.clock.move(minutes=1)
    blog.services.connections.follow()
    assert [each.reason for each in stands(blog, revoked=True)] == ["removed"]


def test_a_tell_is_approved_wherever_it_goes(world: World) -> None:
    tell = decision(action="tell", text="The shop is down.")
    connect(world, OLD, "owner")
    made = allowed(world, tell, approval=["tell"], target="blog")
    assert (made.kind, made.target) == ("tell", "tell")
    connect(world, NEW, "owner")
    told = beat(world, decision(action="tell", text="The shop is up."))
    assert (told["status"], told["approval"]["by"]) == ("acted", "standing")


def test_it_goes_with_its_thread(world: World) -> None:
    allowed(world, FIRST)
    world.store.write(threads.remove, "demo", world.clock())

    def count(session: Session) -> int:
        return len(session.exec(select(StandingApproval)).all())

    assert world.store.read(count) == 0


def test_the_row_of_a_beat_keeps_who_said_it(world: World) -> None:
    allowed(world, FIRST)
    row = world.store.read(beats.get, 1)
    assert row.approval is not None
    assert (row.approval["by"], row.approval["always"]) == ("cli", True)
