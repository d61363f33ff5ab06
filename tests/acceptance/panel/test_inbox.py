"""World: what connections bring, how they are looked at, and what is due today."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.acceptance.panel.browsing import Panel, visiting
from tests.integration.http.site import serving
from tests.support.world import World

MARKUP = "<img src=x onerror=alert(1)> \u202egnp.exe " + "a" * 120


@pytest.fixture
def panel(browser: Browser, own_world: World) -> Iterator[Panel]:
    """A page of a site of its own, with a folder for what it looks at."""
    own_world.thread("demo", every="1d")
    with serving(own_world) as site, visiting(browser, site) as opened:
        yield opened


@pytest.fixture
def workspace(own_world: World) -> Path:
    return own_world.settings.instructions.parent


def feed(*entries: tuple[str, str]) -> str:
    """Return a feed of titles and links, the last one the newest."""
    now = datetime.now(UTC)
    items = "".join(
        f"<item><guid>{number}</guid><title>{escape(title)}</title><link>{escape(link)}</link>"
        f"<pubDate>{format_datetime(now - timedelta(hours=1, minutes=-number))}</pubDate></item>"
        for number, (title, link) in enumerate(entries)
    )
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{items}</channel></rss>'


def calendar(*events: tuple[str, float, float]) -> str:
    """Return a calendar of titles, with the hours from now at which each begins and ends."""
    now = datetime.now(UTC)

    def at(hours: float) -> str:
        return f"{now + timedelta(hours=hours):%Y%m%dT%H%M%SZ}"

    made = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}\r\nDTSTAMP:{at(0)}\r\nSUMMARY:{title}\r\n"
        f"DTSTART:{at(begins)}\r\nDTEND:{at(ends)}\r\nEND:VEVENT\r\n"
        for number, (title, begins, ends) in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//heartbeat//tests\r\n{made}END:VCALENDAR\r\n"


def add(panel: Panel, name: str, kind: str, **values: Any) -> None:
    panel.site.post("/api/connections", {"name": name, "kind": kind, "values": values}, 201)
    panel.site.post(f"/api/connections/{name}/look")


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Connections").get_by_role("listitem", name=name, exact=True)


def items(page: Page) -> Locator:
    return page.get_by_role("list", name="Inbox").get_by_role("listitem", name="Item")


def press(place: Page | Locator, name: str) -> None:
    """Press a button by the keyboard."""
    button = place.get_by_role("button", name=name)
    button.focus()
    button.press("Enter")


def test_a_feed_is_added_looked_at_changed_and_removed_by_keyboard(panel: Panel, workspace: Path) -> None:
    file = workspace / "news.xml"
    file.write_text(
        feed((escape(MARKUP), "javascript:alert(1)"), ("Tea is back", "https://example.org/tea?a=1"))
    )
    page = panel.go("/world")
    expect(page.get_by_text("Nothing came in yet")).to_be_visible()
    panel.check_access()

    press(page, "Connect something")
    dialog = page.get_by_role("dialog")
    press(dialog, "A feed")
    expect(dialog.get_by_label("Where it is")).to_be_focused()
    expect(dialog.get_by_label("Name")).to_have_value("news")
    dialog.get_by_label("Address").fill("ftp://example.org/feed")
    panel.check_access()
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Address")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Where it is").select_option("path")
    dialog.get_by_label("Path").fill("news.xml")
    press(dialog, "More")
    dialog.get_by_label("The first look takes").select_option("all")
    press(dialog, "Test")
    expect(dialog.get_by_role("status")).to_contain_text("It shows 2 entries.")
    press(dialog, "Save")
    expect(dialog).to_be_hidden()

    # The page hears of a look that others ask for.
    panel.site.post("/api/connections/news/look")
    expect(items(page)).to_have_count(2)
    tea, hostile = items(page).nth(0), items(page).nth(1)
    expect(tea).to_contain_text("entry from news")
    link = tea.get_by_role("link")
    expect(link).to_have_attribute("href", "https://example.org/tea?a=1")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    expect(link).to_have_attribute("target", "_blank")
    expect(hostile).to_contain_text("<img src=x onerror=alert(1)> gnp.exe")
    expect(hostile.get_by_role("link")).to_have_count(0)
    panel.check_access()

    press(page, "Look now at news")
    expect(row(page, "news").get_by_role("status")).to_contain_text("Looked: 0 new")
    file.unlink()
    press(page, "Look now at news")
    expect(row(page, "news").get_by_role("status")).to_contain_text("There is no file")
    panel.check_access()

    press(page, "Change news")
    expect(dialog.get_by_label("Path")).to_have_value("news.xml")
    press(dialog, "More")
    dialog.get_by_label("Look every").fill("1h")
    dialog.get_by_label("Private").check()
    press(dialog, "Save")
    expect(dialog).to_be_hidden()
    expect(row(page, "news")).to_contain_text("private")
    kept = panel.site.get("/api/connections/news")["values"]
    assert (kept["path"], kept["every"], kept["private"]) == ("news.xml", 3600, True)

    press(page, "Remove news")
    press(page.get_by_role("dialog"), "Remove")
    expect(page.get_by_text("No connections yet")).to_be_visible()


def test_the_address_of_a_calendar_is_never_shown_again(panel: Panel) -> None:
    page = panel.go("/world")
    press(page, "Connect something")
    dialog = page.get_by_role("dialog")
    press(dialog, "A calendar")
    dialog.get_by_label("Name").fill("days")
    dialog.get_by_label("Address").fill("https://calendar.invalid/private-4711/me.ics")
    press(dialog, "More")
    dialog.get_by_label("Days ahead").fill("14")
    # Saving tests first: what does not work is said before it is saved, and may be saved all the same.
    press(dialog, "Save")
    expect(dialog.get_by_role("status").last).not_to_be_empty()
    press(dialog, "Save all the same")
    press(dialog, "Not now")
    expect(dialog).to_be_hidden()
    press(page, "Look now at days")
    expect(row(page, "days").get_by_role("status")).not_to_be_empty()
    expect(row(page, "days")).to_contain_text("Unused: no thread looks at it")
    press(page, "Change days")
    expect(dialog.get_by_label("Address")).to_have_value("")
    press(dialog, "More")
    expect(dialog.get_by_label("Days ahead")).to_have_value("14")
    assert "4711" not in page.content()
    press(dialog, "Save")
    expect(dialog).to_be_hidden()
    assert panel.site.get("/api/connections/days")["secrets"] == ["url"]


def test_a_private_connection_asks_which_threads_look_at_it(panel: Panel, workspace: Path) -> None:
    (workspace / "notes").mkdir()
    (workspace / "notes" / "todo.md").write_text("- [ ] Milk\n- [ ] Tea\n")
    panel.site.world.thread("tea", every="1d", sources=["forum"])
    # The Overview offers it until something is connected, and goes on with the question then.
    page = panel.go("/")
    press(page, "Connect something")
    dialog = page.get_by_role("dialog")
    press(dialog, "A folder")
    expect(dialog.get_by_label("Path")).to_be_focused()
    page.keyboard.type("nowhere")
    press(dialog, "Test")
    expect(dialog.get_by_label("Path")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Path").fill("notes")
    press(dialog, "Test")
    expect(dialog.get_by_role("status")).to_contain_text("It shows 1 file, 2 tasks.")
    press(dialog, "Save")
    expect(dialog.get_by_label("demo")).to_be_focused()
    panel.check_access()
    page.keyboard.press("Space")
    dialog.get_by_label("tea").check()
    press(dialog, "Let them look")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Connect something")).to_have_count(0)
    panel.go("/world")
    expect(row(page, "folder")).to_be_visible()
    expect(row(page, "folder")).not_to_contain_text("Unused")
    configs = [
        panel.site.get(f"/api/threads/{thread}/heartbeat/config")["config"] for thread in ("demo", "tea")
    ]
    assert [each["sources"] for each in configs] == [["default", "folder"], ["forum", "folder"]]


def test_items_are_done_undone_and_snoozed(panel: Panel, workspace: Path) -> None:
    (workspace / "news.xml").write_text(
        feed(("Tea", "https://example.org/"), ("Milk", "https://example.org/"))
    )
    add(panel, "news", "feed", path="news.xml", since="all")
    page = panel.go("/world")
    milk, tea = items(page).nth(0), items(page).nth(1)
    press(milk, "Done")
    expect(milk).to_contain_text("done")
    button = milk.get_by_role("button", name="Undo")
    expect(button).to_be_focused()
    panel.check_access()
    button.press("Enter")
    expect(milk.get_by_role("button", name="Done")).to_be_focused()

    press(tea, "Snooze")
    expect(page.get_by_role("menuitem", name="1 hour")).to_be_visible()
    panel.check_access()
    page.get_by_role("menuitem", name="Tomorrow, 08:00").press("Enter")
    expect(tea).to_contain_text("snoozed, back in")
    [until] = [
        each["snoozed_until"] for each in panel.site.get("/api/inbox")["items"] if each["state"] == "snoozed"
    ]
    # Eight in the morning in the browser's zone, which is 4 or 5 hours behind.
    assert datetime.fromisoformat(until).astimezone(UTC).hour in (12, 13)

    press(tea, "Undo snooze")
    expect(tea).not_to_contain_text("snoozed")
    expect(tea.get_by_role("button", name="Done")).to_be_focused()

    # What is said elsewhere is heard of here.
    [number] = [each["id"] for each in panel.site.get("/api/inbox")["items"] if each["title"] == "Milk"]
    panel.site.post(f"/api/inbox/{number}/done")
    expect(milk.get_by_role("button", name="Undo")).to_be_visible()


def test_the_inbox_is_filtered_and_older_items_come_on_demand(panel: Panel, workspace: Path) -> None:
    (workspace / "news.xml").write_text(feed(*((f"Entry {n}", "https://example.org/") for n in range(25))))
    (workspace / "days.ics").write_text(calendar(("Dentist", 30, 31)))
    add(panel, "news", "feed", path="news.xml", since="all")
    add(panel, "days", "calendar", path="days.ics")
    page = panel.go("/world")
    expect(items(page)).to_have_count(20)
    press(page, "Older items")
    expect(items(page)).to_have_count(26)

    filters = page.get_by_role("search", name="Filters of the inbox")
    filters.get_by_label("Kind").select_option("event")
    expect(items(page)).to_have_count(1)
    expect(items(page)).to_contain_text("Dentist")
    assert page.url.endswith("/world?kind=event")
    filters.get_by_label("Connection").select_option("news")
    expect(page.get_by_text("No item is like that")).to_be_visible()
    filters.get_by_label("Kind").select_option("")
    filters.get_by_label("State").select_option("done")
    expect(page.get_by_text("No item is like that")).to_be_visible()
    filters.get_by_label("State").select_option("")
    filters.get_by_label("As thread").fill("nobody")
    expect(filters.get_by_label("As thread")).to_have_attribute("aria-invalid", "true")
    filters.get_by_label("As thread").fill("demo")
    expect(items(page)).to_have_count(20)
    filters.get_by_label("State").select_option("told")
    expect(page.get_by_text("No item is like that")).to_be_visible()
    assert page.url.endswith("/world?connection=news&state=told&thread=demo")
    panel.check_access()


def test_what_is_due_today_is_on_the_overview(panel: Panel, workspace: Path) -> None:
    page = panel.go("/")
    due = page.get_by_role("region", name="Due today").get_by_role("listitem")
    expect(page.get_by_role("region", name="Threads").first).to_be_visible()
    expect(due).to_have_count(0)
    events = ("Began later", -0.5, 2), ("Began first", -1, 2), ("Over", -3, -2), ("Next days", 30, 31)
    (workspace / "days.ics").write_text(calendar(*events))
    add(panel, "days", "calendar", path="days.ics")
    expect(due).to_have_count(2)
    expect(due.nth(0)).to_contain_text("Began first")
    expect(due.nth(1)).to_contain_text("Began later")
    panel.check_access()
    [number] = [
        each["id"] for each in panel.site.get("/api/inbox")["items"] if each["title"] == "Began first"
    ]
    panel.site.post(f"/api/inbox/{number}/done")
    expect(due).to_have_count(1)


def test_a_thread_is_told_what_it_looks_at(panel: Panel, workspace: Path) -> None:
    (workspace / "days.ics").write_text(calendar(("Dentist", 30, 31)))
    add(panel, "days", "calendar", path="days.ics")
    page = panel.go("/threads/demo")
    page.get_by_label("Looks at", exact=True).select_option("chosen")
    sources = page.get_by_role("combobox", name="Chosen sources")
    sources.focus()
    page.keyboard.press("ArrowDown")
    option = page.get_by_role("option", name="days (private)")
    expect(option).to_be_visible()
    while option.get_attribute("data-combobox-selected") is None:
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    panel.check_access()
    press(page, "Save")
    expect(page.get_by_text("not saved")).to_have_count(0)
    config = panel.site.get("/api/threads/demo/heartbeat/config")["config"]
    assert config["sources"] == ["default", "days"]
    page.get_by_label("Looks at", exact=True).select_option("public")
    press(page, "Save")
    expect(page.get_by_text("not saved")).to_have_count(0)
    assert panel.site.get("/api/threads/demo/heartbeat/config")["config"]["sources"] is None
