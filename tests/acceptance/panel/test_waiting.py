"""Actions that wait in a thread that goes on, on the thread's page, and the standing approvals."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from checkpoints import open_saver
from graph.heartbeat import compile_graph, run_config
from heartbeat.capabilities import Capabilities
from heartbeat.outgoing import Outgoing
from tests.acceptance.panel.browsing import Panel, RealClock, visiting
from tests.integration.http.site import Site, serving
from tests.support.ollama import FakeOllama, Say, decision, fake_ollama
from tests.support.world import Clock, World

POST = decision(action="post", board="general", title="Figs", content="Ripe.", reasoning="News.")
NUTS = decision(action="post", title="Nuts", content="Dry.", reasoning="News.")
QUIET = decision(action="none", reasoning="Quiet.")
OUTSIDE = ("journal", "letters")


@dataclass
class Outside:
    """A target outside that takes all posts."""

    name: str

    def capabilities(self) -> Capabilities:
        return Capabilities(kinds=("post",))

    def deliver(self, action: Outgoing, key: str, deadline: float) -> Mapping[str, Any]:
        return {"id": key}


def with_targets(world: World) -> World:
    outside = {name: Outside(name) for name in OUTSIDE}
    world.services = replace(world.services, targets={**world.services.targets, **outside})
    return world


@pytest.fixture(scope="module")
def garden(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, FakeOllama]]:
    with fake_ollama() as ollama, pytest.MonkeyPatch.context() as environment:
        environment.setenv("HEARTBEAT_DECISION", "whole")
        world = with_targets(World(tmp_path_factory.mktemp("garden"), ollama, clock=RealClock()))
        try:
            with serving(world, enabled=True) as site:
                yield site, ollama
        finally:
            world.close()


@pytest.fixture
def site(garden: tuple[Site, FakeOllama]) -> Site:
    """A site with the forum and two targets outside."""
    site, ollama = garden
    ollama.replies.clear()
    ollama.default = Say(QUIET)
    return site


def new_thread(site: Site) -> str:
    return site.first_thread(approval="always", every="1d", recheck_after=0, target=["forum", *OUTSIDE])


def beat(site: Site, thread: str, reply: str | None = None, status: str = "awaiting_approval") -> int:
    """Let a thread beat with a reply; return the number of the beat."""
    if reply is not None:
        site.world.ollama.says(reply)
    done = site.post(f"/api/threads/{thread}/heartbeat/run-now")
    assert done["status"] == status, done
    return int(done["id"])


def two(site: Site) -> tuple[str, int, int]:
    """Let two posts of one thread wait: one for the forum, one for the journal."""
    thread = new_thread(site)
    return thread, beat(site, thread, POST), beat(site, thread, NUTS)


def box(page: Page, number: int) -> Locator:
    return page.get_by_role("region", name=f"Beat {number} waits for your answer")


def state(page: Page) -> Locator:
    return page.get_by_role("region", name="How it does")


def standing(page: Page) -> Locator:
    return page.get_by_role("region", name="Standing approvals")


def test_two_wait_in_a_thread_that_beats_on(panel: Panel, site: Site) -> None:
    thread, posted, noted = two(site)
    page = panel.go(f"/threads/{thread}")
    for number, words, place in ((posted, "Figs", "forum"), (noted, "Nuts", "journal")):
        expect(box(page, number)).to_contain_text(words)
        said = f"Expires in 23 h 59 min. Until then the thread goes on, but does nothing else on {place}."
        expect(box(page, number)).to_contain_text(said)
        expect(box(page, number).get_by_role("checkbox")).to_have_accessible_name(
            f"Always allow post to {place} from this thread"
        )
        expect(box(page, number).get_by_role("link", name="See the whole beat")).to_be_visible()
    expect(state(page)).to_contain_text("It beats on while 2 actions wait for your answer.")
    panel.check_access()

    panel.go("/")
    row = page.get_by_role("listitem").filter(has_text=thread)
    expect(row).to_contain_text("next in")
    expect(row).to_contain_text("2 wait for your approval")

    # It beats on, and both still wait.
    panel.go(f"/threads/{thread}")
    silent = beat(site, thread, status="none")
    expect(
        page.get_by_role("region", name="Last beats").get_by_role("link", name=str(silent))
    ).to_be_visible()
    expect(box(page, noted)).to_be_visible()
    # Answered elsewhere, and out of turn: that box goes by itself.
    site.post(f"/api/beats/{noted}/reject", {"reason": "Not now."})
    expect(box(page, noted)).to_be_hidden()
    expect(box(page, posted)).to_be_visible()
    expect(state(page)).to_contain_text("an action waits for your answer")

    box(page, posted).get_by_role("button", name="Approve").click()
    # What was answered here says what came of it, until it is dismissed.
    mine = page.get_by_role("region", name=f"Beat {posted}", exact=True)
    expect(mine).to_contain_text("You approved it.")
    expect(mine.get_by_role("link", name="See the post")).to_be_visible()
    expect(state(page)).not_to_contain_text("beats on")
    mine.get_by_role("button", name="Dismiss").click()
    expect(mine).to_be_hidden()


def test_an_answer_while_another_beat_runs_shows_both(panel: Panel, site: Site) -> None:
    thread = new_thread(site)
    posted = beat(site, thread, POST)
    may = threading.Event()
    site.world.ollama.replies[:] = [Say(QUIET, wait=may)]
    page = panel.go(f"/threads/{thread}")
    page.get_by_role("button", name="Run now").click()
    try:
        expect(page.get_by_role("status").filter(has_text="It beats")).to_be_visible()
        box(page, posted).get_by_role("button", name="Approve").click()
        mine = page.get_by_role("region", name=f"Beat {posted}", exact=True)
        expect(mine).to_contain_text("You approved it.")
        expect(page.get_by_role("status").filter(has_text="It beats")).to_be_visible()
    finally:
        may.set()
    expect(page.get_by_role("status").filter(has_text="See the whole beat")).to_contain_text("stayed silent")
    expect(mine).to_contain_text("acted")


@pytest.mark.one_question  # waits with a whole decision
def test_a_box_goes_when_its_time_is_over(browser: Browser, own_world: World) -> None:
    own_world.clock = Clock(own_world.clock())
    own_world.services = own_world.elsewhere("site").services
    with serving(own_world, enabled=True) as site, visiting(browser, site) as panel:
        thread = site.thread(approval="always", every="1d")
        number = beat(site, thread, POST)
        page = panel.go(f"/threads/{thread}")
        expect(box(page, number)).to_be_visible()
        own_world.clock.move(days=1, seconds=5)
        expect(box(page, number)).to_be_hidden()
        expect(page.get_by_role("region", name="Last beats")).to_contain_text("nobody answered in time")


def test_one_from_studio_holds_its_thread(panel: Panel, site: Site) -> None:
    thread, world = new_thread(site), site.world
    world.ollama.says(POST)
    with open_saver(world.settings.checkpoints_path) as saver:
        compile_graph(saver).invoke({"thread": thread}, run_config(thread), context=world.context())
    page = panel.go(f"/threads/{thread}")
    waits = page.get_by_role("region", name="waits for your answer")
    expect(waits).to_contain_text("Until then the thread does not beat.")
    expect(state(page)).to_contain_text("skipped, unless you have answered by then")
    expect(page.get_by_text("those that come before it are skipped")).to_be_visible()
    waits.get_by_role("button", name="Reject…").click()
    waits.get_by_role("button", name="Reject", exact=True).click()
    expect(page.get_by_text("You rejected it; nothing was done.")).to_be_visible()
    expect(state(page)).not_to_contain_text("skipped")


def test_a_standing_approval_is_given_used_and_revoked(panel: Panel, site: Site) -> None:
    thread = new_thread(site)
    number = beat(site, thread, POST)
    page = panel.go("/approvals")
    expect(standing(page)).to_contain_text("tick “Always allow …” when you approve")
    mine = page.get_by_role("region", name=f"Beat {number} of ")
    always = mine.get_by_role("checkbox", name="Always allow post to forum from this thread")
    always.check()
    expect(mine).to_contain_text("If you approve, such actions no longer wait for you")
    panel.check_access()
    mine.get_by_role("button", name="Approve").click()
    expect(mine).to_contain_text("You approved it.")
    listed = standing(page).get_by_role("listitem").filter(has_text=thread)
    expect(listed).to_contain_text("post to forum")
    expect(listed).to_contain_text(f"given by a person in the panel with beat {number}")
    panel.check_access()

    # The next one is done without asking, and says by what.
    done = beat(site, thread, decision(action="post", board="general", title="Nuts", content="Dry."), "acted")
    panel.go(f"/beats/{done}")
    action = page.get_by_role("region", name="Action")
    expect(action).to_contain_text("Nobody was asked: standing approval")
    panel.check_access()
    action.get_by_role("link", name="standing approval").click()
    expect(listed).to_be_in_viewport()

    panel.go("/approvals")
    listed.get_by_role("button", name=f"Revoke post to forum from {thread}").click()
    asked = page.get_by_role("dialog", name=f"Revoke post to forum from {thread}?")
    asked.get_by_role("button", name="Cancel").click()
    expect(listed).to_be_visible()
    listed.get_by_role("button", name="Revoke").click()
    asked.get_by_role("button", name="Revoke").click()
    expect(listed).to_be_hidden()
    standing(page).get_by_role("checkbox", name="Show revoked ones").check()
    expect(listed).to_contain_text("Revoked by a person in the panel")
    panel.check_access()
    assert beat(site, thread, decision(action="post", board="general", title="Pears", content="Soft."))


def test_an_edit_is_approved_for_good(panel: Panel, site: Site) -> None:
    thread = new_thread(site)
    number = beat(site, thread, POST)
    page = panel.go(f"/threads/{thread}")
    box(page, number).get_by_role("button", name="Edit…").click()
    form = box(page, number).get_by_role("form", name="Edit the action")
    form.get_by_label("Text").fill("Very ripe.")
    form.get_by_role("checkbox", name="Always allow post to forum from this thread").check()
    form.get_by_role("button", name="Approve with these changes").click()
    expect(page.get_by_text("You approved it, with an edit.")).to_be_visible()
    panel.go(f"/beats/{number}")
    action = page.get_by_role("region", name="Action")
    expect(action).to_contain_text("A person approved it in the panel, with an edit")
    expect(action.get_by_role("link", name="standing approval")).to_be_visible()


def test_what_was_revoked_elsewhere_goes(panel: Panel, site: Site) -> None:
    thread = new_thread(site)
    number = beat(site, thread, POST)
    page = panel.go("/approvals")
    mine = page.get_by_role("region", name=f"Beat {number} of ")
    expect(mine).to_be_visible()
    site.post(f"/api/beats/{number}/approve", {"always": True})
    expect(mine).to_contain_text("Somebody else has approved it over the API.")
    listed = standing(page).get_by_role("listitem").filter(has_text=thread)
    expect(listed).to_contain_text("over the API")
    (found,) = site.get("/api/standing-approvals", thread=thread)["items"]
    site.client.delete(f"/api/standing-approvals/{found['id']}")
    expect(listed).to_be_hidden()
