"""What others change while a beat reads or its model thinks."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import Session, select

from heartbeat.errors import FenceLostError, NotFoundError
from heartbeat.plan import PlanLine
from heartbeat.store import Claim, Outcome, beats, claims, threads
from heartbeat.store.approval_tables import StandingApproval
from heartbeat.vocabulary import BeatStatus, Reason
from heartbeat_service.runner import Runner
from nodes.line_reader import read_lines_first
from nodes.services import Services
from tests.integration.graph.test_orders import Talk, talk
from tests.integration.graph.test_plugins import ended
from tests.integration.graph.test_standing import (
    MORE_OUT,
    NEW,
    OLD,
    OUT,
    allowed,
    beat,
    connect,
    stands,
)
from tests.support.world import World

__all__ = ["talk"]


class TestConnection:
    @pytest.fixture
    def blog(self, world: World) -> World:
        connect(world, OLD)
        allowed(world, OUT, target="blog")
        return world

    @pytest.mark.one_question
    @pytest.mark.parametrize("point", ["inside:decide", "after:decide", "after:validate"])
    def test_a_new_address_asks_a_person(self, blog: World, point: str) -> None:
        def change(at: str) -> None:
            if at == point:
                connect(blog, NEW)

        blog.probe = change
        late = beat(blog, MORE_OUT)
        assert ended(late)[0] == "awaiting_approval", late["summary"]

    @pytest.mark.one_question
    def test_an_approval_for_the_new_address_stands(self, blog: World) -> None:
        def approve_for_good(session: Session) -> None:
            for row in session.exec(select(StandingApproval)).all():
                kept = row.model_dump(exclude={"id", "revoked_at", "revoked_by", "reason"})
                session.add(StandingApproval(**kept))

        def change(at: str) -> None:
            if at != "inside:decide" or stands(blog, revoked=True):
                return
            connect(blog, NEW)
            other = blog.elsewhere()
            other.services.connections.follow()  # as the deliverer of a serving process does
            assert [each.reason for each in stands(blog, revoked=True)] == ["elsewhere"]
            blog.store.write(approve_for_good)
            other.close()

        blog.probe = change
        beat(blog, MORE_OUT)
        assert len(stands(blog)) == 1

    @pytest.mark.one_question
    def test_what_cannot_be_done_any_more_is_not_asked_for(self, world: World) -> None:
        connect(world, OLD)
        world.thread(approval="always", target="blog")

        def remove(at: str) -> None:
            if at == "inside:decide":
                (world.folder / "connections.toml").write_text("")

        world.probe = remove
        late = beat(world, OUT)
        assert late["status"] != "awaiting_approval", late["summary"]


def take_over(session: Session, world: World) -> None:
    claims.take_over(session, 2, world.store.lease, world.clock())


def settle(session: Session, world: World) -> None:
    claim = Claim(2, beats.get(session, 2).fence)
    beats.give_up(session, claim, Outcome(BeatStatus.FAILED, "x", Reason.DEADLINE), world.clock())


def remove(session: Session, world: World) -> None:
    threads.remove(session, "demo", world.clock())


@pytest.mark.parametrize(
    ("change", "seconds", "lease"),
    [(take_over, 180, 60), (settle, 180, 60), (remove, 180, 60), (settle, 2, 3)],
)
def test_a_beat_that_ended_while_it_read_asks_its_model_nothing(
    talk: Talk,
    monkeypatch: pytest.MonkeyPatch,
    change: Any,
    seconds: float,
    lease: float,
) -> None:
    world, asked = talk.world, list[int]()
    settings = world.settings.model_copy(update={"lease_seconds": lease})
    world.services = replace(world.services, settings=settings)
    assert talk.beat()["status"] == "acted"
    world.clock.move(minutes=30)
    world.post("News", "more")
    talk.say("Thanks")

    async def read_for_long(services: Services, lines: Sequence[PlanLine], **more: Any) -> None:
        await read_lines_first(services, lines, **more)
        world.clock.move(seconds=seconds)
        other = world.elsewhere()
        other.store.write(change, other)
        other.close()
        asked.append(len(world.ollama.calls))

    monkeypatch.setattr("nodes.follow.read_lines_first", read_for_long)
    # Whoever takes it over goes on, and of a removed thread nothing is left to write to.
    with suppress(FenceLostError, NotFoundError):
        asyncio.run(Runner(world.services, world.graph).beat("demo"))
    assert asked == [len(world.ollama.calls)]
