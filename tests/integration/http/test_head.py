"""HEAD wherever there is GET: the same head, no body, and it ends."""

from __future__ import annotations

import httpx
import pytest

from tests.integration.http.site import Site, problem
from tests.support.world import INSTRUCTIONS

DIFFERS = {"date", "content-length", "transfer-encoding"}
"""What two calls may tell otherwise: figures grow, and what has no body is not sent in chunks."""


def heads(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name not in DIFFERS}


@pytest.fixture
def filled(site: Site) -> Site:
    site.world.write(INSTRUCTIONS)
    site.client.post("/api/threads", json={"id": "demo"})
    site.client.put("/api/threads/demo/heartbeat.md", json={"content": "Look."})
    site.client.post("/api/threads/demo/heartbeat/run-now")
    site.world.comment(site.world.post())
    phone = {"name": "phone", "kind": "apprise", "values": {"url": "ntfy://127.0.0.1:9/topic"}}
    site.client.post("/api/connections", json=phone)
    return site


def test_every_call_that_reads(filled: Site) -> None:
    described = filled.get("/api/openapi.json")["paths"]
    paths = [path for path, calls in described.items() if "get" in calls and not path.endswith("/events")]
    assert len(paths) > 20
    for path in [*paths, "/", "/api/openapi.json", "/api/heartbeat/history?format=jsonl"]:
        address = path.format(thread_id="demo", beat_id=1, post_id=1, comment_id=1, name="phone")
        read, head = filled.client.get(address), filled.client.head(address)
        assert (head.status_code, head.content) == (200, b""), address
        assert read.status_code == 200, address
        assert heads(head) == heads(read), address


def test_a_stream_of_events_is_not_begun(site: Site) -> None:
    head = site.client.head("/api/heartbeat/events")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"].startswith("text/event-stream")
    assert not site.service.events.readers


def test_the_connection_can_be_used_again(site: Site) -> None:
    with httpx.Client(base_url=site.url, limits=httpx.Limits(max_connections=1), trust_env=False) as client:
        for _ in range(3):
            assert client.head("/api/heartbeat/history?format=jsonl").status_code == 200
            assert client.get("/api/threads").status_code == 200


def test_errors_have_the_status_of_get(site: Site) -> None:
    for path, status in (("/api/threads/nobody", 404), ("/api/beats/0", 422), ("/nowhere", 404)):
        assert site.client.head(path).status_code == site.client.get(path).status_code == status
    refused = site.client.head("/api/heartbeat/start")
    assert (refused.status_code, refused.headers["allow"]) == (405, "POST")
    answer = site.client.delete("/api/heartbeat/status")
    assert "allowed: GET, HEAD." in problem(answer, 405)["detail"]
