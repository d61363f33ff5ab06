"""The plan over HTTP: shown, corrected, refused where it was changed meanwhile."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.integration.http.site import Site

PLAN = "/api/heartbeat/plan"
FILE = "/api/heartbeat/heartbeat.md"
TEXT = "# Duties\n\n- Tell me about bills.\n- Post the menu.\n"
RULE: dict[str, Any] = {
    "do": "tell",
    "when": {"kind": "item", "question": "Is it a bill?"},
    "about": ["mail"],
}


@pytest.fixture
def lines(own: Site) -> list[str]:
    """The ids of the two lines of a text that nobody has read."""
    own.client.put(FILE, json={"content": TEXT})
    return [each["line_id"] for each in own.get(PLAN)["unread"]]


def ships(site: Site, *entries: dict[str, Any]) -> None:
    """Write HEARTBEAT.plan.json."""
    path = site.world.settings.instructions.with_suffix(".plan.json")
    path.write_text(json.dumps({"version": 1, "lines": entries}))


def test_lines_that_nobody_read_are_unread(own: Site, lines: list[str]) -> None:
    plan = own.get(PLAN)
    assert [(each["line"], each["text"]) for each in plan["unread"]] == [
        (3, "Tell me about bills."),
        (4, "Post the menu."),
    ]
    assert (plan["reading"]["read"], plan["reading"]["of"]) == (0, 2)
    assert plan["follows"]["beats"] is True


def test_a_correction_holds_and_says_who_made_it(own: Site, lines: list[str]) -> None:
    tag = own.client.get(PLAN).headers["etag"]
    made = own.client.put(
        f"{PLAN}/{lines[0]}", json={"rules": [RULE], "by": "ana"}, headers={"If-Match": tag}
    )
    assert made.status_code == 200
    (rule,) = made.json()["rules"]
    assert (rule["line"], rule["decided_by"], rule["by"]) == (3, "correction", "ana")
    assert "Is it a bill?" in rule["says"]
    assert [each["message"] for each in rule["lacks"]] == ["No connection can see mail."]
    assert made.headers["etag"] not in {"", tag}
    # What is read changes the plan and not its tag.
    assert own.client.get(PLAN, headers={"If-None-Match": made.headers["etag"]}).status_code == 200
    back = own.client.delete(f"{PLAN}/{lines[0]}", headers={"If-Match": made.headers["etag"]})
    assert [each["line_id"] for each in back.json()["unread"]] == lines


def test_of_two_that_correct_at_once_one_is_refused(own: Site, lines: list[str]) -> None:
    tag = own.client.get(PLAN).headers["etag"]
    first, second = (
        own.client.put(f"{PLAN}/{line}", json={"rules": [RULE], "by": who}, headers={"If-Match": tag})
        for line, who in zip(lines, ("ana", "bo"), strict=True)
    )
    assert (first.status_code, second.status_code) == (200, 412)
    assert "changed since it was read" in second.json()["detail"]
    assert [each["by"] for each in own.get(PLAN)["rules"]] == ["ana"]


def test_a_line_that_asks_for_nothing_has_its_role(own: Site, lines: list[str]) -> None:
    own.client.put(f"{PLAN}/{lines[1]}", json={"rules": [], "role": "style"})
    assert [(each["line"], each["role"]) for each in own.get(PLAN)["quiet"]] == [(4, "style")]


def test_a_correction_of_a_thread_wins_there_alone(own: Site, lines: list[str]) -> None:
    thread = own.thread()
    own.client.put(f"{PLAN}/{lines[0]}", json={"rules": [], "role": "look"})
    kept = own.client.put(f"{PLAN}/{lines[0]}?thread={thread}", json={"rules": [RULE]})
    assert kept.status_code == 200, kept.text
    assert [each["do"] for each in own.get(PLAN, thread=thread)["rules"]] == ["tell"]
    assert own.get(PLAN)["rules"] == []


def test_what_names_what_is_gone_lacks_it_and_is_kept(own: Site, lines: list[str]) -> None:
    kept = own.client.put(f"{PLAN}/{lines[1]}", json={"rules": [{**RULE, "do": "post", "where": "nowhere"}]})
    messages = [each["message"] for each in kept.json()["rules"][0]["lacks"]]
    assert "There is no board or connection nowhere." in messages


NO_TASK = "No tasks: block of the text has a task digest."
NO_KIND = "No target offers the kind sing."
LACKING: dict[str, Any] = {"do": "sing", "when": {"kind": "task", "task": "digest"}}


@pytest.mark.parametrize("by_file", [False, True])
def test_a_task_or_kind_that_is_not_there_is_named_and_the_rule_kept(
    own: Site, lines: list[str], *, by_file: bool
) -> None:
    if by_file:
        entry = {"line": "Post the menu.", "under": ["Duties"], "rules": [LACKING]}
        ships(own, entry)
    else:
        own.client.put(f"{PLAN}/{lines[1]}", json={"rules": [LACKING]})
    plan = own.get(PLAN)
    assert [each["message"] for each in plan["rules"][0]["lacks"]] == [NO_TASK, NO_KIND]
    shown = {each["message"]: (each["line"], each["remedy"]) for each in plan["problems"]}
    assert shown[NO_TASK] == (4, "Correct the rule, or add it to a tasks: block.")
    assert "allowed: post, comment" in shown[NO_KIND][1]
    own.client.put(
        FILE, json={"content": f"{TEXT}\ntasks:\n  - name: digest\n    interval: 1d\n    prompt: Sum.\n"}
    )
    assert [each["message"] for each in own.get(PLAN)["rules"][0]["lacks"]] == [NO_KIND]


@pytest.mark.parametrize(
    ("body", "field", "said"),
    [
        ({"rules": [{"do": "tell", "when": {"kind": "item"}}]}, "rules.0.when", "chosen by a question"),
        ({"rules": [{"do": "tell", "when": {"kind": "maybe"}}]}, "rules.0.when.kind", "allowed: new, item"),
        ({"rules": [], "role": "x"}, "role", "allowed: forbids, style, about, look"),
        ({"rules": []}, "role", "allowed: one of the two"),
        ({"rules": [RULE], "role": "look"}, "role", "allowed: one of the two"),
        ({"role": "look"}, "rules", "missing"),
        ({"rules": [{**RULE, "only": {"at": [1440]}}]}, "rules.0.only.at.0", "minutes of the day"),
        ({"rules": [RULE], "by": ""}, "by", "by: ''"),
        ({"rules": [{**RULE, "until": {"next_message": True}}]}, "until", "allowed: for a message"),
    ],
)
def test_what_no_plan_can_hold_is_refused(
    own: Site, lines: list[str], body: dict[str, Any], field: str, said: str
) -> None:
    answer = own.client.put(f"{PLAN}/{lines[0]}", json=body)
    assert (answer.status_code, answer.json()["field"]) == (422, field)
    assert said in answer.json()["detail"]


def test_only_what_a_person_said_in_the_same_place_can_be_taken_back(own: Site, lines: list[str]) -> None:
    thread = own.thread()
    ships(own, {"line": "Post the menu.", "under": ["Duties"], "role": "style"})
    own.client.put(f"{PLAN}/{lines[0]}", json={"rules": [RULE], "by": "ana"})

    def can(**query: str) -> dict[int, bool]:
        plan = own.get(PLAN, **query)
        return {each["line"]: each["can_take_back"] for each in [*plan["rules"], *plan["quiet"]]}

    assert can() == {3: True, 4: False}
    assert can(thread=thread) == {3: False, 4: False}
    by_file = own.client.delete(f"{PLAN}/{lines[1]}")
    assert by_file.status_code == 404
    assert "HEARTBEAT.plan.json says what the line asks for" in by_file.json()["detail"]
    shared = own.client.delete(f"{PLAN}/{lines[0]}?thread={thread}")
    assert shared.status_code == 404
    assert "ana corrected it for the whole workspace: take it back there" in shared.json()["detail"]
    own.client.put(f"{PLAN}/{lines[0]}?thread={thread}", json={"rules": [RULE], "by": "bo"})
    assert can(thread=thread) == {3: True, 4: False}
    assert own.client.delete(f"{PLAN}/{lines[0]}?thread={thread}").status_code == 200
    assert can(thread=thread) == {3: False, 4: False}
    assert own.client.delete(f"{PLAN}/{lines[0]}").status_code == 200


def test_a_dropped_correction_can_be_dismissed(own: Site, lines: list[str]) -> None:
    own.client.put(f"{PLAN}/{lines[0]}", json={"rules": [RULE], "by": "ana"})
    own.client.put(FILE, json={"content": TEXT.replace("bills", "invoices")})
    (dropped,) = own.get(PLAN)["dropped"]
    assert (dropped["line_id"], dropped["can_take_back"]) == (lines[0], True)
    left = own.client.delete(f"{PLAN}/{dropped['line_id']}")
    assert (left.status_code, left.json()["dropped"]) == (200, [])
    assert own.get(PLAN)["dropped"] == []


def test_a_line_or_thread_that_is_not_there_is_404(own: Site, lines: list[str]) -> None:
    assert own.client.put(f"{PLAN}/0123", json={"rules": [RULE]}).status_code == 404
    assert own.client.delete(f"{PLAN}/{lines[0]}").status_code == 404
    assert own.client.get(f"{PLAN}?thread=nobody").status_code == 404


def test_a_correction_outlives_edits_of_other_lines_and_drops_with_its_own(
    own: Site, lines: list[str]
) -> None:
    own.client.put(f"{PLAN}/{lines[0]}", json={"rules": [RULE], "by": "ana"})
    own.client.put(FILE, json={"content": TEXT.replace("Post the menu", "Post the news") + "- One more.\n"})
    assert [each["by"] for each in own.get(PLAN)["rules"]] == ["ana"]
    own.client.put(FILE, json={"content": TEXT.replace("bills", "invoices")})
    plan = own.get(PLAN)
    assert plan["rules"] == []
    assert [each["line_text"] for each in plan["dropped"]] == ["Tell me about bills."]
    assert "no longer holds" in plan["dropped"][0]["message"]


def test_a_check_of_a_text_asks_no_model(own: Site, lines: list[str]) -> None:
    own.client.put(f"{PLAN}/{lines[0]}", json={"rules": [RULE]})
    asked = len(own.world.ollama.calls) + len(own.world.ollama.readings)
    found = own.post(f"{FILE}/check", {"content": TEXT.replace("Post", "Write")})
    assert [each["line"] for each in found["plan"]["rules"]] == [3]
    assert [each["text"] for each in found["plan"]["unread"]] == ["Write the menu."]
    assert len(own.world.ollama.calls) + len(own.world.ollama.readings) == asked
    assert own.get(FILE)["content"] == TEXT
