"""Who may call, over the socket: hosts, origins, the token, the cookie, sizes, headers; and what nobody is told."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pydantic import SecretStr

from heartbeat.settings import load_settings
from heartbeat_service.http.security import COOKIE, HEADERS
from heartbeat_service.throttle import BURST, BURST_OF_ALL
from tests.integration.cli.conftest import Cli
from tests.integration.http.site import Site, problem, serving
from tests.support.holds import PATIENCE
from tests.support.ollama import fake_ollama
from tests.support.world import World

TOKEN = "correct-horse-battery-staple"
STATUS, STOP, SESSION = "/api/heartbeat/status", "/api/heartbeat/stop", "/api/session"
FILE = "/api/heartbeat/heartbeat.md"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def locked(world: World) -> Iterator[Site]:
    """A site with a token."""
    with serving(world, api_token=SecretStr(TOKEN)) as made:
        yield made


def running(site: Site) -> bool:
    return bool(site.get(STATUS)["running"])


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8765", "127.0.0.1.evil.example", "", "[::2]", "0.0.0.0"]
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", STATUS),
        ("POST", STOP),
        ("GET", "/"),
        ("GET", "/metrics"),
        ("GET", "/api/openapi.json"),
        ("GET", "/no"),
    ],
)
def test_foreign_hosts(site: Site, method: str, path: str, host: str) -> None:
    assert "is not served here" in site.refused(403, method, path, headers={"Host": host})["detail"]
    assert running(site)


@pytest.mark.parametrize("host", ["10.0.0.7:8765", "[fe80::1]", "pod.example", ""])
@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_are_answered_by_any_address(locked: Site, path: str, host: str) -> None:
    answer = locked.client.get(path, headers={"Host": host})
    assert (answer.status_code, answer.json()) == (200, {"ok": True})
    assert locked.client.head(path, headers={"Host": host}).status_code == 200
    locked.refused(405, "POST", path)
    locked.refused(403, "POST", path, headers={"Host": host})


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "localhost.", "127.0.0.1", "[::1]:9", "[0:0:0:0:0:0:0:1]"]
)
def test_own_hosts(site: Site, host: str) -> None:
    assert site.client.get(STATUS, headers={"Host": host}).status_code == 200


def test_named_hosts(world: World) -> None:
    names = load_settings(allowed_hosts="https://Heartbeat.example:8443/, bücher.example. [2001:DB8::1]")
    with serving(world, allowed_hosts=names.allowed_hosts, api_token=SecretStr(TOKEN)) as site:
        for host in (
            "heartbeat.example",
            "HEARTBEAT.example.:443",
            "xn--bcher-kva.example",
            "[2001:db8:0::1]:1",
        ):
            assert site.client.get(STATUS, headers={"Host": host, **BEARER}).status_code == 200
            origin = {"Host": host, "Origin": f"https://{host}"}
            assert site.client.post(STOP, headers={**origin, **BEARER}).status_code == 200
            site.refused(401, "GET", STATUS, headers={"Host": host})
        for host in ("heartbeat.example.org", "a.heartbeat.example", "[2001:db8::2]", "heartbeat.example:x"):
            site.refused(403, "GET", STATUS, headers={"Host": host, **BEARER})


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "{own}", "Sec-Fetch-Site": "cross-site"},
    ],
)
def test_foreign_pages_change_nothing(site: Site, headers: dict[str, str]) -> None:
    headers = {name: value.format(own=site.url) for name, value in headers.items()}
    thread = site.thread()
    for method, path in (
        ("POST", STOP),
        ("PUT", FILE),
        ("PATCH", "/api/heartbeat/config"),
        ("DELETE", f"/api/threads/{thread}"),
        ("POST", SESSION),
    ):
        site.refused(403, method, path, headers=headers)
    assert running(site)
    for path in (STATUS, "/", f"/api/threads/{thread}"):
        assert site.client.get(path, headers=headers).status_code == 200


@pytest.mark.parametrize("site_of", ["same-origin", "none", None])
def test_own_pages_may_change_things(site: Site, site_of: str | None) -> None:
    headers = {"Origin": site.url} | ({"Sec-Fetch-Site": site_of} if site_of else {})
    assert site.client.post("/api/heartbeat/start", headers=headers).status_code == 200


def test_form_posts_change_nothing(site: Site) -> None:
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"):
        found = site.refused(
            422, "POST", "/api/threads", content=b'{"id":"x"}', headers={"Content-Type": kind}
        )
        assert "Content-Type: application/json" in found["detail"]
    assert site.client.get("/api/threads/x").status_code == 404


def session_of(site: Site) -> str:
    """Return the name of the session cookie at the site's port."""
    return f"{COOKIE}_{urlsplit(site.url).port}"


