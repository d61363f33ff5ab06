"""What a command says of the deliveries of its beat, which it tries once."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from sqlmodel import Session

from heartbeat.outgoing import Outgoing
from heartbeat.store import actions, outbox
from heartbeat_service.cli.delivering import deliver
from tests.conftest import NOBODY
from tests.integration.cli.conftest import Cli
from tests.support.ollama import FakeOllama, decision
from tests.support.outside import DROPS, OutsideForum, serving_outside
from tests.support.outside_target import AsyncTarget
from tests.support.world import World

pytestmark = pytest.mark.one_question

POST = decision(action="post", board="general", title="Caught up", content="Words")


def queued(world: World, *targets: str) -> int:
    """A beat whose action was queued for targets."""
    world.thread()
    world.ollama.says(POST)
    beat_id = int(world.beat()["id"])

    def queue(session: Session) -> None:
        [action] = actions.of_beat(session, beat_id)
        for target in targets:
            outgoing = Outgoing(kind="post", beat_id=beat_id, thread_id="demo")
            outbox.queue(
                session,
                outgoing,
                target=target,
                deliver_within=3_600,
                now=world.clock(),
                action_id=action.id,
            )

    world.store.write_durably(queue)
    return beat_id


def test_each_delivery_is_tried_once_and_told(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    good, bad = OutsideForum(clock=world.seconds), OutsideForum(clock=world.seconds, way=lambda _: DROPS)
    with serving_outside(good), serving_outside(bad):
        targets = {
            "good": AsyncTarget(good.url, "good"),
            "bad": AsyncTarget(bad.url, "bad"),
            "dead": AsyncTarget(NOBODY, "dead"),
        }
        beat_id = queued(world, *targets)
        asyncio.run(deliver(replace(world.services, targets=targets), beat_id, shown=True))
    shown = [line.removeprefix("deliver").strip() for line in capsys.readouterr().out.splitlines()]
    assert shown[0] == "good: has arrived"
    assert shown[1].startswith("bad: may have arrived, which nobody can tell: RemoteProtocolError: ")
    assert shown[2] == (
        "dead: was not sent: the forum outside cannot be reached; it is tried again at 2026-11-02 12:01:00 UTC"
    )
    assert shown[3:] == ["heartbeat serve goes on with what has not ended"]
    assert (len(good.posts), len(bad.posts)) == (1, 1)
    assert world.detail(beat_id).actions[0].status == "sent"


def test_a_beat_by_hand_tells_what_became_of_its_tell(
    cli: Cli, ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", ollama.url)
    cli.fine("demo")
    ollama.says(decision(action="tell", text="The shop is down.", about="post 1"))
    with serving_outside(forum := OutsideForum()):
        address = forum.url.replace("http://", "json://")
        (tmp_path / "connections.toml").write_text(f'[phone]\nkind = "apprise"\nurl = "{address}/"\n')
        said = cli.fine("beat", "demo")
        [beat] = cli.lines("history", "demo")
    assert "deliver            phone: has arrived\n" in said
    assert [action["status"] for action in beat["actions"]] == ["sent"]
    [asked] = forum.posts
    assert "The shop is down." in asked.body["message"]


def test_a_tell_that_waits_for_approval_is_shown_whole_and_edited(
    cli: Cli, ollama: FakeOllama, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", ollama.url)
    cli.fine("demo")
    cli.fine("threads", "set", "demo", "approval=tell,note")
    ollama.says(decision(action="tell", text="The shop is down.", about="post 1"))
    with serving_outside(forum := OutsideForum()):
        address = forum.url.replace("http://", "json://")
        (tmp_path / "connections.toml").write_text(f'[phone]\nkind = "apprise"\nurl = "{address}/"\n')
        said = cli.fine("beat", "demo")
        assert re.search(r"about +forum\.post:1\n *text *\n    The shop is down\.\n", said)
        [beat] = cli.lines("history", "demo")
        done = cli.json("approve", str(beat["id"]), "--edit", "text=It is up.")
    assert done["actions"][0]["text"] == "It is up."


def test_a_beat_without_deliveries_says_nothing_more(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    beat_id = queued(world)
    asyncio.run(deliver(world.services, beat_id, shown=True))
    assert capsys.readouterr().out == ""


def test_nothing_is_shown_where_json_is_asked_for(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    forum = OutsideForum(clock=world.seconds)
    with serving_outside(forum):
        services = replace(world.services, targets={"outside": AsyncTarget(forum.url)})
        asyncio.run(deliver(services, queued(world, "outside"), shown=False))
    assert (capsys.readouterr().out, len(forum.posts)) == ("", 1)
