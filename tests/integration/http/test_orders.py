"""What the owner says in a conversation, in the plan of its thread: shown, corrected, lifted."""

from __future__ import annotations

from typing import Any

from tests.integration.http.site import Site

PLAN = "/api/heartbeat/plan"
SILENT: dict[str, Any] = {"do": "silent", "when": {"kind": "always"}, "until": {"next_message": True}}


def say(own: Site, thread: str, content: str = "Be silent. password=hunter2hunter2") -> int:
    made = own.client.post(f"/api/threads/{thread}/messages", json={"author": "owner", "content": content})
    return int(made.json()["id"])


def test_a_message_is_shown_corrected_and_lifted(own: Site) -> None:
    thread = own.thread()
    number = say(own, thread)
    [unread] = own.get(PLAN, thread=thread)["said"]
    assert (unread["message"], unread["unread"], unread["rules"]) == (number, True, [])
    assert "hunter2" not in unread["text"]
    tag = own.client.get(PLAN, params={"thread": thread}).headers["etag"]
    made = own.client.put(
        f"{PLAN}/message-{number}?thread={thread}",
        json={"rules": [SILENT], "by": "ana"},
        headers={"If-Match": tag},
    )
    assert made.status_code == 200, made.text
    [said] = made.json()["said"]
    [rule] = said["rules"]
    assert (rule["says"], rule["over"], said["by"]) == ("Stay silent, until you write again.", False, "ana")
    lifted = own.client.post(f"/api/threads/{thread}/messages/{number}/lift", json={"by": "bo"})
    assert lifted.status_code == 200, lifted.text
    [said] = lifted.json()["said"]
    assert (said["rules"][0]["over"], said["lifted_by"]) == (True, "bo")
    back = own.client.delete(f"/api/threads/{thread}/messages/{number}/lift")
    assert [each["over"] for each in back.json()["said"][0]["rules"]] == [False]
    assert back.headers["etag"] == made.headers["etag"]


def test_it_ends_with_the_next_message(own: Site) -> None:
    thread = own.thread()
    number = say(own, thread)
    own.client.put(f"{PLAN}/message-{number}?thread={thread}", json={"rules": [SILENT]})
    own.world.clock.move(seconds=1)
    say(own, thread, "Hello")
    assert [each["over"] for each in own.get(PLAN, thread=thread)["said"][1]["rules"]] == [True]


def test_what_is_no_message_of_the_owner_is_not_lifted(own: Site) -> None:
    thread = own.thread()
    other = own.client.post(f"/api/threads/{thread}/messages", json={"author": "ana", "content": "Hi"}).json()
    for number in (other["id"], 99_999):
        refused = own.client.post(f"/api/threads/{thread}/messages/{number}/lift", json={})
        assert refused.status_code == 404
        assert f"has no message {number} of its owner" in refused.json()["detail"]
    assert own.get(PLAN, thread=thread)["said"] == []
