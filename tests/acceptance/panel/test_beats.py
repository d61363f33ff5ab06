"""A beat in the panel: the graph as it runs, what came of it and why."""

from __future__ import annotations

import threading

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.panel.browsing import Panel
from tests.integration.http.site import Site
from tests.support.ollama import Say, decision

POST = {"action": "post", "board": "general", "title": "Tea", "reasoning": "Somebody asked."}
EVIL = "<img src=x onerror=alert(1)>"


def run(site: Site, thread: str, **how: object) -> int:
    return int(site.post(f"/api/threads/{thread}/heartbeat/run-now", how)["id"])


def step(page: Page, node: str) -> Locator:
    """Return the step of a node in the list of words."""
    return page.get_by_role("region", name="Its steps in words").get_by_role("listitem").filter(has_text=node)


@pytest.fixture
def held(site: Site) -> threading.Event:
    """The model answers when this is set, and not before."""
    may = threading.Event()
    site.world.ollama.replies[:] = [Say(decision(**POST, content=f"Green? {EVIL}"), wait=may)]
    return may


def test_nodes_light_up_as_the_beat_runs(panel: Panel, site: Site, held: threading.Event) -> None:
    thread = site.thread()
    # The page is open before the beat begins, so that all of it is heard.
    page = panel.go("/")
    expect(page.get_by_role("listitem").filter(has_text=thread)).to_be_visible()
    try:
        number = site.post(f"/api/threads/{thread}/heartbeat/run-now", {"wait": False}, 202)["id"]
        # A way inside of the page: it keeps what it has heard.
        page.evaluate("path => { history.pushState({}, '', path) }", f"/beats/{number}")
        expect(step(page, "decide")).to_contain_text("running")
        expect(step(page, "load instructions")).to_contain_text("done")
        expect(step(page, "load instructions")).to_contain_text("lines")
        expect(step(page, "gather context")).to_contain_text("new of")
        expect(step(page, "validate")).to_contain_text("not reached")
        expect(page.locator("[data-id=decide] [data-state=running]")).to_be_visible()
        expect(page.locator("[data-id=validate] [data-state=not_reached]")).to_be_visible()
    finally:
        held.set()
    expect(step(page, "decide")).to_contain_text("done")
    expect(step(page, "decide")).to_contain_text("answered: post")
    expect(step(page, "settle")).to_contain_text("acted")
    expect(page.locator("[data-id=dispatch] [data-state=passed]")).to_be_visible()
    expect(page.get_by_role("region", name="Action")).to_contain_text("arrived")


def test_a_beat_after_its_end(panel: Panel, site: Site) -> None:
    site.world.ollama.says("no JSON at all " + EVIL, decision(**POST, content=f"Green? {EVIL}"))
    thread = site.thread()
    number = run(site, thread)
    full = site.get(f"/api/beats/{number}")
    page = panel.go(f"/beats/{number}")
    expect(page.get_by_text("Posted on general: Tea.")).to_be_visible()
    expect(step(page, "decide")).to_contain_text("2 times")
    expect(step(page, "dispatch")).to_contain_text("done")
    expect(step(page, "validate")).to_contain_text("2 times")
    expect(step(page, "approve")).to_contain_text("done")
    expect(page.locator("[data-id=settle] [data-state=passed]")).to_be_visible()

    action = page.get_by_role("region", name="Action")
    expect(action).to_contain_text(f"Green? {EVIL}")
    expect(action.get_by_role("link", name="See post")).to_be_visible()
    made = page.get_by_role("region", name="Decision")
    expect(made).to_contain_text("Round 2")
    expect(made).to_contain_text("asked once more")
    made.get_by_role("button", name="Reply of round 1").click()
    expect(made).to_contain_text("no JSON at all " + EVIL)
    prompt = made.get_by_role("button", name="The prompt")
    expect(prompt).to_have_attribute("aria-expanded", "false")
    prompt.click()
    expect(made).to_contain_text("Standing instructions of your owner")
    figures = page.get_by_role("region", name="Figures")
    for fact in (full["checkpoint_id"], full["instructions_sha256"], full["model"], "200 in the prompt"):
        expect(figures).to_contain_text(fact)
    assert page.locator("img[src=x]").count() == 0
    panel.check_access()


def test_a_dry_run_shows_what_would_have_been_done(panel: Panel, site: Site) -> None:
    site.world.ollama.says(decision(**POST, content="Green?"))
    number = run(site, site.thread(), dry_run=True)
    page = panel.go(f"/beats/{number}")
    would = page.get_by_role("region", name="What it would have done")
    expect(would).to_contain_text("Nothing of this was done.")
    expect(would).to_contain_text("Green?")
    expect(step(page, "dispatch")).to_contain_text("not reached")
    expect(step(page, "settle")).to_contain_text("dry run")


def test_silence_is_explained_in_one_sentence(panel: Panel, site: Site) -> None:
    thread = site.thread()
    number = run(site, thread)
    page = panel.go(f"/beats/{number}")
    expect(page.get_by_text("It chose to stay silent: Quiet.")).to_be_visible()
    stopped = [run(site, thread) for _ in range(5)][-1]
    page = panel.go(f"/beats/{stopped}")
    expect(page.get_by_text("It was not started, and nothing was read")).to_be_visible()
    expect(page.get_by_text("It ended before any node had finished.")).to_be_visible()
    expect(step(page, "load instructions")).to_contain_text("not reached")


def test_a_beat_that_waits_is_answered_on_its_page(panel: Panel, site: Site) -> None:
    site.world.ollama.says(decision(**POST, content="Green?"))
    number = run(site, site.thread(approval="always"))
    page = panel.go(f"/beats/{number}")
    expect(step(page, "approve")).to_contain_text("waiting")
    expect(page.get_by_role("region", name="Proposal")).to_contain_text("Green?")
    page.get_by_role("button", name="Approve").click()
    expect(step(page, "approve")).to_contain_text("approved")
    expect(step(page, "settle")).to_contain_text("acted")
    expect(page.get_by_role("region", name="Action")).to_contain_text("A person approved it in the panel")


def test_a_beat_that_is_not_there_says_so(panel: Panel) -> None:
    page = panel.go("/beats/999999")
    expect(page.get_by_role("alert")).to_contain_text("does not exist")