def test_without_the_token(locked: Site) -> None:
    session = session_of(locked)
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": TOKEN},
        {"Authorization": "Bearer"},
        {"Cookie": f"{session}="},
        {"Cookie": f"{session}={TOKEN}"},
        {"Cookie": f"{session}=99999999999.{'0' * 64}"},
        {"Cookie": f"{session}=session.aaaaaa.{'0' * 43}"},
        {"Cookie": f"{session}=..", "Authorization": ""},
    ):
        for method, path in (("GET", STATUS), ("POST", STOP), ("GET", "/api/openapi.json"), ("PUT", FILE)):
            answer = locked.client.request(method, path, headers=headers)
            assert TOKEN not in problem(answer, 401)["detail"]
            assert answer.headers["www-authenticate"] == "Bearer"
    for path in ("/healthz", "/readyz", "/", SESSION):
        assert locked.client.get(path).status_code == 200
    assert locked.client.get(SESSION).json() == {"token_needed": True, "logged_in": False, "by_link": False}


def test_with_the_token(locked: Site) -> None:
    for scheme in ("Bearer", "bearer", "BEARER"):
        assert locked.client.get(STATUS, headers={"Authorization": f"{scheme} {TOKEN}"}).status_code == 200
    assert locked.client.get(SESSION, headers=BEARER).json() == {
        "token_needed": True,
        "logged_in": True,
        "by_link": False,
    }


def test_a_token_of_other_letters(world: World) -> None:
    with serving(world, api_token=SecretStr("pässwörter ✓")) as site:
        headers = [(b"Authorization", "Bearer pässwörter ✓".encode())]
        assert site.client.get(STATUS, headers=headers).status_code == 200
        assert site.client.post(SESSION, json={"token": "pässwörter ✓"}).status_code == 200


def cookie_of(answer: httpx.Response) -> tuple[str, Any]:
    (morsel,) = SimpleCookie(answer.headers["set-cookie"]).values()
    return morsel.value, morsel


def test_login(locked: Site) -> None:
    answer = locked.client.post(SESSION, json={"token": TOKEN})
    assert answer.json() == {"token_needed": True, "logged_in": True, "by_link": False}
    value, morsel = cookie_of(answer)
    assert (morsel["httponly"], morsel["samesite"], morsel["path"], morsel["secure"]) == (
        True,
        "strict",
        "/",
        "",
    )
    assert int(morsel["max-age"]) == 7 * 86_400
    assert TOKEN not in answer.headers["set-cookie"]
    locked.client.cookies.clear()
    headers = {"Cookie": f"{session_of(locked)}={value}"}
    assert locked.client.get(STATUS, headers=headers).status_code == 200
    assert locked.client.post(STOP, headers={**headers, "Origin": locked.url}).status_code == 200
    locked.refused(403, "POST", STOP, headers={**headers, "Origin": "https://evil.example"})
    locked.world.clock.move(days=6.9)
    assert locked.client.get(STATUS, headers=headers).status_code == 200
    locked.world.clock.move(days=0.2)
    locked.refused(401, "GET", STATUS, headers=headers)


