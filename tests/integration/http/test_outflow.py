"""A config by which a thread could make public what is private is refused, however it would come about."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.integration.http.site import Site

CONFIG = "/api/heartbeat/config"


@pytest.fixture
def connected(own: Site, tmp_path: Path) -> Site:
    """A workspace with a private folder and a public voice."""
    folder = own.world.folder / "notes"
    folder.mkdir()
    for name, kind, values in (
        ("notes", "folder", {"path": "notes"}),
        ("blog", "apprise", {"url": "ntfy://127.0.0.1:9/blog", "reach": "public"}),
        ("phone", "apprise", {"url": "ntfy://127.0.0.1:9/phone"}),
    ):
        own.post("/api/connections", {"name": name, "kind": kind, "values": values}, 201)
    return own


def config_of(thread: str) -> str:
    return f"/api/threads/{thread}/heartbeat/config"


def test_a_thread_that_could_make_it_public_is_not_made(connected: Site) -> None:
    config = {"target": ["phone", "blog"], "sources": ["default", "notes"]}
    said = connected.refused(422, "POST", "/api/threads", json={"id": "demo", "config": config})
    assert said["field"] == "approval"
    assert said["detail"] == (
        'approval: "never" is not allowed for thread demo, since it looks at notes, which is private, and blog would '
        "make it public; set approval to always, or to a list with post, or outflow to allowed"
    )
    assert connected.client.get("/api/threads/demo").status_code == 404


@pytest.mark.parametrize(
    "more",
    [
        {"approval": "always"},
        {"approval": ["post"]},
        {"outflow": "allowed"},
        {"target": "phone"},
        {"sources": None},
    ],
)
def test_one_that_asks_first_or_keeps_it_is_made(connected: Site, more: dict[str, Any]) -> None:
    connected.thread(**{"target": ["phone", "blog"], "sources": ["notes"], **more})


@pytest.mark.parametrize(
    ("before", "change"),
    [
        ({"target": "blog"}, {"sources": ["notes"]}),
        ({"sources": ["notes"]}, {"target": "blog"}),
        ({"sources": ["notes"], "target": "blog", "approval": "always"}, {"approval": ["comment"]}),
        ({"sources": ["notes"], "target": "blog", "outflow": "allowed"}, {"outflow": "guarded"}),
    ],
)
def test_no_change_makes_it_public(connected: Site, before: dict[str, Any], change: dict[str, Any]) -> None:
    thread = connected.thread(**before)
    for method, body in (("PATCH", change), ("POST", change), ("PUT", {**before, **change})):
        connected.refused(422, method, config_of(thread), json=body)
    assert connected.get(config_of(thread))["overrides"] == before


def test_defaults_name_the_threads_that_they_would_break(connected: Site) -> None:
    names = [connected.thread(sources=["notes"]) for _ in range(5)]
    connected.thread(sources=["notes"], approval="always")
    for method in ("PUT", "PATCH"):
        said = connected.refused(422, method, CONFIG, json={"target": "blog"})["detail"]
        assert (
            f"not allowed for thread {names[0]}, thread {names[1]}, thread {names[2]} and 2 more, since"
            in said
        )
        assert f"since thread {names[0]} looks at notes" in said
    assert connected.get(CONFIG)["overrides"] == {}
    said = connected.refused(422, "PUT", CONFIG, json={"target": "blog", "sources": ["notes"]})["detail"]
    assert "set approval to always" in said


def test_defaults_that_break_only_threads_to_come_are_refused_too(connected: Site) -> None:
    said = connected.refused(422, "PUT", CONFIG, json={"target": "blog", "sources": ["notes"]})["detail"]
    assert "not allowed for the workspace's defaults, since it looks at notes" in said


def test_adding_something_private_breaks_no_thread(connected: Site) -> None:
    thread = connected.thread(target="blog", sources=["default"])
    values = {"path": "diary"}
    (connected.world.folder / "diary").mkdir()
    connected.post("/api/connections", {"name": "diary", "kind": "folder", "values": values}, 201)
    connected.client.patch(config_of(thread), json={"every": 3600}).raise_for_status()
    assert connected.get("/api/threads")["items"][0]["config_problem"] is None


def test_one_that_leaks_since_its_source_became_private_can_still_be_switched_off(connected: Site) -> None:
    file = connected.world.settings.connections_path
    (connected.world.folder / "open").mkdir()
    file.write_text('[open]\nkind = "folder"\npath = "open"\nprivate = false\n')
    thread = connected.thread(target="blog", sources=["open"])
    file.write_text('[open]\nkind = "folder"\npath = "open"\n# private now\n')
    connected.client.patch(config_of(thread), json={"enabled": False}).raise_for_status()
    connected.refused(422, "PATCH", config_of(thread), json={"approval": ["vote"]})
    connected.client.patch(config_of(thread), json={"approval": "always"}).raise_for_status()
