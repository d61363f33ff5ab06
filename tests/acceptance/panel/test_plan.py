"""The plan beside the editor: each line as it is read, corrected in the browser, and what becomes of a correction."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from heartbeat_service.plan import read_now
from tests.acceptance.panel.browsing import NARROW, Panel, visiting
from tests.integration.http.site import Site, serving
from tests.support.line_reading import Reads
from tests.support.world import World

FILE = "/api/heartbeat/heartbeat.md"
PLAN = "/api/heartbeat/plan"
TEXT = "# Duties\n\n- Tell me about bills.\n- Post the menu.\n\n# Manners\n\n- Be kind.\n"
BILLS = "Is it a bill?"
WIDE = 1440


@pytest.fixture
def written(own_world: World) -> World:
    own_world.write(TEXT)
    own_world.ollama.reads = Reads(
        {
            "bills": ("tell", "if", "mail", {"question": BILLS}),
            "menu": "post",
            "kind": "style",
        }
    )
    return own_world


@pytest.fixture
def site(written: World) -> Iterator[Site]:
    with serving(written) as served:
        served.run(read_now(written.services))
        yield served


@pytest.fixture
def panel(browser: Browser, site: Site) -> Iterator[Panel]:
    with visiting(browser, site) as opened:
        yield opened


def row(page: Page, text: str) -> Locator:
    lines = page.get_by_role("list", name="Lines and how they are read")
    return lines.get_by_role("listitem").filter(has_text=text)


def form(page: Page) -> Locator:
    return page.get_by_role("dialog")


def open_form(page: Page, text: str) -> Locator:
    row(page, text).get_by_role("button", name="Correct").click()
    expect(form(page)).to_be_visible()
    return form(page)


def ask(page: Page, text: str, question: str) -> None:
    """Correct a line so that it asks for telling about what a question fits."""
    opened = open_form(page, text)
    opened.get_by_label("What", exact=True).select_option("tell")
    opened.get_by_label("When", exact=True).select_option("item")
    opened.get_by_label("Question about one thing").fill(question)
    opened.get_by_role("button", name="Save").click()
    expect(opened).to_be_hidden()


def test_lines_stand_beside_the_editor_with_what_they_lack(panel: Panel) -> None:
    for width in (NARROW, WIDE):
        panel.page.set_viewport_size({"width": width, "height": 900})
        page = panel.go("/instructions")
        expect(row(page, "bills")).to_contain_text(BILLS)
        expect(row(page, "bills")).to_contain_text("Cannot be followed. No connection can see mail.")
        expect(row(page, "Be kind")).to_contain_text("Says how to write")
        open_form(page, "bills")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.keyboard.press("Escape")
        expect(form(page)).to_be_hidden()
    panel.check_access()
    open_form(page, "bills")
    panel.check_access()


def test_a_correction_outlives_restart_model_and_edits_but_not_its_own_line(
    browser: Browser, written: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(written) as site, visiting(browser, site) as panel:
        # Before anything is read: what nobody has read can be corrected too.
        page = panel.go("/instructions")
        expect(row(page, "bills")).to_contain_text("Not read yet.")
        ask(page, "bills", "Is it an invoice?")
        expect(row(page, "bills")).to_contain_text("Is it an invoice?")
        expect(row(page, "bills")).to_contain_text("Corrected by panel")
        expect(row(page, "bills").locator("time")).to_be_visible()
    written.ollama.models = ["another:latest"]
    with serving(written, reader_model="another:latest") as site, visiting(browser, site) as panel:
        site.run(read_now(written.services))
        edited = TEXT.replace("menu", "news").replace("Manners", "Style")
        site.client.put(FILE, json={"content": edited})
        page = panel.go("/instructions")
        expect(row(page, "Post the news")).to_be_visible()
        expect(row(page, "bills")).to_contain_text("Is it an invoice?")
        expect(page.get_by_text("Corrections that no longer hold")).to_be_hidden()

        site.client.put(FILE, json={"content": edited.replace("bills.", "bills and fines.")})
        page = panel.go("/instructions")
        dropped = page.get_by_role("alert").filter(has_text="Corrections that no longer hold")
        expect(dropped).to_contain_text("Tell me about bills.")
        dropped.get_by_role("button", name="Dismiss the correction of: Tell me about bills.").press("Enter")
        expect(dropped).to_be_hidden()
        expect(page.get_by_role("region", name="How it is read").locator(":focus")).to_be_attached()
        assert site.get(PLAN)["dropped"] == []
        expect(row(page, "bills and fines")).not_to_contain_text("Corrected by")


def test_what_is_decided_elsewhere_says_where(browser: Browser, written: World) -> None:
    line = {
        "line": "Post the menu.",
        "under": ["Duties"],
        "rules": [{"do": "note", "when": {"kind": "always"}}],
    }
    shipped = written.settings.instructions.with_name("HEARTBEAT.plan.json")
    shipped.write_text(json.dumps({"version": 1, "lines": [line]}))
    with serving(written) as site, visiting(browser, site) as panel:
        thread = site.thread(every="1d")
        page = panel.go("/instructions")
        ask(page, "bills", "Is it an invoice?")
        expect(row(page, "menu")).to_contain_text("As HEARTBEAT.plan.json has it.")
        expect(row(page, "menu")).not_to_contain_text("Corrected")
        opened = open_form(page, "menu")
        expect(opened).to_contain_text("HEARTBEAT.plan.json says what this line asks for.")
        expect(opened.get_by_role("button", name="Take the correction back")).to_be_hidden()

        page = panel.go(f"/instructions?thread={thread}")
        page.get_by_role("button", name="Give it a text of its own").click()
        page.get_by_role("button", name="Save", exact=True).click()
        expect(row(page, "bills")).to_contain_text("Corrected by panel for the whole workspace")
        opened = open_form(page, "bills")
        expect(opened).to_contain_text("panel corrected this line for the whole workspace.")
        expect(opened.get_by_role("button", name="Take the correction back")).to_be_hidden()
        panel.check_access()


def test_what_is_typed_outlives_its_line(panel: Panel) -> None:
    page = panel.go("/instructions")
    opened = open_form(page, "bills")
    opened.get_by_label("Question about one thing").fill("Is it a fine?")
    panel.site.client.put(FILE, json={"content": TEXT.replace("bills", "fines")})
    plan = panel.site.get(PLAN)
    other = next(each["line_id"] for each in (*plan["rules"], *plan["failed"]) if "menu" in each["text"])
    panel.site.client.put(f"{PLAN}/{other}", json={"rules": [], "role": "about", "by": "ana"})
    expect(opened).to_contain_text("This line is gone, or was changed meanwhile")
    expect(opened.get_by_label("Question about one thing")).to_have_value("Is it a fine?")
    expect(opened.get_by_role("button", name="Save")).to_be_disabled()
    opened.get_by_role("button", name="Cancel").click()
    expect(row(page, "fines")).to_be_visible()


def test_two_sentences_on_one_line_have_buttons_of_their_own(browser: Browser, written: World) -> None:
    written.write("# Duties\n\nPost the menu! Tell me about bills.\n")
    with serving(written) as site, visiting(browser, site) as panel:
        site.run(read_now(written.services))
        page = panel.go("/instructions")
        lines = page.get_by_role("list", name="Lines and how they are read").get_by_role("listitem")
        expect(lines).to_contain_text(["Post the menu!", "Tell me about bills."])
        for text in ("Post the menu!", "Tell me about bills."):
            page.get_by_role("button", name=f"Correct line 3: {text}", exact=True).click()
            expect(form(page)).to_contain_text(f"“{text}”")
            page.keyboard.press("Escape")
            expect(form(page)).to_be_hidden()


def test_who_saves_second_sees_what_changed_and_saves_over_it(browser: Browser, panel: Panel) -> None:
    with visiting(browser, panel.site) as other:
        first, second = panel.go("/instructions"), other.go("/instructions")
        opened = open_form(second, "bills")
        opened.get_by_label("Question about one thing").fill("Is it mine?")
        ask(first, "bills", "Is it theirs?")
        opened.get_by_role("button", name="Save", exact=True).click()
        told = opened.get_by_role("alert").filter(has_text="Somebody else has corrected the plan meanwhile")
        expect(told).to_contain_text("Is it theirs?")
        told.get_by_role("button", name="Keep what I typed").click()
        expect(opened).to_be_hidden()
        expect(row(second, "bills")).to_contain_text("Is it mine?")
        assert [rule["when"]["question"] for rule in corrected(panel.site)] == ["Is it mine?"]


def corrected(site: Site) -> list[dict[str, dict[str, str]]]:
    return [rule for rule in site.get(PLAN)["rules"] if rule["decided_by"] == "correction"]


def test_a_line_is_corrected_and_taken_back_by_keyboard_alone(panel: Panel) -> None:
    page = panel.go("/instructions")
    button = row(page, "bills").get_by_role("button", name="Correct")
    button.focus()
    page.keyboard.press("Enter")
    reach(page, form(page).get_by_label("Question about one thing"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("Is it due?")
    page.keyboard.press("Enter")
    expect(form(page)).to_be_hidden()
    expect(row(page, "bills")).to_contain_text("Is it due?")
    expect(button).to_be_focused()

    page.keyboard.press("Enter")
    reach(page, form(page).get_by_role("button", name="Take the correction back"))
    page.keyboard.press("Enter")
    expect(form(page)).to_be_hidden()
    expect(row(page, "bills")).to_contain_text(BILLS)
    expect(button).to_be_focused()
    assert corrected(panel.site) == []


def reach(page: Page, wanted: Locator) -> None:
    """Press Tab until an element has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(60):
        if wanted.evaluate("(each) => each === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {wanted}")


def test_what_the_service_refuses_is_said_at_its_field(panel: Panel) -> None:
    page = panel.go("/instructions")
    opened = open_form(page, "bills")
    opened.get_by_label("When", exact=True).select_option("new")
    opened.get_by_label("How many, at least").fill("5000")
    opened.get_by_role("button", name="Save").click()
    count = opened.get_by_label("How many, at least")
    expect(count).to_have_attribute("aria-invalid", "true")
    expect(count).to_be_focused()
    expect(opened).to_contain_text("allowed: a whole number from 1 to 1,000")
    expect(opened.get_by_role("alert")).to_have_count(0)
