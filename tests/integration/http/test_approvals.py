"""Who answered an approval, and standing approvals: given, listed, revoked, and what ends them."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from sqlmodel import Session

from heartbeat.store import beats, events
from heartbeat.threads import approval_langgraph_id, langgraph_thread_id
from tests.integration.http.site import Site, serving
from tests.integration.http.test_beats import run_now, waiting
from tests.support.holds import PATIENCE
from tests.support.plan_beats import order_post
from tests.support.world import World

STANDING = "/api/standing-approvals"
TOKEN = "a token of 24 characters"
PANEL = {"Sec-Fetch-Site": "same-origin"}


def stands(site: Site, thread: str, **query: Any) -> list[Any]:
    items: list[Any] = site.get(STANDING, thread=thread, **query)["items"]
    return items


def given(site: Site, thread: str) -> tuple[int, dict[str, Any]]:
    """Approve a post of a thread from now on; return its beat and the standing approval."""
    number = waiting(site, thread)
    site.post(f"/api/beats/{number}/approve", {"always": True})
    (made,) = stands(site, thread)
    return number, made


def test_the_next_post_of_the_thread_does_not_wait(site: Site) -> None:
    thread = site.thread(approval="always")
    first, made = given(site, thread)
    assert (made["kind"], made["target"], made["beat_id"]) == ("post", "forum", first)
    assert (made["given_by"], made["revoked_at"], made["reason"]) == ("api", None, None)
    answer = site.get(f"/api/beats/{first}")["approval"]
    assert (answer["by"], answer["standing_id"]) == ("api", made["id"])
    assert answer["said"] == f"approved over HTTP, and from then on by standing approval {made['id']}"
    order_post(site.world, thread, title="More tea", content="Again")
    beat = site.post(run_now(thread))
    assert (beat["status"], beat["approval"]["by"]) == ("acted", "standing")
    assert beat["approval"]["said"] == f"approved by standing approval {made['id']}"
    assert beat["approval"]["standing_id"] == made["id"]


def test_of_another_thread_it_says_nothing(site: Site) -> None:
    given(site, site.thread(approval="always"))
    assert waiting(site, site.thread(approval="always"))


def test_a_revoked_one_asks_again_and_stays_in_the_list(site: Site) -> None:
    thread = site.thread(approval="always")
    _, made = given(site, thread)
    revoked = site.client.delete(f"{STANDING}/{made['id']}", headers=PANEL).json()
    assert (revoked["revoked_by"], revoked["reason"]) == ("panel", None)
    # Whoever revoked it first stays.
    assert site.client.delete(f"{STANDING}/{made['id']}").json() == revoked
    assert stands(site, thread) == []
    assert stands(site, thread, revoked=True) == [revoked]
    order_post(site.world, thread, title="More tea", content="Again")
    assert site.post(run_now(thread))["status"] == "awaiting_approval"


def test_pages_and_refusals(own: Site) -> None:
    thread = own.thread(approval="always")
    _, first = given(own, thread)
    own.client.delete(f"{STANDING}/{first['id']}")
    order_post(own.world, thread, title="More tea", content="Again")
    number = own.post(run_now(thread))["id"]
    own.post(f"/api/beats/{number}/approve", {"always": True})
    page = own.get(STANDING, revoked=True, limit=1)
    assert [each["id"] for each in page["items"]] == [first["id"] + 1]
    last = own.get(STANDING, revoked=True, limit=1, before=page["next"])
    assert ([each["id"] for each in last["items"]], last["next"]) == ([first["id"]], None)
    assert own.get(STANDING, thread="nobody")["items"] == []
    assert "heartbeat approvals" in own.refused(404, "DELETE", f"{STANDING}/999")["detail"]
    assert own.refused(422, "GET", f"{STANDING}?revoked=perhaps")["field"] == "revoked"
    assert own.refused(422, "GET", f"{STANDING}?thread_id=demo")["detail"] == "thread_id: unknown field"


def test_a_rejection_never_stands(site: Site) -> None:
    number = waiting(site)
    found = site.refused(422, "POST", f"/api/beats/{number}/reject", json={"always": True})
    assert found["field"] == "always"
    assert "leave it out" in found["detail"]
    assert site.get(f"/api/beats/{number}")["status"] == "awaiting_approval"


def test_an_edit_stands_for_kind_and_target_only(site: Site) -> None:
    thread = site.thread(approval="always")
    number = waiting(site, thread)
    site.post(f"/api/beats/{number}/approve", {"edit": {"title": "Coffee"}, "always": True})
    assert [each["kind"] for each in stands(site, thread)] == ["post"]
    assert site.get(f"/api/beats/{number}")["approval"]["edit"] == {"title": "Coffee"}
    order_post(site.world, thread, title="Milk", content="Again")
    assert site.post(run_now(thread))["actions"][0]["title"] == "Milk"


def test_of_two_answers_the_one_that_lost_gives_nothing(own: Site) -> None:
    thread = own.thread(approval="always")
    number = waiting(own, thread)
    codes: dict[str, int] = {}

    def answer(call: str, body: dict[str, Any]) -> None:
        with httpx.Client(base_url=own.url, timeout=PATIENCE, trust_env=False) as client:
            codes[call] = client.post(f"/api/beats/{number}/{call}", json=body).status_code

    callers = [
        threading.Thread(target=answer, args=("approve", {"always": True})),
        threading.Thread(target=answer, args=("reject", {})),
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert sorted(codes.values()) == [200, 409]
    assert len(stands(own, thread)) == (codes["approve"] == 200)


def test_the_loser_of_two_answers_gives_nothing(site: Site) -> None:
    thread = site.thread(approval="always")
    number = waiting(site, thread)
    site.post(f"/api/beats/{number}/reject")
    site.refused(409, "POST", f"/api/beats/{number}/approve", json={"always": True})
    assert stands(site, thread, revoked=True) == []


@pytest.mark.parametrize(
    ("headers", "by", "said"),
    [
        ({}, "api", "approved over HTTP"),
        (PANEL, "panel", "approved in the panel"),
        ({"Sec-Fetch-Site": "none"}, "api", "approved over HTTP"),
    ],
)
def test_who_answered(site: Site, headers: dict[str, str], by: str, said: str) -> None:
    number = waiting(site)
    assert site.client.post(f"/api/beats/{number}/approve", headers=headers).status_code == 200
    answer = site.get(f"/api/beats/{number}")["approval"]
    assert (answer["by"], answer["said"]) == (by, said)
    assert answer["at"] is not None


def test_the_panel_is_known_by_its_cookie_where_a_browser_tells_nothing(world: World) -> None:
    with serving(world, api_token=SecretStr(TOKEN)) as site:
        site.client.headers["Authorization"] = f"Bearer {TOKEN}"
        first, second = waiting(site), waiting(site)
        site.post("/api/session", {"token": TOKEN})
        site.post(f"/api/beats/{first}/reject")
        # A browser that does tell is believed: the address bar has the cookie too.
        origin = {"Sec-Fetch-Site": "none"}
        site.client.post(f"/api/beats/{second}/reject", headers=origin)
        assert site.get(f"/api/beats/{first}")["approval"]["by"] == "panel"
        assert site.get(f"/api/beats/{second}")["approval"]["by"] == "api"


def _as_an_older_version_wrote_it(session: Session, number: int) -> None:
    row = beats.get(session, number)
    row.approval = {"answer": "reject", "reason": "not today"}
    session.add(row)


def test_an_answer_of_an_older_version_is_shown(site: Site) -> None:
    number = waiting(site)
    site.post(f"/api/beats/{number}/reject", {"reason": "not today"})
    site.world.store.write(_as_an_older_version_wrote_it, number)
    answer = site.get(f"/api/beats/{number}")["approval"]
    assert (answer["by"], answer["at"], answer["said"]) == (None, None, "rejected")
    assert answer["reason"] == "not today"


def test_a_beat_that_waits_says_where_and_what_happens_meanwhile(site: Site) -> None:
    thread = site.thread(approval="always")
    number = waiting(site, thread)
    beat = site.get(f"/api/beats/{number}")
    said = "Until then the thread goes on, but does nothing else on forum."
    assert (beat["place"], beat["meanwhile"], beat["approval"]) == ("forum", said, None)
    (listed,) = site.get(f"/api/threads/{thread}/heartbeat/history")["activities"]
    assert (listed["place"], listed["meanwhile"]) == ("forum", said)
    # Its interrupt lies on a LangGraph thread of its own, until it is answered.
    assert beat["langgraph_thread_id"] == approval_langgraph_id(thread, number)
    assert beat["checkpoint_id"]
    done = site.post(f"/api/beats/{number}/approve")
    assert (done["place"], done["meanwhile"]) == (None, None)
    assert site.get(f"/api/beats/{number}")["langgraph_thread_id"] == langgraph_thread_id(thread)


def test_both_are_told_live(own: Site) -> None:
    thread = own.thread(approval="always")
    _, made = given(own, thread)
    own.client.delete(f"{STANDING}/{made['id']}")
    rows = own.world.store.read(events.since, 0)
    told = [(row.kind, row.data["by"], row.data["standing_id"]) for row in rows if "standing_id" in row.data]
    assert told == [("standing.given", "api", made["id"]), ("standing.revoked", "api", made["id"])]


def test_it_goes_with_its_thread(site: Site) -> None:
    thread = site.thread(approval="always")
    given(site, thread)
    assert site.client.delete(f"/api/threads/{thread}").status_code == 204
    site.post("/api/threads", {"id": thread, "config": {"approval": "always"}}, status=201)
    assert stands(site, thread, revoked=True) == []
    assert waiting(site, thread)
