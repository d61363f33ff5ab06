"""The token on loopback: demanded from the moment something private is connected, and not before."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi.routing import APIRoute

from heartbeat.connections import editing
from heartbeat.token_file import TokenFile
from heartbeat_service.announcing import PROOF, announce, answers
from heartbeat_service.http import description, page
from heartbeat_service.http.app import MODULES
from heartbeat_service.throttle import BURST
from tests.integration.http.site import Site, problem, serving
from tests.support.holds import PATIENCE
from tests.support.world import World

STATUS, EVENTS = "/api/heartbeat/status", "/api/heartbeat/events"
OPEN = {"/healthz", "/readyz", "/", "/assets/{path:path}", "/api/session"}
NOTES = {"name": "notes", "kind": "folder", "values": {"path": "notes"}}


@pytest.fixture(autouse=True)
def notes(world: World) -> Path:
    folder = world.folder / "notes"
    folder.mkdir()
    return folder


@pytest.fixture
def stranger(own: Site) -> Iterator[httpx.Client]:
    """A program of this machine that does not know the token."""
    with httpx.Client(base_url=own.url, timeout=PATIENCE, trust_env=False) as client:
        yield client


def token_of(site: Site) -> str:
    return TokenFile.of(site.world.settings).read() or ""


def calls() -> Iterator[tuple[str, str]]:
    """Yield method and path of every call of the service."""
    for module in (*MODULES, page, description):
        for route in module.router.routes:
            assert isinstance(route, APIRoute)
            yield from ((method, route.path) for method in sorted(route.methods or ()))


def add_from_elsewhere(site: Site) -> None:
    """Add a private connection as another process does."""
    editing.add(site.world.services.connections, "notes", "folder", {"path": "notes"})


def test_nothing_is_read_or_changed_without_it(own: Site, stranger: httpx.Client) -> None:
    add_from_elsewhere(own)
    thread = own.world.thread()
    for method, path in calls():
        if path in OPEN:
            continue
        filled = re.sub(r"{[a-z_]+}", lambda found: thread if "thread" in found[0] else "1", path)
        answer = stranger.request(method, filled, json={} if method in {"POST", "PUT", "PATCH"} else None)
        assert problem(answer, 401)["detail"].startswith("A token is needed"), (method, path)
        assert answer.headers["www-authenticate"] == "Bearer"
    assert own.get(f"/api/threads/{thread}")["thread_id"] == thread


def test_what_is_open_shows_nothing(own: Site, stranger: httpx.Client) -> None:
    add_from_elsewhere(own)
    assert stranger.get("/healthz").json() == stranger.get("/readyz").json() == {"ok": True}
    assert stranger.get("/api/session").json() == {"token_needed": True, "logged_in": False, "by_link": True}
    assert stranger.get("/").status_code == 200
    assert {path for _, path in calls() if not path.startswith("/api/")} <= OPEN | {"/metrics"}


def test_nobody_is_asked_where_all_is_public(own: Site, stranger: httpx.Client) -> None:
    feed = (
        '[news]\nkind = "feed"\npath = "news.xml"\n[days]\nkind = "folder"\npath = "notes"\nprivate = false\n'
    )
    own.world.settings.connections_path.write_text(feed)
    assert stranger.get(STATUS).status_code == 200
    assert stranger.get("/api/session").json() == {"token_needed": False, "logged_in": True, "by_link": True}


@pytest.mark.parametrize(
    "table",
    [
        '[notes]\nkind = "folder"\npath = "notes"\n',
        '[notes]\nkind = "calendar"\n',  # faulty
        '[notes]\nkind = "feed"\nurl = "https://example.org/"\nprivate = "no"\n',
    ],
)
def test_one_in_the_file_counts_at_once_also_a_faulty_one(
    own: Site, stranger: httpx.Client, table: str
) -> None:
    assert stranger.get(STATUS).status_code == 200
    own.world.settings.connections_path.write_text(table)
    assert stranger.get(STATUS).status_code == 401
    own.world.settings.connections_path.unlink()
    # Once demanded, it stays so until the process ends.
    assert stranger.get(STATUS).status_code == 401


def test_what_a_removed_one_brought_is_private_still(world: World, notes: Path) -> None:
    (notes / "a.md").write_text("- [ ] Buy tea\n")
    with serving(world) as site:
        site.post("/api/connections", NOTES, 201)
        site.post("/api/connections/notes/look")
        assert site.client.delete("/api/connections/notes").status_code == 204
    with serving(world) as site, httpx.Client(base_url=site.url, trust_env=False) as stranger:
        assert stranger.get(STATUS).status_code == 401
    editing.add(world.services.connections, "notes", "folder", {"path": "notes"})
    editing.remove(world.services.connections, "notes", forget=True)
    with serving(world) as site, httpx.Client(base_url=site.url, trust_env=False) as stranger:
        assert stranger.get(STATUS).status_code == 200


def test_the_call_that_adds_the_first_one_goes_on(own: Site, stranger: httpx.Client) -> None:
    answer = stranger.post("/api/connections", json=NOTES)
    assert answer.status_code == 201
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert stranger.get(STATUS).status_code == 200
    stranger.cookies.clear()
    assert stranger.get(STATUS).status_code == 401


def test_a_call_that_adds_nothing_private_gets_no_session(own: Site, stranger: httpx.Client) -> None:
    body = {"name": "news", "kind": "feed", "values": {"path": "news.xml"}}
    added = stranger.post("/api/connections", json=body)
    assert (added.status_code, "set-cookie" in added.headers) == (201, False)
    changed = stranger.patch("/api/connections/news", json={"values": {"private": True}})
    assert (changed.status_code, "set-cookie" in changed.headers) == (200, True)


def test_who_has_logged_in_before_goes_on(own: Site, stranger: httpx.Client) -> None:
    assert stranger.post("/api/session", json={"token": token_of(own)}).json()["logged_in"]
    add_from_elsewhere(own)
    assert stranger.get(STATUS).status_code == 200


def test_a_session_counts_under_the_name_of_its_own_port_alone(own: Site, stranger: httpx.Client) -> None:
    add_from_elsewhere(own)
    stranger.post("/api/session", json={"token": token_of(own)})
    [(name, value)] = stranger.cookies.items()
    stranger.cookies.clear()
    for other in ("heartbeat_session", "heartbeat_session_1", f"{name}0"):
        assert stranger.get(STATUS, headers={"Cookie": f"{other}={value}"}).status_code == 401
    assert stranger.get(STATUS, headers={"Cookie": f"{name}={value}"}).status_code == 200


def test_a_service_shows_that_it_is_the_one_that_announced_itself(own: Site) -> None:
    assert answers(announce(own.url, own.service.secret))
    assert not answers(announce(own.url, "of another process"))
    assert PROOF not in own.client.get("/healthz").headers


def test_two_workspaces_of_one_machine_have_a_session_each(own: Site, stranger: httpx.Client) -> None:
    add_from_elsewhere(own)
    stranger.cookies.set("heartbeat_session_1", "of another workspace", domain="127.0.0.1")
    answer = stranger.post("/api/session", json={"token": token_of(own)})
    assert answer.headers["set-cookie"].startswith(f"heartbeat_session_{own.url.rpartition(':')[2]}=")
    assert stranger.get(STATUS).status_code == 200
    assert stranger.cookies["heartbeat_session_1"] == "of another workspace"
    stranger.delete("/api/session")
    assert stranger.get(STATUS).status_code == 401


def test_any_token_is_as_good_as_none_where_none_is_needed(own: Site, stranger: httpx.Client) -> None:
    answer = stranger.post("/api/session", json={"token": "an old link"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (200, False)
    add_from_elsewhere(own)
    assert problem(stranger.post("/api/session", json={"token": "an old link"}), 401)["detail"]


def test_a_new_token_ends_all_sessions_at_once(own: Site, stranger: httpx.Client) -> None:
    add_from_elsewhere(own)
    old = token_of(own)
    assert stranger.post("/api/session", json={"token": old}).status_code == 200
    assert stranger.get(STATUS).status_code == 200
    new = TokenFile.of(own.world.settings).renew()
    assert stranger.get(STATUS).status_code == 401
    assert stranger.get(STATUS, headers={"Authorization": f"Bearer {old}"}).status_code == 401
    assert stranger.get(STATUS, headers={"Authorization": f"Bearer {new}"}).status_code == 200


def test_open_streams_end_when_the_token_is_needed_and_when_it_changes(
    own: Site, stranger: httpx.Client
) -> None:
    with stranger.stream("GET", EVENTS) as answer:
        assert answer.status_code == 200
        add_from_elsewhere(own)
        assert "connected" in "".join(answer.iter_text())  # to its end
    assert stranger.get(EVENTS).status_code == 401
    bearer = {"Authorization": f"Bearer {token_of(own)}"}
    with stranger.stream("GET", EVENTS, headers=bearer) as answer:
        parts = answer.iter_text()
        next(parts)
        thread = own.thread()
        own.post(f"/api/threads/{thread}/heartbeat/pause", {"reason": "seen"})
        assert "thread.paused" in next(part for part in parts if "event:" in part)
        TokenFile.of(own.world.settings).renew()
        assert "event:" not in "".join(parts)


def test_a_file_that_others_may_read_opens_nothing(own: Site, stranger: httpx.Client) -> None:
    add_from_elsewhere(own)
    token, file = token_of(own), TokenFile.of(own.world.settings)
    file.path.chmod(0o644)
    answer = stranger.get(STATUS, headers={"Authorization": f"Bearer {token}"})
    assert "heartbeat token --new" in problem(answer, 503)["detail"]
    assert stranger.get("/healthz").status_code == 200


def test_wrong_tokens_keep_nobody_out_who_has_the_right_one(own: Site, stranger: httpx.Client) -> None:
    add_from_elsewhere(own)
    wrong = [stranger.get(STATUS, headers={"Authorization": f"Bearer {n}"}) for n in range(BURST + 3)]
    assert {answer.status_code for answer in wrong[:BURST]} == {401}
    assert {answer.status_code for answer in wrong[BURST:]} == {429}
    assert own.get(STATUS)["running"] is True
    assert stranger.post("/api/session", json={"token": token_of(own)}).status_code == 200
    assert stranger.get(STATUS).status_code == 200


def test_the_token_is_in_no_answer(own: Site) -> None:
    add_from_elsewhere(own)
    for method, path in calls():
        if method == "GET" and "{" not in path and not path.endswith("/events"):
            assert token_of(own) not in own.client.get(path).text
