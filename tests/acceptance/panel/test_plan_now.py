"""What would happen now, and what was said in the conversation, beside the editor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from heartbeat_service.plan import read_now
from tests.acceptance.panel.browsing import Panel, RealClock, visiting
from tests.acceptance.panel.test_plan import form, reach
from tests.integration.http.site import Site, serving
from tests.support.line_reading import Reads
from tests.support.ollama import FakeOllama
from tests.support.world import World

TEXT = "# Duties\n\n- If 3+ new posts, sum them up.\n- Vote on what asks for agreement.\n"
READS = Reads(
    {
        "sum them up": ("post", "number", "forum", {"number": "at least 3", "how": "a summary"}),
        "agreement": ("upvote", "if", "forum", {"question": "Does it ask for agreement?"}),
        "quiet": ("silent", "always", "any", {}),
    },
    until={"quiet": {"until": "next"}},
)
PLAN = "/api/heartbeat/plan"


@pytest.fixture
def site(tmp_path: Path, ollama: FakeOllama) -> Iterator[Site]:
    world = World(tmp_path, ollama, clock=RealClock(), decision="plan")
    world.write(TEXT)
    ollama.reads = READS
    try:
        with serving(world) as served:
            served.run(read_now(world.services))
            yield served
    finally:
        world.close()


@pytest.fixture
def panel(browser: Browser, site: Site) -> Iterator[Panel]:
    with visiting(browser, site) as opened:
        yield opened


def section(page: Page, name: str) -> Locator:
    return page.get_by_role("region", name=name, exact=True)


def now(page: Page) -> Locator:
    return section(page, "What would happen now")


def message(page: Page, text: str) -> Locator:
    said = section(page, "Said in the conversation")
    return said.get_by_role("listitem").filter(has_text=text)


def say(site: Site, thread: str, content: str) -> int:
    made = site.post(f"/api/threads/{thread}/messages", {"author": "owner", "content": content}, 201)
    return int(made["id"])


def said(site: Site, thread: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = site.get(PLAN, thread=thread)["said"]
    return found


class TestNow:
    def test_it_says_what_would_be_followed_as_the_page_of_the_beat_does(self, panel: Panel) -> None:
        thread = panel.site.thread(every="1d")
        for title in ("Tea", "Cups", "Pots"):
            panel.site.world.post(title)
        page = panel.go(f"/instructions?thread={thread}")
        now(page).get_by_role("button", name="Look").press("Enter")
        expect(now(page).get_by_role("status")).to_contain_text("line 3 would be followed, about 3 posts")
        expect(now(page)).to_contain_text("No timer runs on this database")
        shown = now(page).get_by_role("listitem")
        expect(shown.filter(has_text="sum them up")).to_contain_text("Line 3 is due and waits for its turn.")
        expect(shown.filter(has_text="agreement")).to_contain_text(
            "Line 4 waits for the model to judge items"
        )
        panel.check_access()
        assert panel.site.world.ollama.calls == []

    def test_a_correction_made_beside_it_decides_it_at_once(self, panel: Panel) -> None:
        thread = panel.site.thread(every="1d")
        for title in ("Tea", "Cups", "Pots"):
            panel.site.world.post(title)
        page = panel.go(f"/instructions?thread={thread}")
        now(page).get_by_role("button", name="Look").click()
        expect(now(page)).to_contain_text("Line 3 is due and waits for its turn.")
        page.get_by_role("button", name="Correct line 3").click()
        form(page).get_by_label("How many, at least").fill("5")
        form(page).get_by_role("button", name="Save").click()
        expect(form(page)).to_be_hidden()
        expect(now(page)).to_contain_text("Line 3 needs more that is new (3 of 5).")
        expect(now(page)).to_contain_text("3 posts would be judged first.")

    def test_beside_the_workspace_text_a_thread_is_chosen(self, panel: Panel) -> None:
        for name in ("ana", "bo"):
            panel.site.post("/api/threads", {"id": name, "config": {"enabled": name == "ana"}}, 201)
        page = panel.go("/instructions")
        now(page).get_by_label("For the thread").select_option("bo")
        now(page).get_by_role("button", name="Look").click()
        expect(now(page)).to_contain_text("heartbeat threads set bo enabled=true")


class TestSaid:
    def test_an_order_is_lifted_and_holds_again_by_keyboard_alone(self, panel: Panel) -> None:
        thread = panel.site.thread(every="1d")
        number = say(panel.site, thread, "Please be quiet till I write.")
        panel.site.run(read_now(panel.site.world.services, thread))
        page = panel.go(f"/instructions?thread={thread}")
        order = message(page, "be quiet")
        expect(order).to_contain_text("Stay silent, until you write again.")
        now(page).get_by_role("button", name="Look").click()
        expect(now(page)).to_contain_text("An order of the owner asks for silence.")
        button = order.get_by_role("button", name=f"Lift message {number}")
        button.focus()
        page.keyboard.press("Enter")
        expect(order).to_contain_text("Lifted by panel")
        again = order.get_by_role("button", name="Let hold again")
        expect(again).to_be_focused()
        expect(now(page)).to_contain_text("An order of the owner is over.")
        assert [rule["over"] for rule in said(panel.site, thread)[0]["rules"]] == [True]
        page.keyboard.press("Enter")
        expect(order).not_to_contain_text("Lifted")
        assert [rule["over"] for rule in said(panel.site, thread)[0]["rules"]] == [False]

    def test_it_is_corrected_with_an_end_and_what_is_typed_is_kept(self, panel: Panel) -> None:
        thread = panel.site.thread(every="1d", timezone="Europe/Berlin")
        say(panel.site, thread, "Please be quiet till I write.")
        panel.site.run(read_now(panel.site.world.services, thread))
        page = panel.go(f"/instructions?thread={thread}")
        message(page, "be quiet").get_by_role("button", name="Correct message").press("Enter")
        until = form(page).get_by_label("Until when")
        expect(until).to_have_value("next")
        until.select_option("span")
        form(page).get_by_label("How long, from the message on").fill("soon")
        form(page).get_by_role("button", name="Save").click()
        wrong = form(page).get_by_label("How long, from the message on")
        expect(wrong).to_be_focused()
        expect(form(page)).to_contain_text("A whole number from 1 to 1000.")
        wrong.fill("3")
        # Another message comes meanwhile, and the page is brought up to date.
        say(panel.site, thread, "Thanks.")
        panel.site.run(read_now(panel.site.world.services, thread))
        expect(
            message(page, "Thanks.").or_(page.get_by_text("1 message that asks for nothing")).first
        ).to_be_attached()
        expect(wrong).to_have_value("3")
        expect(form(page)).to_contain_text("(Europe/Berlin)")
        reach(page, form(page).get_by_role("button", name="Save"))
        page.keyboard.press("Enter")
        expect(form(page)).to_be_hidden()
        expect(message(page, "be quiet")).to_contain_text("(Europe/Berlin)")
        expect(message(page, "be quiet")).to_contain_text("Corrected by panel")
        [rule] = next(each["rules"] for each in said(panel.site, thread) if "quiet" in each["text"])
        assert rule["until"]["instant"] is not None

    def test_what_could_not_be_read_is_given_its_meaning(self, panel: Panel) -> None:
        thread = panel.site.thread(every="1d")
        panel.site.world.ollama.reads = Reads({"hush": "what?"})
        say(panel.site, thread, "hush hush")
        panel.site.run(read_now(panel.site.world.services, thread))
        page = panel.go(f"/instructions?thread={thread}")
        hush = message(page, "hush")
        expect(hush).to_contain_text("Could not be read.")
        hush.get_by_role("button", name="Say what it means").press("Enter")
        form(page).get_by_label("Until when").select_option("next")
        form(page).get_by_role("button", name="Save").click()
        expect(form(page)).to_be_hidden()
        expect(hush).to_contain_text("Stay silent, until you write again.")
        expect(hush.get_by_role("button", name="Correct message")).to_be_focused()

    def test_it_fits_and_is_accessible_narrow_and_wide(self, panel: Panel) -> None:
        thread = panel.site.thread(every="1d")
        for content in ("Please be quiet till I write.", "Thanks.", "An-unbroken-word-" * 12 + " quiet"):
            say(panel.site, thread, content)
        panel.site.run(read_now(panel.site.world.services, thread))
        page = panel.go(f"/instructions?thread={thread}")
        page.get_by_role("button", name="1 message that asks for nothing").click()
        now(page).get_by_role("button", name="Look").click()
        expect(now(page).get_by_role("listitem").first).to_be_visible()
        panel.check_access()
        message(page, "An-unbroken-word").get_by_role("button", name="Correct message").click()
        form(page).get_by_label("Until when").select_option("date")
        expect(form(page).get_by_label("Date and time")).to_be_visible()
        panel.check_access()
