"""Approvals: a person's yes, yes but, and no; and what others have answered meanwhile."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.acceptance.panel.browsing import Panel, visiting
from tests.integration.http.site import Site, serving
from tests.support.ollama import decision
from tests.support.world import Clock, World


def wait_for(site: Site, **said: str) -> tuple[int, str]:
    """Let a beat of a new thread wait; return its number and its thread."""
    thread = site.thread(approval="always", every="1d")
    fields = {"action": "post", "board": "general", "title": "Figs", "content": "Ripe.", "reasoning": "News."}
    site.world.ollama.says(decision(**{**fields, **said}))
    beat = site.post(f"/api/threads/{thread}/heartbeat/run-now")
    assert beat["status"] == "awaiting_approval", beat
    return beat["id"], thread


def card(page: Page, number: int) -> Locator:
    return page.get_by_role("region", name=f"Beat {number} of ")


@pytest.fixture(autouse=True)
def nothing_waits(site: Site) -> None:
    for beat in site.get("/api/heartbeat/history", status="awaiting_approval")["activities"]:
        site.post(f"/api/beats/{beat['id']}/reject")


def test_a_beat_is_approved_as_it_is(panel: Panel, site: Site) -> None:
    post = site.post(
        "/api/forum/posts", {"board": "general", "title": "Tea", "content": "Which?", "author": "ana"}, 201
    )
    page = panel.go("/approvals")
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()
    panel.check_access()

    number, thread = wait_for(
        site, action="comment", post_id=str(post["id"]), content="Try <b>green</b>.", reasoning="She asks."
    )
    # It comes by itself, with all that one needs to answer.
    mine = card(page, number)
    expect(mine).to_contain_text("Try <b>green</b>.")
    expect(mine).to_contain_text("She asks.")
    expect(mine).to_contain_text("Which?")
    expect(mine).to_contain_text(f"post {post['id']} by ana")
    expect(mine).to_contain_text("Expires in 23 h 59 min")
    expect(mine.get_by_role("link", name=f"Thread {thread}")).to_be_visible()
    expect(page.get_by_role("navigation").get_by_text("1 waiting")).to_be_visible()
    panel.check_access()

    mine.get_by_role("button", name="Approve").click()
    expect(mine).to_contain_text("You approved it.")
    mine.get_by_role("link", name="See the comment").click()
    expect(page.get_by_role("heading", name="Tea", level=1)).to_be_visible()
    expect(page.get_by_role("article").filter(has_text="Try <b>green</b>.")).to_contain_text("agent")


def test_a_beat_is_approved_with_an_edit(panel: Panel, site: Site) -> None:
    number, _ = wait_for(site, title="Figs & <nuts>")
    page = panel.go("/approvals")
    mine = card(page, number)
    mine.get_by_role("button", name="Edit…").click()
    title = mine.get_by_label("Title")
    expect(title).to_have_value("Figs & <nuts>")
    title.fill("x" * 201)
    mine.get_by_role("button", name="Approve with these changes").click()
    # The service's own sentence, at the field; the beat still waits.
    expect(title).to_have_attribute("aria-invalid", "true")
    refused = {"edit": {"title": "x" * 201}}
    said = site.refused(422, "POST", f"/api/beats/{number}/approve", json=refused)["detail"]
    expect(mine.get_by_text(said)).to_be_visible()
    panel.check_access()

    title.fill("Two <figs>")
    mine.get_by_label("Text").fill("Ripe,\nand sweet.")
    mine.get_by_role("button", name="Approve with these changes").click()
    expect(mine).to_contain_text("You approved it, with an edit.")
    (action,) = site.get(f"/api/beats/{number}")["actions"]
    assert (action["title"], action["content"]) == ("Two &lt;figs&gt;", "Ripe,\nand sweet.")
    assert site.get(f"/api/forum/posts/{action['receipt']['post_id']}")["content"] == "Ripe,\nand sweet."
    mine.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()


def test_the_direction_of_a_vote_is_edited(panel: Panel, site: Site) -> None:
    body = {"board": "general", "title": "Nuts", "content": "Hm.", "author": "bo"}
    post = site.post("/api/forum/posts", body, 201)["id"]
    number, _ = wait_for(site, action="vote", post_id=str(post), vote_direction="up")
    page = panel.go("/approvals")
    mine = card(page, number)
    mine.get_by_role("button", name="Edit…").click()
    mine.get_by_text("down", exact=True).click()
    mine.get_by_role("button", name="Approve with these changes").click()
    expect(mine).to_contain_text("You approved it, with an edit.")
    assert site.get(f"/api/forum/posts/{post}")["score"] == -1


def test_a_beat_is_rejected_with_a_reason(panel: Panel, site: Site) -> None:
    number, _ = wait_for(site)
    page = panel.go("/approvals")
    mine = card(page, number)
    mine.get_by_role("button", name="Reject…").click()
    reason = mine.get_by_label("Why not")
    reason.fill("n" * 501)
    mine.get_by_role("button", name="Reject", exact=True).click()
    expect(reason).to_have_attribute("aria-invalid", "true")
    reason.fill("Nobody asked.")
    mine.get_by_role("button", name="Reject", exact=True).click()
    expect(mine).to_contain_text("You rejected it; nothing was done.")
    expect(mine).to_contain_text("Nobody asked.")
    beat = site.get(f"/api/beats/{number}")
    assert (beat["status"], beat["approval"]["reason"], beat["actions"]) == ("rejected", "Nobody asked.", [])


def test_what_somebody_else_answered_is_said(panel: Panel, site: Site) -> None:
    number, _ = wait_for(site)
    page = panel.go("/approvals")
    mine = card(page, number)
    mine.get_by_role("button", name="Edit…").click()
    mine.get_by_label("Title").fill("Mine")
    site.post(f"/api/beats/{number}/reject", {"reason": "Too late."})
    expect(mine).to_contain_text("Somebody else has rejected it over the API; nothing was done.")
    expect(mine).to_contain_text("Too late.")
    expect(mine.get_by_role("button", name="Approve with these changes")).to_be_disabled()


def test_an_answer_that_comes_too_late_is_not_used(panel: Panel, site: Site) -> None:
    number, _ = wait_for(site)
    # Without live events the page does not know that somebody else was faster.
    panel.page.route("**/api/heartbeat/events*", lambda route: route.abort())
    page = panel.go("/approvals")
    mine = card(page, number)
    expect(mine.get_by_role("button", name="Approve")).to_be_visible()
    site.post(f"/api/beats/{number}/reject")
    mine.get_by_role("button", name="Approve").click()
    expect(mine).to_contain_text("Your answer was not used: beat")
    expect(mine).to_contain_text("Somebody else has rejected it over the API; nothing was done.")


@pytest.mark.one_question  # waits with a whole decision
def test_an_expired_one_is_said(browser: Browser, own_world: World) -> None:
    own_world.clock = Clock(own_world.clock())
    own_world.services = own_world.elsewhere("site").services
    with serving(own_world) as site, visiting(browser, site) as panel:
        number, _ = wait_for(site)
        page = panel.go("/approvals")
        mine = card(page, number)

        def come_late(route: Route) -> None:
            own_world.clock.move(
                days=2
            )  # not before the click: what has expired is taken away within seconds
            route.continue_()

        page.route("**/approve", come_late)
        mine.get_by_role("button", name="Approve").click()
        expect(mine).to_contain_text("Nobody answered in time, so it expired; nothing was done.")
        assert site.get("/api/forum/posts")["items"] == []
