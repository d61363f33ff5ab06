"""A model server that wants to know who asks: keys and logins reach it, and nobody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graph.heartbeat import graph
from heartbeat.settings import load_settings
from heartbeat_decision.model import OllamaModel
from tests.support.ollama import fake_ollama
from tests.support.world import World

KEY = "key-of-the-model-server"
BASIC = "Basic YW5uOmtleS1vZi10aGUtbW9kZWwtc2VydmVy"


def beat(world: World, environment: dict[str, Any], **context: Any) -> dict[str, Any]:
    settings = load_settings(
        **{
            "home": world.settings.home,
            "instructions": world.settings.instructions,
            "ollama_url": world.ollama.url,
        }
        | environment
    )
    services = replace(world.services, settings=settings, model=OllamaModel.from_settings(settings))
    world.services = services
    world.clock.move(seconds=30)
    world.post()
    result: dict[str, Any] = graph.invoke({"thread": "demo"}, context=world.context(**context))["beat"]
    return result


@pytest.mark.parametrize(
    ("environment", "header"),
    [
        ({"ollama_api_key": KEY}, f"Bearer {KEY}"),
        ({"ollama_login": f"ann:{KEY}"}, BASIC),
        ({"ollama_login": f"ann:{KEY}", "ollama_api_key": "other"}, BASIC),
    ],
)
def test_a_server_that_is_told_who_asks(world: World, environment: dict[str, str], header: str) -> None:
    world.thread()
    world.ollama.demands = header
    done = beat(world, environment)
    assert done["status"] == "none"
    assert set(world.ollama.heard) == {header}
    assert KEY not in str(world.detail(done["id"]))


def test_a_login_in_the_address(world: World) -> None:
    world.thread()
    world.ollama.demands = BASIC
    address = world.ollama.url.replace("://", f"://ann:{KEY}@")
    done = beat(world, {"ollama_url": address})
    assert done["status"] == "none"
    done = beat(world, {"ollama_url": "http://127.0.0.1:9"}, ollama_url=address)
    assert done["status"] == "none", "also in the address of one run"
    assert KEY not in str(world.detail(done["id"]))


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "wants to know who asks (401); set OLLAMA_API_KEY, or HEARTBEAT_OLLAMA_LOGIN to user:password."),
        (
            {"ollama_api_key": KEY},
            "does not accept the key or login that it is sent (401); look at OLLAMA_API_KEY.",
        ),
        ({"ollama_login": f"a:{KEY}"}, "(401); look at HEARTBEAT_OLLAMA_LOGIN."),
    ],
)
@pytest.mark.parametrize("checked", [True, False], ids=["preflight", "call"])
def test_a_server_that_refuses(world: World, environment: dict[str, str], said: str, checked: bool) -> None:
    world.thread()
    if not checked:
        # The list of models is public, as on ollama.com.
        world.ollama.open_tags = True
    world.ollama.demands = "Bearer another"
    done = beat(world, environment)
    assert (done["status"], done["reason"]) == ("skipped", "model_unreachable")
    assert said in done["summary"]
    assert KEY not in str(world.detail(done["id"]))


@pytest.mark.one_question  # a plan of which nothing is due asks nobody
def test_no_other_server_is_sent_the_key(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    # The client library would send this one to whatever server it asks.
    monkeypatch.setenv("OLLAMA_API_KEY", KEY)
    world.thread()
    with fake_ollama() as other:
        assert beat(world, {}, ollama_url=other.url)["status"] == "none"
        assert other.calls
        assert set(other.heard) == {None}


@pytest.mark.one_question  # a plan of which nothing is due asks nobody
def test_where_a_server_leads_elsewhere_the_key_does_not_follow(world: World) -> None:
    world.thread()
    with fake_ollama() as other:
        world.ollama.leads_to = other.url
        assert beat(world, {"ollama_api_key": KEY})["status"] == "none"
        assert other.calls
        assert set(other.heard) == {None}