def test_a_cookie_that_was_changed_is_refused(locked: Site) -> None:
    value, _ = cookie_of(locked.client.post(SESSION, json={"token": TOKEN}))
    locked.client.cookies.clear()
    name, at, proof = value.split(".")
    longer, other = ("B" if at[-1] != "B" else "C"), ("A" if proof[0] != "A" else "B")
    for changed in (
        f"{name}.{at[:-1]}{longer}.{proof}",
        f"{name}.{at}.{other}{proof[1:]}",
        f"others.{at}.{proof}",
        f"{name}.{proof}",
        f"{value}.{proof}",
        name,
    ):
        locked.refused(401, "GET", STATUS, headers={"Cookie": f"{session_of(locked)}={changed}"})
    assert locked.client.get(STATUS, headers={"Cookie": f"{session_of(locked)}={value}"}).status_code == 200


def test_login_in_a_browser_and_out_again(locked: Site) -> None:
    locked.client.post(SESSION, json={"token": TOKEN})
    assert locked.client.get(STATUS).status_code == 200
    assert locked.client.delete(SESSION).status_code == 204
    locked.refused(401, "GET", STATUS)


def test_another_token_makes_the_cookie_void(world: World) -> None:
    with serving(world, api_token=SecretStr(TOKEN)) as site:
        value, _ = cookie_of(site.client.post(SESSION, json={"token": TOKEN}))
    other = World(world.folder, world.ollama)
    try:
        with serving(other, api_token=SecretStr("another")) as site:
            site.refused(401, "GET", STATUS, headers={"Cookie": f"{session_of(site)}={value}"})
    finally:
        other.close()


@pytest.mark.parametrize("body", [{"token": "wrong"}, {"token": ""}, {"token": TOKEN[:-1]}])
def test_login_with_another_token(locked: Site, body: dict[str, str]) -> None:
    answer = locked.client.post(SESSION, json=body)
    assert problem(answer, 401)["detail"] == "That is not the token."
    assert "set-cookie" not in answer.headers


def test_a_login_that_is_refused_is_not_repeated_to_anybody(locked: Site) -> None:
    for body in ({"token": {"secret": TOKEN}}, {"token": [TOKEN]}, {"token": 1, "x": TOKEN}, [TOKEN], TOKEN):
        assert TOKEN not in str(locked.refused(422, "POST", SESSION, json=body))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "example.org"])
