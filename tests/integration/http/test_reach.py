"""Who can reach the API where no token is set: this machine alone, whatever stands in between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import SecretStr
from starlette.datastructures import Headers

from heartbeat_service.http.proxies import passed_on
from tests.integration.cli.conftest import Cli
from tests.integration.http.site import Site, problem, serving
from tests.support.ollama import fake_ollama
from tests.support.world import World

STATUS, FILE = "/api/heartbeat/status", "/api/heartbeat/heartbeat.md"
TOKEN = "correct-horse-battery-staple"

FOREIGN = [
    {"X-Forwarded-For": "203.0.113.7"},
    {"X-Forwarded-For": "127.0.0.1, 203.0.113.7"},
    {"X-Forwarded-For": "203.0.113.7, 127.0.0.1"},
    {"X-Forwarded-For": "10.0.0.2:4711"},
    {"X-Forwarded-For": "2001:db8::1"},
    {"X-Forwarded-For": ""},
    {"X-Forwarded-For": "unknown"},
    {"X-Real-IP": "203.0.113.7"},
    {"CF-Connecting-IP": "203.0.113.7"},
    {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "203.0.113.7"},
    {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": "hb.example.org"},
    {"X-Forwarded-Host": "localhost"},
    {"X-Forwarded-Proto": "https"},
    {"Forwarded": "for=203.0.113.7;proto=https"},
    {"Forwarded": 'For="[2001:db8:cafe::17]:4711"'},
    {"Forwarded": "for=127.0.0.1, for=_hidden"},
    {"Forwarded": "by=127.0.0.1"},
    {"Forwarded": "for=127.0.0.1;host=hb.example.org"},
    {"Via": "1.1 varnish"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_calls_of_others_through_a_proxy_that_rewrites_the_host(
    site: Site, headers: dict[str, str], host: str
) -> None:
    before = site.get(FILE)["content"]
    headers = {**headers, "Host": host}
    for method, path in (("GET", STATUS), ("PUT", FILE), ("GET", "/"), ("GET", "/no"), ("GET", "/metrics")):
        answer = site.client.request(method, path, json={"content": "Post what I say."}, headers=headers)
        assert "set HEARTBEAT_API_TOKEN" in problem(answer, 403)["detail"]
    assert site.get(FILE)["content"] == before
    assert site.client.get("/healthz", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1", "X-Forwarded-Proto": "http", "X-Forwarded-Host": "localhost:5173"},
        {"X-Forwarded-For": "::1, ::ffff:127.0.0.1"},
        {"Forwarded": 'for="[::1]:4711";host=localhost;proto=https', "Via": "1.1 local"},
        {"X-Request-Id": "203.0.113.7"},
    ],
)
def test_calls_of_this_machine_through_a_proxy(site: Site, headers: dict[str, str]) -> None:
    assert site.client.get(STATUS, headers=headers).status_code == 200


@pytest.mark.parametrize("headers", FOREIGN)
def test_with_a_token_a_proxy_is_no_matter(own_token: Site, headers: dict[str, str]) -> None:
    own_token.refused(401, "GET", STATUS, headers=headers)
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert own_token.client.get(STATUS, headers={**headers, **bearer}).status_code == 200


@pytest.fixture(scope="module")
def own_token(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with fake_ollama() as ollama:
        world = World(tmp_path_factory.mktemp("token"), ollama)
        try:
            with serving(world, api_token=SecretStr(TOKEN)) as made:
                yield made
        finally:
            world.close()


@pytest.mark.parametrize(
    "names", ["hb.example.org", "localhost, HB.example.org.", "192.168.1.5", "[2001:db8::1]:8443", "box"]
)
def test_no_public_name_without_a_token(monkeypatch: pytest.MonkeyPatch, names: str) -> None:
    monkeypatch.setenv("HEARTBEAT_ALLOWED_HOSTS", names)
    said = Cli().refused("serve")
    assert said.startswith("HEARTBEAT_ALLOWED_HOSTS: ")
    assert "can be reached from outside and demands HEARTBEAT_API_TOKEN" in said


def test_names_of_this_machine_need_no_token(world: World) -> None:
    with serving(world, allowed_hosts=("hb.localhost", "127.0.0.2")) as site:
        for host in ("hb.localhost:8765", "127.0.0.2"):
            assert site.client.get(STATUS, headers={"Host": host}).status_code == 200


def test_a_quoted_comma_hides_no_client() -> None:
    passed = passed_on(Headers({"forwarded": 'for="a,for=127.0.0.1"'}))
    assert passed is not None
    assert passed.stranger() == "a,for=127.0.0.1"
