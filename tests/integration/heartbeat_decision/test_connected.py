"""Connections to a model server that later calls use again, over real HTTP."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from heartbeat.transport import KeptTransports
from heartbeat_decision.checks import REPLIED_CACHE_SECONDS
from heartbeat_decision.first_question import import_library
from heartbeat_decision.model import ModelError, OllamaModel
from tests.integration.heartbeat_decision.test_keep_alive import question
from tests.support.ollama import FakeOllama, Say


async def ask_twice(model: OllamaModel, url: str) -> None:
    await import_library()  # it may take longer than a connection may be idle
    await model.check(url, "llama3.2:latest")
    await model.ask(question(url))
    await model.ask(question(url))


async def test_calls_share_a_connection_while_they_are_kept(ollama: FakeOllama) -> None:
    model = OllamaModel()
    async with model.connected():
        await ask_twice(model, ollama.url)
        assert (ollama.connections, len(ollama.calls)) == (1, 2)
    await ask_twice(model, ollama.url)
    assert ollama.connections == 3, "of two calls, after a check that is still good"


async def test_calls_at_the_same_time_have_connections_of_their_own(ollama: FakeOllama) -> None:
    model = OllamaModel()
    async with model.connected():
        await asyncio.gather(*(model.ask(question(ollama.url)) for _ in range(30)))
    assert len(ollama.calls) == 30


def test_another_event_loop_has_its_own(ollama: FakeOllama) -> None:
    model = OllamaModel()

    async def beat() -> None:
        async with model.connected():
            await asyncio.to_thread(asyncio.run, ask_twice(model, ollama.url))
            await ask_twice(model, ollama.url)

    asyncio.run(beat())
    asyncio.run(beat())
    assert len(ollama.calls) == 8


async def test_the_key_goes_with_each_call(ollama: FakeOllama) -> None:
    keys = iter(["Bearer one", "Bearer two"])
    model = OllamaModel(authorize=lambda _: next(keys))
    async with model.connected():
        await model.ask(question(ollama.url))
        await model.ask(question(ollama.url))
    assert ollama.heard[-2:] == ["Bearer one", "Bearer two"]
    assert ollama.connections == 1


async def test_no_cookie_of_one_call_goes_with_another(ollama: FakeOllama) -> None:
    ollama.sets_cookie = True
    ann, bob = OllamaModel(authorize=lambda _: "Bearer ann"), OllamaModel(authorize=lambda _: "Bearer bob")
    for model in (ann, bob, ann):
        await ask_twice(model, ollama.url)
    assert ollama.heard.count("Bearer bob") > 1
    assert ollama.cookies == []


async def test_no_cookie_goes_with_a_redirect(ollama: FakeOllama) -> None:
    ollama.sets_cookie, ollama.leads_to = True, f"{ollama.url}/elsewhere"
    with pytest.raises(ModelError):
        await OllamaModel().ask(question(ollama.url))
    assert len(ollama.heard) > 2, "it was followed"
    assert ollama.cookies == []


async def test_a_kept_connection_that_the_server_closes_fails_no_call(ollama: FakeOllama) -> None:
    model, now = OllamaModel(clock=lambda: now), 0.0
    async with model.connected():
        await ask_twice(model, ollama.url)
        ollama.answers_each = 1
        await ask_twice(model, ollama.url)
        now = 2 * REPLIED_CACHE_SECONDS
        await model.check(ollama.url, "llama3.2:latest")
    assert ollama.tags == 2
    assert len(ollama.calls) == 4


@pytest.mark.usefixtures("_proxied")
async def test_nor_does_one_to_a_proxy(ollama: FakeOllama) -> None:
    ollama.answers_each = 1
    model = OllamaModel()
    async with model.connected():
        await ask_twice(model, "http://ollama.example.com")
    assert len(ollama.calls) == 2


@pytest.fixture
def _proxied(monkeypatch: pytest.MonkeyPatch, ollama: FakeOllama) -> None:
    monkeypatch.setenv("http_proxy", ollama.url)


async def test_a_call_is_repeated_once_and_never_on_a_new_connection(ollama: FakeOllama) -> None:
    model = OllamaModel()
    async with model.connected():
        await model.ask(question(ollama.url))
        asked, ollama.answers_each = len(ollama.heard), 0
        with pytest.raises(ModelError, match="RemoteProtocolError"):
            await model.ask(question(ollama.url))
        assert len(ollama.heard) == asked + 2
        with pytest.raises(ModelError, match="RemoteProtocolError"):
            await model.ask(question(ollama.url))
        assert len(ollama.heard) == asked + 3


async def test_a_reply_that_breaks_off_is_not_asked_for_again(ollama: FakeOllama) -> None:
    model = OllamaModel()
    async with model.connected():
        await model.ask(question(ollama.url))
        ollama.says(Say("half", drop=True))
        with pytest.raises(ModelError):
            await model.ask(question(ollama.url))
    assert len(ollama.calls) == 2


async def test_who_keeps_connections_within_another_closes_none_of_them(ollama: FakeOllama) -> None:
    model = OllamaModel()
    async with model.connected():
        async with model.connected():
            await ask_twice(model, ollama.url)
        await ask_twice(model, ollama.url)
        assert ollama.connections == 1
    await ask_twice(model, ollama.url)
    assert ollama.connections == 3


async def test_a_transport_that_cannot_be_closed_leaves_no_other_open(
    monkeypatch: pytest.MonkeyPatch, ollama: FakeOllama
) -> None:
    closed: list[httpx.AsyncHTTPTransport] = []

    async def close(transport: httpx.AsyncHTTPTransport) -> None:
        closed.append(transport)
        raise OSError("cannot be closed")

    async def use_two() -> None:
        async with transports.keep(), transports.open(ollama.url), transports.open("http://localhost:1"):
            pass

    transports = KeptTransports()
    with monkeypatch.context() as patch:
        patch.setattr(httpx.AsyncHTTPTransport, "aclose", close)
        with pytest.raises(OSError, match="cannot be closed"):
            await use_two()
    assert len(closed) == 2
    async with transports.keep(), transports.open(ollama.url) as transport:
        assert (
            await transport.handle_async_request(httpx.Request("GET", f"{ollama.url}/api/tags"))
        ).is_success
