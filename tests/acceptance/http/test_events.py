"""Live events over a real socket: complete, in order, once; whoever does not read holds nobody."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from heartbeat.store import events
from heartbeat.vocabulary import EventKind
from heartbeat_service.http import live as live_call
from tests.integration.heartbeat_service.test_timer import until
from tests.integration.http.live_server import EVENTS, Follower, live
from tests.support.plan_beats import order_post
from tests.support.world import World

NODES = ["load_instructions", "gather_context", "decide", "validate", "approve", "dispatch", "settle"]
POST = {"title": "Title", "content": "Text."}


async def test_an_event_stream_that_nobody_stores(world: World) -> None:
    async with live(world) as served, served.client.stream("GET", EVENTS) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"
        first = await anext(answer.aiter_text())
        assert first == ": connected\r\nid: 0\r\n\r\n"


async def test_comments_keep_a_quiet_connection_open(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_call, "KEEP_ALIVE", 0.01)
    async with live(world) as served:
        follower = served.follower()
        await follower.follow(cut_after=400)
        assert follower.comments > 3
        assert follower.seen == []


async def test_nothing_is_missed_once_connected(world: World) -> None:
    """What a client does on reading the very first bytes comes after them."""
    async with live(world) as served:
        for number in range(10):
            async with served.client.stream("GET", EVENTS) as answer:
                parts = answer.aiter_text()
                await anext(parts)
                await served.beat(f"t{number}")
                text = ""
                while "beat.finished" not in text:
                    text += await anext(parts)
            assert text.index("beat.started") < text.index("beat.node") < text.index("beat.finished")


async def test_every_node_says_what_it_found(world: World) -> None:
    world.thread()
    world.post()
    world.clock.now = datetime.now(UTC)  # as the service has it, or the order is too old to be read
    order_post(world, **POST)
    async with live(world) as served:
        follower = served.follower()
        following = asyncio.create_task(follower.follow(until="beat.finished"))
        await until(lambda: bool(follower.last))
        beat = await served.beat("demo")
        await asyncio.wait_for(following, 20)
    nodes = [each.data for each in follower.of("beat.node")]
    assert [node["node"] for node in nodes] == NODES
    assert all(node["found"] for node in nodes)
    assert {node["beat_id"] for node in nodes} == {beat["id"]}
    [started], [finished] = follower.of("beat.started"), follower.of("beat.finished")
    assert (started.data["trigger"], started.data["slot"]) == ("manual", None)
    assert (finished.data["status"], finished.data["summary"]) == ("acted", "Posted on heartbeat: Title.")


async def test_a_person_is_called(world: World) -> None:
    world.thread(approval="always")
    world.clock.now = datetime.now(UTC)  # as the service has it, or the order is too old to be read
    order_post(world, **POST)
    async with live(world) as served:
        follower, other = served.follower(), served.follower(thread="other")
        following = asyncio.gather(
            follower.follow(until="timer.started"), other.follow(until="timer.started")
        )
        await until(lambda: bool(follower.last and other.last))
        await served.beat("demo")
        await served.post("/api/threads/demo/heartbeat/pause", reason="too loud")
        await served.post("/api/threads/demo/heartbeat/resume")
        for call in ("stop", "stop", "start", "start"):
            await served.post(f"/api/heartbeat/{call}")
        await asyncio.wait_for(following, 20)
    kinds = [each.kind for each in follower.seen if not each.kind.startswith(("beat.", "plan."))]
    switched = ["thread.paused", "thread.resumed", "timer.stopped", "timer.started"]
    assert kinds == ["approval.requested", *switched]
    assert follower.of("approval.requested")[0].data["summary"]
    assert follower.of("thread.paused")[0].data["reason"] == "too loud"
    others = [each.kind for each in other.seen if not each.kind.startswith("plan.")]
    assert others == ["timer.stopped", "timer.started"]


async def test_what_people_write_is_told(world: World) -> None:
    world.post()
    async with live(world) as served:
        follower = served.follower()
        following = asyncio.create_task(follower.follow(until="timer.started"))
        await until(lambda: bool(follower.last))
        post = {"board": "general", "title": "Tea", "content": "Which?"}
        refused = await served.client.post("/api/forum/posts", json={**post, "author": "heartbeat"})
        assert refused.status_code == 422
        await served.post("/api/forum/boards", id="garden")
        await served.post("/api/forum/posts", **post, author="ana")
        made = await served.post("/api/forum/posts/1/comments", content="Hm.", author="bo")
        vote = {"voter": "ana", "value": 1}
        await served.post("/api/forum/votes", target_type="post", target_id=2, **vote)
        await served.post("/api/forum/votes", target_type="comment", target_id=made["id"], **vote)
        await served.post("/api/heartbeat/stop")
        await served.post("/api/heartbeat/start")
        await asyncio.wait_for(following, 20)
    assert [each.data["post_id"] for each in follower.of("forum.changed")] == [None, 2, 1, 2, 1]


async def test_nothing_is_lost_over_a_restart(world: World) -> None:
    async with live(world) as served:
        follower = served.follower()
        following = asyncio.create_task(follower.follow())
        await until(lambda: bool(follower.last))
        ran = [(await served.beat("before"))["id"]]
        await until(lambda: follower.finished == ran)
    await asyncio.wait_for(following, 20)
    ran += [world.beat(thread="meanwhile")["id"] for _ in range(3)]
    async with live(world) as served:
        follower.url = served.url
        following = asyncio.create_task(follower.follow(until="beat.finished", count=5))
        ran.append((await served.beat("after"))["id"])
        await asyncio.wait_for(following, 20)
    assert follower.finished == ran
    assert [each.kind for each in follower.seen if not each.kind.startswith(("beat.", "plan."))] == []


async def test_header_counts_more_than_the_address(world: World) -> None:
    for _ in range(4):
        world.store.write(lambda session: events.add(session, EventKind.TIMER_STARTED, world.clock()))
    async with live(world) as served:
        for header, after, wanted in (("2", 0, ["3", "4"]), ("no number", 3, ["4"]), ("9" * 30, 3, ["4"])):
            follower = Follower(served.url, {"after": after}, last=header)
            await follower.follow(until="timer.started", count=len(wanted))
            assert [each.id for each in follower.seen] == wanted
        stranger = Follower(served.url, last="7000")
        await stranger.follow(until="reset")
        assert [(each.kind, each.id) for each in stranger.seen] == [("reset", "4")]
