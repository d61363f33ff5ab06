"""What all pages share: login, a service that is away, addresses that are no page, light and dark."""

from __future__ import annotations

from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from tests.acceptance.panel.browsing import Panel, visiting
from tests.integration.http.site import serving
from tests.support.world import World

TOKEN = "a-long-random-token"


def test_one_logs_in_with_the_token_and_is_back_where_one_was(browser: Browser, own_world: World) -> None:
    with serving(own_world, api_token=SecretStr(TOKEN)) as site, visiting(browser, site) as panel:
        page = panel.page
        page.goto(f"{site.url}/history?status=acted")
        field = page.locator("input[type=password]")
        field.fill("wrong")
        panel.check_access()
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_text("That is not the token.")).to_be_visible()
        field.fill(TOKEN)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="History")).to_be_visible()
        assert "/history" in page.url
        assert TOKEN not in page.evaluate(
            "JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])"
        )
        page.get_by_role("button", name="Log out").click()
        expect(field).to_be_visible()
        page.goto(site.url)
        expect(field).to_be_visible()


def test_a_service_that_is_away_is_told_and_comes_back_by_itself(browser: Browser, own_world: World) -> None:
    own_world.thread()
    with serving(own_world) as site:
        port = int(site.url.rpartition(":")[2])
        visit = visiting(browser, site)
        panel = visit.__enter__()
        page = panel.go()
        row = page.get_by_role("listitem").filter(has_text="demo")
        expect(row).to_contain_text("No beat yet")
        gone = page.get_by_text("The service cannot be reached", exact=True)
        expect(gone).to_be_hidden()
    expect(gone).to_be_visible()
    with serving(own_world, port=port) as again:
        again.post("/api/threads/demo/heartbeat/run-now")
        expect(gone).to_be_hidden()
        # What happened meanwhile is seen, and what happens now as well.
        expect(row).to_contain_text("stayed silent")
        again.post("/api/threads/demo/heartbeat/pause", {"reason": "seen live"})
        expect(row).to_contain_text("seen live")
        visit.__exit__(None, None, None)


def test_an_address_that_is_no_page_leads_on(panel: Panel) -> None:
    page = panel.go("/nothing/here")
    expect(page.get_by_role("heading", name="No such page")).to_be_visible()
    page.get_by_role("link", name="To the Overview").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_light_and_dark_are_chosen_and_kept(panel: Panel) -> None:
    page = panel.go()
    page.emulate_media(color_scheme="light")
    page.get_by_role("button", name="Light or dark").click()
    page.get_by_role("menuitem", name="Dark").click()
    expect(page.locator("html[data-mantine-color-scheme=dark]")).to_be_attached()
    page.reload()
    expect(page.locator("html[data-mantine-color-scheme=dark]")).to_be_attached()
    page.get_by_role("button", name="Light or dark").click()
    page.get_by_role("menuitem", name="As the system").click()
    expect(page.locator("html[data-mantine-color-scheme=light]")).to_be_attached()


def test_a_narrow_page_has_its_navigation_in_a_drawer(panel: Panel) -> None:
    panel.page.set_viewport_size({"width": 380, "height": 800})
    page = panel.go()
    link = page.get_by_role("navigation", name="Main").get_by_role("link", name="Forum")
    expect(link).not_to_be_in_viewport()
    page.get_by_role("button", name="Open the navigation").click()
    link.click()
    expect(page.get_by_role("heading", name="Forum", level=1)).to_be_visible()
    expect(link).not_to_be_in_viewport()
