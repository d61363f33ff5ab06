"""The calls in an app of one's own: one line, its manners stay."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import FastAPI, HTTPException
from fastapi.responses import PlainTextResponse

from heartbeat.errors import InvalidValueError
from heartbeat.settings import load_settings
from heartbeat.token_file import TokenFile
from heartbeat_service.http import install
from heartbeat_service.server import bind
from tests.integration.http.site import problem
from tests.support.holds import PATIENCE
from tests.support.ollama import FakeOllama

STATUS = "/api/heartbeat/status"


def app_of_ones_own(said: list[str]) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[dict[str, str]]:
        said.append("host started")
        yield {"greeting": "hello"}
        said.append("host ended")

    app = FastAPI(title="Shop", lifespan=lifespan)

    @app.get("/items/{number}")
    def item(number: int) -> dict[str, int]:
        if number > 9:
            raise HTTPException(404, "sold out")
        return {"number": number}

    @app.exception_handler(ZeroDivisionError)
    async def sorry(*_: object) -> PlainTextResponse:
        return PlainTextResponse("sorry", 500)

    @app.get("/broken")
    def broken() -> None:
        raise ZeroDivisionError

    return app


@contextmanager
def served(app: FastAPI) -> Iterator[httpx.Client]:
    listening = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, name="host")
    thread.start()
    try:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()
        assert not thread.is_alive()


@pytest.fixture
def _model(monkeypatch: pytest.MonkeyPatch, ollama: FakeOllama) -> None:
    monkeypatch.setenv("HEARTBEAT_OLLAMA_URL", ollama.url)


@pytest.mark.usefixtures("_model")
def test_the_host_keeps_its_manners(tmp_path: Path) -> None:
    said: list[str] = []
    app = app_of_ones_own(said)
    install(app)
    with served(app) as client:
        assert client.get("/items/5").json() == {"number": 5}
        assert said == ["host started"]
        assert client.get("/items/10").json() == {"detail": "sold out"}
        assert client.get("/items/x").json()["detail"][0]["type"] == "int_parsing"
        assert client.get("/no").json() == {"detail": "Not Found"}
        assert client.get("/broken").text == "sorry"
        assert client.get("/items/5", headers={"Host": "shop.example"}).status_code == 200
        assert "x-frame-options" not in client.get("/items/5").headers
        assert client.get("/docs").status_code == 200
        assert client.get(STATUS).json()["enabled"] is False
        assert client.get("/healthz").json() == {"ok": True}
        (tmp_path / "HEARTBEAT.md").write_text("## Checklist\n- Look\n")
        assert client.post("/api/threads", json={"id": "demo"}).status_code == 201
        assert client.post("/api/threads/demo/heartbeat/run-now").json()["status"] == "none"
        assert problem(client.post("/api/threads", json={"id": "No!"}), 422)["field"] == "id"
        problem(client.get(STATUS, headers={"Host": "shop.example"}), 403)
        problem(client.post("/api/heartbeat/stop", headers={"Origin": "https://evil.example"}), 403)
        assert client.get(STATUS).headers["x-frame-options"] == "DENY"
    assert said == ["host started", "host ended"]


@pytest.mark.usefixtures("_model")
def test_its_calls_need_the_token_once_something_private_is_connected() -> None:
    app = app_of_ones_own([])
    install(app)
    settings = load_settings()
    with served(app) as client:
        assert client.get(STATUS).status_code == 200
        assert TokenFile.of(settings).read() is None
        settings.connections_path.write_text('[notes]\nkind = "folder"\npath = "notes"\n')
        for path in (STATUS, "/api/heartbeat/events", "/metrics", "/api/threads"):
            problem(client.get(path), 401)
        assert client.get("/items/5").json() == {"number": 5}
        bearer = {"Authorization": f"Bearer {TokenFile.of(settings).read()}"}
        assert client.get(STATUS, headers=bearer).status_code == 200


def test_its_document_describes_both() -> None:
    app = app_of_ones_own([])
    install(app)
    document = app.openapi()
    assert {"/items/{number}", STATUS} <= set(document["paths"])
    text = str(document)
    references = {part.split("'")[0] for part in text.split("#/components/schemas/")[1:]}
    assert references <= set(document["components"]["schemas"])
    assert "application/problem+json" in text


@pytest.mark.parametrize("variable", ["HEARTBEAT_ENABLED", "CRT_HEARTBEAT_ENABLED"])
def test_the_timer_runs_only_when_enabled(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, "true")
    app = FastAPI()
    install(app)
    with served(app) as client:
        assert client.get(STATUS).json()["enabled"] is True


HTML = {"Accept": "text/html"}


async def test_the_panel_is_where_the_app_has_nothing_of_its_own() -> None:
    app = app_of_ones_own([])
    install(app)

    @app.get("/threads")
    def of_the_shop() -> str:
        return "yarn"

    transport = httpx.ASGITransport(app)
    for _ in range(2):
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=HTML) as client,
        ):
            for path in ("/", "/heartbeat", "/login", "/beats/7", "/forum/posts/1"):
                answer = await client.get(path)
                assert (answer.status_code, "<title>Heartbeat</title>" in answer.text) == (200, True), path
                assert answer.headers["content-security-policy"].startswith("default-src 'none'")
                assert (await client.head(path)).status_code == 200
            assert (await client.get("/threads")).json() == "yarn"
            assert (await client.get("/assets/none.js")).status_code == 404
            assert (await client.get("/no")).json() == {"detail": "Not Found"}
            problem(await client.get("/", headers={"Host": "evil.example"}), 403)
    assert not [route for route in app.routes if getattr(route, "path", "") == "/"]


async def test_an_app_keeps_its_own_first_page() -> None:
    app = app_of_ones_own([])
    install(app)
    app.add_api_route("/", lambda: "welcome to the shop")
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=HTML) as client,
    ):
        assert (await client.get("/")).json() == "welcome to the shop"
        assert "<title>Heartbeat</title>" in (await client.get("/heartbeat")).text


async def test_an_app_without_the_panel() -> None:
    app = app_of_ones_own([])
    install(app, panel=False)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://localhost", headers=HTML) as client,
    ):
        for path in ("/", "/heartbeat", "/login"):
            assert (await client.get(path)).json() == {"detail": "Not Found"}
        assert (await client.get(STATUS)).status_code == 200


async def test_over_asgi_without_a_server() -> None:
    app = app_of_ones_own([])
    token = "a-long-random-text"
    install(app, load_settings(allowed_hosts=("shop.example",), api_token=token))
    transport = httpx.ASGITransport(app)
    bearer = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://shop.example", headers=bearer
    ) as client:
        found = problem(await client.get(STATUS), 503)
        assert found["detail"] == "Heartbeat is not running in this app."
        async with app.router.lifespan_context(app):
            assert (await client.get(STATUS)).json()["running"] is True
        problem(await client.get(STATUS), 503)


@pytest.mark.parametrize(
    "setting", [{"allowed_hosts": "shop.example"}, {"allowed_hosts": "localhost, 192.0.2.7"}, {"host": "::"}]
)
def test_a_name_that_others_can_reach_demands_a_token(setting: dict[str, str]) -> None:
    with pytest.raises(InvalidValueError, match="demands HEARTBEAT_API_TOKEN"):
        install(app_of_ones_own([]), load_settings(**setting))
    install(app_of_ones_own([]), load_settings(**setting, api_token="a-long-random-text"))


@pytest.mark.parametrize("peer", ["192.0.2.7", "10.0.0.2", "2001:db8::1", "::ffff:192.0.2.7"])
async def test_other_machines_need_a_token_whatever_the_app_listens_on(peer: str) -> None:
    app = app_of_ones_own([])
    install(app)
    async with app.router.lifespan_context(app):
        for address in ("127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"):
            here = httpx.ASGITransport(app, client=(address, 4711))
            async with httpx.AsyncClient(transport=here, base_url="http://localhost") as client:
                assert (await client.get(STATUS)).status_code == 200
        there = httpx.ASGITransport(app, client=(peer, 4711))
        async with httpx.AsyncClient(transport=there, base_url="http://localhost") as client:
            for path in (STATUS, "/metrics", "/api/session"):
                assert "no token is set" in problem(await client.get(path), 403)["detail"]
            assert (await client.get("/healthz")).status_code == 200
            assert (await client.get("/items/5")).status_code == 200


async def test_a_host_that_fails_to_start_leaves_nothing_open() -> None:
    @asynccontextmanager
    async def failing(app: FastAPI) -> AsyncIterator[None]:
        if hasattr(app.state, "heartbeat"):
            raise RuntimeError("no shop today")
        yield

    app = FastAPI(lifespan=failing)
    install(app)
    with pytest.raises(RuntimeError, match="no shop today"):
        async with app.router.lifespan_context(app):
            pass
    assert not hasattr(app.state, "heartbeat")
