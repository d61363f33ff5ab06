"""Corrections of the plan over HTTP, with `heartbeat serve` as a process."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from tests.acceptance.cli.test_serve import Serve
from tests.support.holds import PATIENCE
from tests.support.line_reading import Reads
from tests.support.world import World

PLAN = "/api/heartbeat/plan"
TEXT = "# Duties\n\n- Tell me about bills.\n- Post the menu.\n"
RULE: dict[str, Any] = {"do": "tell", "when": {"kind": "item", "question": "Is it a bill?"}}


@contextmanager
def serving(world: World, *arguments: str) -> Iterator[httpx.Client]:
    process = Serve(world, *arguments)
    try:
        url = process.until("http://").partition("http://")[2].split()[0].split("?")[0].rstrip("/.,")
        with httpx.Client(base_url=f"http://{url}", timeout=PATIENCE) as client:
            yield client
    finally:
        assert process.end()[0] == 0


def plan_of(client: httpx.Client) -> dict[str, Any]:
    answer = client.get(PLAN)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def ids_of(plan: dict[str, Any]) -> dict[str, str]:
    """Return the id of each line by its text, however it is read."""
    return {each["text"]: each["line_id"] for part in ("rules", "quiet", "unread") for each in plan[part]}


@pytest.fixture
def written(world: World) -> World:
    world.settings.instructions.write_text(TEXT)
    world.ollama.reads = Reads()
    return world


def test_of_two_people_who_correct_at_once_one_is_refused(written: World) -> None:
    with serving(written) as client:
        lines = ids_of(plan_of(client))
        tag = client.get(PLAN).headers["etag"]

        def put(line: str, by: str) -> httpx.Response:
            body = {"rules": [RULE], "by": by}
            return client.put(f"{PLAN}/{line}", json=body, headers={"If-Match": tag})

        with ThreadPoolExecutor(2) as people:
            answers = list(people.map(put, lines.values(), ("ana", "bo")))
        assert sorted(each.status_code for each in answers) == [200, 412]
        (kept,) = [rule for rule in plan_of(client)["rules"] if rule["decided_by"] == "correction"]
        winner = ("ana", "bo")[[each.status_code for each in answers].index(200)]
        assert kept["by"] == winner


def test_a_correction_outlives_a_restart_another_model_and_edits_of_other_lines(
    written: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(written) as client:
        line = ids_of(plan_of(client))["Tell me about bills."]
        made = client.put(f"{PLAN}/{line}", json={"rules": [RULE], "by": "ana"})
        assert made.status_code == 200, made.text
    written.ollama.models = ["another:latest"]
    monkeypatch.setenv("HEARTBEAT_READER_MODEL", "another:latest")
    written.settings.instructions.write_text(TEXT.replace("menu", "news") + "- One more.\n")
    with serving(written) as client:
        plan = plan_of(client)
        assert plan["reading"]["model"] == "another:latest"
        assert [(each["line"], each["by"]) for each in plan["rules"]] == [(3, "ana")]
        assert plan["dropped"] == []
        written.settings.instructions.write_text(TEXT.replace("bills", "invoices"))
        plan = plan_of(client)
        assert plan["rules"] == []
        (dropped,) = plan["dropped"]
        assert (dropped["line_text"], dropped["by"]) == ("Tell me about bills.", "ana")
        assert "no longer holds" in dropped["message"]
