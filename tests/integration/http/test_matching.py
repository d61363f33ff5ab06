"""Many threads are changed by one call."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from heartbeat_service import matching
from heartbeat_service.http import matching as calls
from tests.integration.http.site import Site, problem, serving
from tests.support.world import World


@pytest.fixture
def teams(world: World) -> Iterator[Site]:
    for each in ("team-a", "team-b", "team-c", "other"):
        world.thread(each)
    with serving(world) as site:
        yield site


def threads(site: Site) -> dict[str, Any]:
    return {each["thread_id"]: each for each in site.get("/api/threads")["items"]}


def patch(site: Site, body: dict[str, Any]) -> Any:
    answer = site.client.patch("/api/threads/config", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_fields_of_all_that_match_are_changed(teams: Site) -> None:
    made = patch(teams, {"match": "team-*", "config": {"every": "2h"}})
    assert made == {"changed": 3, "refused": [], "next": None}
    assert {name: each["config"]["every"] for name, each in threads(teams).items()} == {
        "other": 1800,
        "team-a": 7200,
        "team-b": 7200,
        "team-c": 7200,
    }


def test_all_are_paused_and_some_go_on(teams: Site) -> None:
    paused = teams.post("/api/threads/pause", {"match": "*", "reason": "a holiday"})
    assert paused == {"changed": 4, "refused": [], "next": None}
    assert {each["status"] for each in threads(teams).values()} == {"paused"}
    assert teams.post("/api/threads/resume", {"match": "team-?"})["changed"] == 3
    assert [name for name, each in threads(teams).items() if each["status"] == "paused"] == ["other"]


def test_a_call_ends_after_some_and_the_next_goes_on(teams: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(matching, "BITE", 1)
    monkeypatch.setattr(calls, "AT_ONCE", 2)
    first = teams.post("/api/threads/pause", {"match": "team-*"})
    assert (first["changed"], first["next"]) == (2, "team-b")
    second = teams.post("/api/threads/pause", {"match": "team-*", "after": first["next"]})
    assert (second["changed"], second["next"]) == (1, None)
    assert [name for name, each in threads(teams).items() if each["status"] != "paused"] == ["other"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"match": "Team", "config": {"every": "2h"}}, 422, "match: 'Team' is not allowed"),
        ({"match": "nobody-*", "config": {"every": "2h"}}, 404, "no thread matches 'nobody-*'"),
        ({"match": "*", "config": {"every": "1s"}}, 422, "every:"),
        ({"match": "*", "config": {"target": "nowhere"}}, 422, "nowhere"),
        ({"config": {"every": "2h"}}, 422, "match"),
        ({"match": "*", "config": {}}, 422, "config: {} changes nothing; allowed: fields such as every"),
        ({"match": "T" * 64, "config": {"every": "2h"}}, 422, f"match: '{'T' * 59} is not allowed"),
    ],
)
def test_what_is_asked_wrongly_changes_nothing(
    teams: Site, body: dict[str, Any], status: int, said: str
) -> None:
    before = threads(teams)
    assert said in problem(teams.client.patch("/api/threads/config", json=body), status)["detail"]
    assert threads(teams) == before
