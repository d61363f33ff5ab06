"""HEARTBEAT.md in the panel: written, read beside, and never lost."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.acceptance.panel.browsing import Panel, visiting
from tests.integration.http.site import Site, serving
from tests.support.world import INSTRUCTIONS, World

FILE = "/api/heartbeat/heartbeat.md"
PROBLEM = """# Heartbeat

## Checklist
- Look at <img src=x onerror=alert(1)>
-Look every morning at 9:00

tasks:
  - name: digest
    interval: 1h
    prompt: Sum up the day
  - name: broken
"""


def editor(page: Page, name: str = "HEARTBEAT.md") -> Locator:
    found = page.get_by_role("textbox", name=name)
    expect(found).to_be_visible()
    return found


def rewrite(page: Page, text: str, name: str = "HEARTBEAT.md") -> None:
    editor(page, name).focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


def kept(site: Site, path: str = FILE) -> str:
    return str(site.get(path)["content"])


def test_a_text_is_written_with_its_reading_beside_it(browser: Browser, own_world: World) -> None:
    with serving(own_world) as site, visiting(browser, site) as panel:
        page = panel.go("/instructions")
        reading = page.get_by_role("region", name="How it is read")
        expect(reading).to_contain_text("Read the new posts")
        rewrite(page, PROBLEM)
        expect(page.get_by_text("Not saved yet", exact=True)).to_be_visible()
        expect(reading).to_contain_text("This task has no interval")
        expect(reading).to_contain_text("A space is missing after -")
        # What is not saved asks no model.
        expect(reading).to_contain_text("lines that were changed are read once they are saved")
        expect(reading).to_contain_text("Sum up the day")
        expect(reading).to_contain_text("Not read yet.")
        # Text, whoever wrote it.
        expect(reading).to_contain_text("<img src=x onerror=alert(1)>")
        assert page.locator("img[src=x]").count() == 0
        expect(page.locator(".cm-lint-marker-error")).to_be_visible()
        expect(page.locator(".cm-lint-marker-warning")).to_be_visible()

        reading.get_by_role("button", name="This task has no").click()
        expect(editor(page)).to_be_focused()
        expect(page.locator(".cm-activeLine")).to_have_text("  - name: broken")
        page.keyboard.press("ControlOrMeta+s")
        expect(page.get_by_text(re.compile("^Saved. "))).to_be_visible()
        assert kept(site) == PROBLEM
        page.reload()
        expect(editor(page)).to_contain_text("name: broken")

        rewrite(page, "# Heartbeat\n\n<!-- nothing -->\n")
        expect(reading).to_contain_text("The text asks for nothing")
        page.keyboard.press("ControlOrMeta+s")
        expect(page.get_by_text("Not saved yet", exact=True)).to_be_hidden()
        panel.check_access()


def test_who_saves_second_sees_both_texts_and_chooses(browser: Browser, own_world: World) -> None:
    with serving(own_world) as site, visiting(browser, site) as one, visiting(browser, site) as other:
        first, second = one.go("/instructions"), other.go("/instructions")
        rewrite(second, INSTRUCTIONS + "- Mine\n")
        rewrite(first, INSTRUCTIONS + "- Theirs\n")
        first.get_by_role("button", name="Save").click()
        expect(first.get_by_text("Not saved yet", exact=True)).to_be_hidden()

        conflict = second.get_by_role("alert").filter(has_text="Nothing was saved, and nothing is lost")
        second.get_by_role("button", name="Save").click()
        expect(conflict.get_by_role("textbox", name="Theirs: the text as it is kept now")).to_contain_text(
            "- Theirs"
        )
        expect(conflict.get_by_role("textbox", name="Mine: your text")).to_contain_text("- Mine")
        other.check_access()
        second.set_viewport_size({"width": 1280, "height": 900})
        assert kept(site).endswith("- Theirs\n")

        conflict.get_by_role("button", name="Go on editing").click()
        expect(conflict).to_be_hidden()
        expect(second.get_by_role("alert")).to_contain_text("when you save, both texts are shown")
        expect(editor(second)).to_contain_text("- Mine")
        second.keyboard.press("ControlOrMeta+s")
        conflict.get_by_role("button", name="Keep mine").click()
        expect(conflict).to_be_hidden()
        expect(second.get_by_text("Not saved yet", exact=True)).to_be_hidden()
        assert kept(site).endswith("- Mine\n")

        # The first one has the text of before, and takes what is kept now; undo brings its own back.
        rewrite(first, "# Short\n")
        first.keyboard.press("ControlOrMeta+s")
        first.get_by_role("button", name="Take theirs").click()
        expect(editor(first)).to_contain_text("- Mine")
        editor(first).focus()
        first.keyboard.press("ControlOrMeta+z")
        expect(editor(first)).to_have_text("# Short")
        assert kept(site).endswith("- Mine\n")


def test_theirs_is_what_is_kept_now(panel: Panel, site: Site) -> None:
    before = kept(site)
    page = panel.go("/instructions")
    rewrite(page, "# Short\n")
    # With no more than an answer to a save: the page has looked at nothing else since it was opened.
    site.client.put(FILE, json={"content": INSTRUCTIONS + "- Theirs\n"})
    page.keyboard.press("ControlOrMeta+s")
    page.get_by_role("button", name="Take theirs").click()
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(editor(page)).to_contain_text("- Theirs")
    editor(page).focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.insert_text("- And mine\n")
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_text(re.compile("^Saved. "))).to_be_visible()
    assert kept(site) == INSTRUCTIONS + "- Theirs\n- And mine\n"
    site.client.put(FILE, json={"content": before})


def test_of_two_who_write_the_first_text_the_second_is_told(browser: Browser, own_world: World) -> None:
    own_world.settings.instructions.unlink()
    own_world.thread()
    with serving(own_world) as site, visiting(browser, site) as panel:
        for path, name, at in (
            ("/instructions", "HEARTBEAT.md", FILE),
            ("/instructions?thread=demo", "The text of thread demo", "/api/threads/demo/heartbeat.md"),
        ):
            page = panel.go(path)
            if "demo" in path:
                page.get_by_role("button", name="Give it a text of its own").click()
            rewrite(page, "# Mine\n", name)
            site.client.put(at, json={"content": "# Theirs\n"})
            page.get_by_role("button", name="Save").click()
            conflict = page.get_by_role("alert").filter(has_text="changed the text meanwhile")
            expect(conflict).to_be_visible()
            assert kept(site, at) == "# Theirs\n"
            conflict.get_by_role("button", name="Keep mine").click()
            expect(conflict).to_be_hidden()
            assert kept(site, at) == "# Mine\n"


def test_a_save_whose_answer_was_lost_is_no_conflict(browser: Browser, own_world: World) -> None:
    with serving(own_world) as site, visiting(browser, site) as panel:
        page = panel.go("/instructions")
        rewrite(page, "# Mine\n")

        lost: list[str] = []

        def lose_the_answer(route: Route) -> None:
            if route.request.method == "PUT" and not lost:
                lost.append(str(route.request.post_data))
                site.client.put(FILE, json={"content": "# Mine\n"})
                route.abort()
            else:
                route.continue_()

        page.route(f"**{FILE}", lose_the_answer)
        page.get_by_role("button", name="Save").click()
        told = page.get_by_role("alert").filter(has_text="It was not saved")
        expect(told).to_be_visible()
        editor(page).focus()
        page.keyboard.press("ControlOrMeta+s")
        expect(told).to_be_hidden()
        expect(page.get_by_text("Somebody else")).to_be_hidden()
        expect(page.get_by_text("Not saved yet", exact=True)).to_be_hidden()
        assert kept(site) == "# Mine\n"


def test_unsaved_changes_are_not_left_behind_by_accident(browser: Browser, own_world: World) -> None:
    with serving(own_world) as site, visiting(browser, site) as panel:
        page = panel.go("/instructions")
        rewrite(page, "# Unsaved\n")
        page.get_by_role("link", name="History").click()
        question = page.get_by_role("dialog", name="Leave without saving?")
        question.get_by_role("button", name="Stay").click()
        expect(question).to_be_hidden()
        expect(editor(page)).to_contain_text("# Unsaved")
        page.get_by_role("link", name="History").click()
        question.get_by_role("button", name="Leave").click()
        expect(page.get_by_role("heading", name="History", level=1)).to_be_visible()
        assert kept(site) == INSTRUCTIONS


def test_tab_leaves_the_editor(panel: Panel) -> None:
    page = panel.go("/instructions")
    text = editor(page)
    for before in ("Tab", "Escape"):
        text.focus()
        if before == "Escape":
            page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        expect(text).not_to_be_focused()
    text.focus()
    page.keyboard.press("Shift+Tab")
    expect(text).not_to_be_focused()


def test_a_thread_has_a_text_of_its_own(panel: Panel, site: Site) -> None:
    name = site.thread()
    own = f"/api/threads/{name}/heartbeat.md"
    page = panel.go("/instructions")
    page.get_by_role("combobox", name="Whose text").click()
    page.get_by_role("listbox").get_by_role("option", name=name, exact=True).click()
    expect(page.get_by_text(f"Thread {name} has no text of its own")).to_be_visible()
    panel.check_access()
    page.get_by_role("button", name="Give it a text of its own").click()
    label = f"The text of thread {name}"
    expect(editor(page, label)).to_contain_text("Read the new posts")
    site.refused(404, "GET", own)
    editor(page, label).focus()
    page.keyboard.press("ControlOrMeta+End")
    page.keyboard.insert_text("- Only here\n")
    page.keyboard.press("ControlOrMeta+s")
    expect(page.get_by_text("Not saved yet", exact=True)).to_be_hidden()
    assert kept(site, own) == INSTRUCTIONS + "- Only here\n"
    assert kept(site) == INSTRUCTIONS

    page.get_by_role("button", name="Back to the workspace’s").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the own text").click()
    expect(page.get_by_text(f"Thread {name} has no text of its own")).to_be_visible()
    site.refused(404, "GET", own)


def test_a_text_that_several_threads_share_says_so(browser: Browser, own_world: World) -> None:
    with serving(own_world) as site, visiting(browser, site) as panel:
        names = [site.thread() for _ in range(3)]
        page = panel.go("/instructions")
        expect(page.get_by_text("Shared by 3 threads")).to_be_visible()
        rewrite(page, "- Greet everybody")
        page.keyboard.press("ControlOrMeta+s")
        expect(page.get_by_text("Saved. 3 threads follow it from their next beat on.")).to_be_visible()
        site.client.put(f"/api/threads/{names[0]}/heartbeat.md", json={"content": "- mine"})
        panel.go(f"/instructions?thread={names[0]}")
        expect(editor(page, f"The text of thread {names[0]}")).to_be_visible()
        expect(page.get_by_text("Shared by")).to_be_hidden()


def test_lines_are_counted_as_the_service_counts_them(browser: Browser, own_world: World) -> None:
    text = "# Old\r\r- Look\n- Post\u2028- Look at 9:00\r\n\ntasks:\n- name: broken\n"
    own_world.settings.instructions.write_bytes(text.encode())
    with serving(own_world) as site, visiting(browser, site) as panel:
        page = panel.go("/instructions")
        problem = page.get_by_role("region", name="How it is read").get_by_role(
            "button", name="This task has no"
        )
        expect(problem).to_contain_text("line 7")
        numbers = page.locator(".cm-lineNumbers .cm-gutterElement").filter(visible=True)
        expect(numbers).to_have_text(["1", "4", "5", "6", "7", "8"])
        problem.click()
        expect(page.locator(".cm-activeLine")).to_have_text("- name: broken")
        page.keyboard.press("End")
        page.keyboard.insert_text("!")
        page.keyboard.press("ControlOrMeta+s")
        expect(page.get_by_text(re.compile("^Saved. "))).to_be_visible()
        assert kept(site) == text.replace("broken", "broken!")