def test_no_binding_beyond_loopback_without_a_token(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    monkeypatch.setenv("HEARTBEAT_HOST", host)
    said = Cli().refused("serve")
    assert said.startswith(
        f"HEARTBEAT_HOST: {host} can be reached from outside and demands HEARTBEAT_API_TOKEN"
    )


def test_binding_beyond_loopback_with_a_token(world: World) -> None:
    with serving(world, host="0.0.0.0", api_token=SecretStr(TOKEN)) as site:
        url = site.url.replace("0.0.0.0", "127.0.0.1")
        assert site.client.get(f"{url}{STATUS}", headers=BEARER).status_code == 200
        problem(site.client.get(f"{url}{STATUS}"), 401)


def test_a_port_that_is_taken(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    port = str(httpx.URL(site.url).port)
    monkeypatch.setenv("HEARTBEAT_PORT", port)
    assert f"HEARTBEAT_PORT: 127.0.0.1 port {port} cannot be used" in Cli().refused("serve")


def test_bodies_that_are_too_large(site: Site) -> None:
    before = site.get(FILE)["content"]
    json_body = {"Content-Type": "application/json"}
    for size in (512 * 1024 + 1, 8 * 1024 * 1024):
        body = b'{"content": "' + b"x" * (size - 15) + b'"}'
        pieces = (body[at : at + 65_536] for at in range(0, size, 65_536))
        for content in (body, pieces):
            found = site.refused(413, "PUT", FILE, content=content, headers=json_body)
            assert found["detail"] == "The body is too large; allowed: up to 524288 bytes."
    assert site.get(FILE)["content"] == before
    fits = b'{"content": "' + b"\\u0041" * 65_536 + b'"}'
    assert site.client.post(f"{FILE}/check", content=fits, headers=json_body).status_code == 200


def test_every_answer_has_the_headers(site: Site) -> None:
    thread = site.thread()
    answers = [
        site.client.get("/"),
        site.client.get(STATUS),
        site.client.get("/healthz"),
        site.client.get("/api/openapi.json"),
        site.client.get("/api/heartbeat/history", params={"format": "jsonl"}),
        site.client.delete(f"/api/threads/{thread}"),
        site.client.get("/no"),
        site.client.delete(STATUS),
        site.client.post("/api/threads", json={}),
        site.client.get(STATUS, headers={"Host": "evil.example"}),
        site.client.post(STOP, headers={"Origin": "null"}),
        site.client.put(FILE, content=b"x" * 600_000),
    ]
    assert sorted({answer.status_code for answer in answers}) == [200, 204, 403, 404, 405, 413, 422]
    for answer in answers:
        assert {name: answer.headers.get(name) for name in HEADERS} == dict(HEADERS)
        # The panel's page holds no data; test_page.py tells how it is kept.
        assert answer.headers["cache-control"] == "no-store" or answer is answers[0]
        assert "server" not in answer.headers
        assert not [name for name in answer.headers if name.startswith("access-control-")]


def test_the_policy_lets_no_foreign_script_in() -> None:
    policy = HEADERS["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'none'" in policy


def test_other_origins_only_when_they_are_named(world: World) -> None:
    asks = {"Origin": "https://friend.example", "Access-Control-Request-Method": "POST"}
    with serving(world) as site:
        answer = site.client.options(STOP, headers=asks)
        assert problem(answer, 405)
        assert "access-control-allow-origin" not in answer.headers
    other = World(world.folder, world.ollama)
    try:
        with serving(other, cors_origins=("https://friend.example",)) as site:
            answer = site.client.options(STOP, headers=asks)
            assert answer.headers["access-control-allow-origin"] == "https://friend.example"
            assert "access-control-allow-credentials" not in answer.headers
            friend = {"Origin": "https://friend.example", "Sec-Fetch-Site": "cross-site"}
            answer = site.client.post(STOP, headers=friend)
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (
                200,
                friend["Origin"],
            )
            site.refused(403, "POST", STOP, headers={"Origin": "https://evil.example"})
            foe = site.client.options(STOP, headers={**asks, "Origin": "https://evil.example"})
            assert foe.status_code == 400
    finally:
        other.close()


def test_forwarded_headers_open_nothing(locked: Site) -> None:
    forwarded = {
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "for=127.0.0.1;host=evil.example;proto=https",
    }
    locked.refused(401, "GET", STATUS, headers=forwarded)
    locked.refused(403, "GET", STATUS, headers={**BEARER, **forwarded, "Host": "evil.example"})


@pytest.mark.parametrize(
    ("headers", "secure"),
    [
        ({}, False),
        ({"Origin": "http://localhost", "Host": "localhost"}, False),
        ({"Origin": "https://localhost", "Host": "localhost"}, True),
        ({"Origin": "https://localhost:8443", "Host": "LOCALHOST:8443"}, True),
        ({"X-Forwarded-Proto": "https"}, True),
        ({"X-Forwarded-Proto": "HTTPS, http"}, True),
        ({"X-Forwarded-Proto": "http"}, False),
        ({"X-Forwarded-Ssl": "on"}, True),
        ({"Forwarded": 'for=192.0.2.7;proto="https"'}, True),
        ({"Forwarded": "for=192.0.2.7;proto=http, for=10.0.0.1"}, False),
        ({"X-Forwarded-For": "192.0.2.7"}, False),
        # A browser that speaks plain HTTP would throw a Secure cookie away, and nobody could log in.
        ({"X-Forwarded-Proto": "https", "Origin": "http://localhost", "Host": "localhost"}, False),
    ],
)
def test_the_cookie_is_for_tls_alone_where_tls_is_spoken(
    open_door: Site, headers: dict[str, str], secure: bool
) -> None:
    answer = open_door.client.post(SESSION, json={"token": TOKEN}, headers=headers)
    assert bool(cookie_of(answer)[1]["secure"]) is secure
    answer = open_door.client.delete(SESSION, headers=headers)
    assert (answer.status_code, bool(cookie_of(answer)[1]["secure"])) == (204, secure)


@pytest.fixture(scope="module")
def open_door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a token, for tests that change nothing in it."""
    with fake_ollama() as ollama:
        world = World(tmp_path_factory.mktemp("door"), ollama)
        try:
            with serving(world, api_token=SecretStr(TOKEN)) as made:
                yield made
        finally:
            world.close()


def guess(site: Site, number: int, caller: str = "") -> httpx.Response:
    headers = {"X-Forwarded-For": caller} if caller else {}
    if number % 2:
        return site.client.post(SESSION, json={"token": f"guess {number}"}, headers=headers)
    headers["Authorization"] = f"Bearer guess {number}"
    # Also the call that only tells whether the caller may come in.
    return site.client.get(STATUS if number % 4 else SESSION, headers=headers)


def test_guesses_of_the_token_are_looked_at_one_by_one(locked: Site) -> None:
    client, clock = locked.client, locked.world.clock
    for number in range(BURST):
        assert guess(locked, number).status_code in {200, 401}
    for number in range(BURST, BURST + 4):
        answer = guess(locked, number)
        found = problem(answer, 429)
        assert (found["title"], answer.headers["retry-after"]) == ("Too Many Requests", "10")
        assert found["detail"] == "Too many wrong tokens were shown; try again in 10 s."
    # Not even the right one tells that it is right, or guessing would go on.
    assert problem(client.get(STATUS, headers=BEARER), 429)
    assert problem(client.post(SESSION, json={"token": TOKEN}), 429)
    assert "set-cookie" not in client.post(SESSION, json={"token": TOKEN}).headers
    # Somebody else is not kept out, as a proxy of this machine or network tells who that is.
    assert client.get(STATUS, headers={**BEARER, "X-Forwarded-For": "203.0.113.7"}).status_code == 200
    locked.refused(401, "GET", STATUS)
    assert client.get("/healthz", headers={"Authorization": "Bearer other"}).status_code == 200
    clock.move(seconds=10)
    assert client.get(STATUS, headers=BEARER).status_code == 200


def test_who_has_logged_in_is_not_kept_out(locked: Site) -> None:
    locked.client.post(SESSION, json={"token": TOKEN})
    cookies = dict(locked.client.cookies)
    locked.client.cookies.clear()
    for number in range(BURST + 1):
        guess(locked, number)
    assert guess(locked, BURST).status_code == 429
    headers = {"Cookie": f"{session_of(locked)}={next(iter(cookies.values()))}"}
    assert locked.client.get(STATUS, headers={**headers, "Authorization": "Bearer no"}).status_code == 200


def test_a_program_with_an_old_token_keeps_nobody_out(locked: Site) -> None:
    for _ in range(3 * BURST):
        locked.refused(401, "GET", STATUS, headers={"Authorization": "Bearer the token of last year"})
    assert locked.client.get(STATUS, headers=BEARER).status_code == 200


def test_guesses_from_many_addresses(locked: Site) -> None:
    known = {"X-Forwarded-For": "198.51.100.1", **BEARER}
    assert locked.client.get(STATUS, headers=known).status_code == 200
    statuses = [guess(locked, 1, f"203.0.113.{number}").status_code for number in range(BURST_OF_ALL + 5)]
    assert statuses == [401] * BURST_OF_ALL + [429] * 5
    # Not for long, and not at all who was here before.
    assert locked.client.get(STATUS, headers=known).status_code == 200
    answer = locked.client.get(STATUS, headers=BEARER)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    locked.world.clock.move(seconds=1)
    assert locked.client.get(STATUS, headers=BEARER).status_code == 200


def test_head_and_options_do_no_harm(site: Site) -> None:
    thread = site.thread()
    for path in (STOP, f"/api/threads/{thread}", f"/api/threads/{thread}/heartbeat/run-now", FILE):
        for method in ("OPTIONS", "TRACE", "PROPFIND"):
            assert site.client.request(method, path).status_code == 405
        reads = path in {f"/api/threads/{thread}", FILE}
        assert (site.client.head(path).status_code == 405) is not reads
    assert running(site)
    assert site.get(f"/api/threads/{thread}/heartbeat/history")["total_runs"] == 0


@pytest.mark.parametrize(
    "path",
    [
        "/api/threads/..%2f..%2fetc%2fpasswd",
        "/api/threads/%2e%2e",
        "/api/threads/a%00b",
        "/api/threads/a%0ab",
        "/api/threads/%ff",
        "/api/threads/a%2fheartbeat%2fconfig",
        "/api/beats/1%20or%201=1",
        "//evil.example/api/heartbeat/status",
    ],
)
def test_path_tricks(site: Site, path: str) -> None:
    answer = site.client.get(httpx.URL(site.url).copy_with(raw_path=path.encode()))
    assert answer.status_code in {404, 422}
    problem(answer, answer.status_code)


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"id":' * 80_000,
        b'{"id": "\xff"}',
        rb'{"id": "\ud800"}',
        rb'{"\ud800": 1}',
        b'{"id": NaN}',
        b'{"id": "x", "config": {"temperature": NaN}}',
        b'{"id": "x", "config": {"every": Infinity}}',
        b'{"id": "x", "config": {"every": ' + b"9" * 5_000 + b"}}",
        rb'{"id": "x", "config": {"target": "\ud800"}}',
        rb'{"id": "x", "title": "\udfff"}',
        b'{"id": "x", "config": {"' + b"k" * 100_000 + b'": 1}}',
    ],
)
def test_bodies_that_are_no_thread(site: Site, body: bytes) -> None:
    found = site.refused(
        422, "POST", "/api/threads", content=body, headers={"Content-Type": "application/json"}
    )
    assert len(found["detail"]) < 1_000
    assert site.client.get("/api/threads/x").status_code == 404


def test_what_is_no_http_is_cut_off(site: Site) -> None:
    url = httpx.URL(site.url)
    assert url.port is not None
    for said in (
        b"\x16\x03\x01\x02\x00\x01",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
    ):
        with socket.create_connection((url.host, url.port), timeout=PATIENCE) as connection:
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
            heard = b"".join(iter(lambda: connection.recv(65_536), b""))
        assert heard.startswith((b"HTTP/1.1 400", b"HTTP/1.1 403")) or not heard
    assert running(site)


def test_no_secret_in_errors_or_logs(
    locked: Site, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    locked.client.get(STATUS, headers=BEARER)
    locked.client.post(SESSION, json={"token": TOKEN})
    locked.client.post(SESSION, json={"token": [TOKEN]})
    key = "sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD"
    found = locked.refused(422, "PUT", "/api/heartbeat/config", json={"model": [key]}, headers=BEARER)
    assert key not in found["detail"]
    found = locked.refused(422, "POST", "/api/threads", json={"id": key.upper()}, headers=BEARER)
    # An error that nobody foresees.
    monkeypatch.delattr("heartbeat.store.database.Database.read")
    problem(locked.client.get(STATUS, headers=BEARER), 500)
    assert "a call failed" in caplog.text
    assert TOKEN not in caplog.text
    assert key not in caplog.text


def test_no_address_with_a_password_is_shown(world: World) -> None:
    with serving(world, ollama_url="http://user:hunter2@127.0.0.1:9") as site:
        assert "hunter2" not in site.client.get(STATUS).text
