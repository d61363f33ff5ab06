"""The token in the browser: a link logs in, adding something private goes on, and nothing typed is lost."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from heartbeat.connections import editing
from heartbeat.token_file import TokenFile
from heartbeat_service.cli.login import link
from tests.acceptance.panel.browsing import visiting
from tests.integration.http.site import Site, serving
from tests.support.world import World

ASKED = "Log in to go on"


def connect_notes(site: Site) -> None:
    """Connect a private folder as another process does."""
    (site.world.folder / "notes").mkdir(exist_ok=True)
    editing.add(site.world.services.connections, "notes", "folder", {"path": "notes"})


def token_of(site: Site) -> str:
    return TokenFile.of(site.world.settings).ensure()


def kept(page: Page) -> str:
    """Return all that a script or a person can find of the token in the browser."""
    found = page.evaluate(
        "JSON.stringify([location.href, document.cookie, {...localStorage}, {...sessionStorage}])"
    )
    return str(found)


def test_the_link_logs_in_and_its_token_is_nowhere_afterwards(browser: Browser, own_world: World) -> None:
    with serving(own_world) as site:
        connect_notes(site)
        with visiting(browser, site, logged_in=False) as panel:
            page = panel.page
            sent: list[str] = []
            page.on("request", lambda asked: sent.append(f"{asked.url} {asked.headers}"))
            page.goto(link(site.url, token_of(site)))
            expect(page.get_by_role("heading", name="Overview")).to_be_visible()
            assert token_of(site) not in kept(page)
            assert not [each for each in sent if token_of(site) in each]
            page.goto(f"{site.url}/world")
            expect(page.get_by_text("notes").first).to_be_visible()


def test_who_has_no_link_is_told_how_to_get_one(browser: Browser, own_world: World) -> None:
    with serving(own_world) as site:
        connect_notes(site)
        with visiting(browser, site, logged_in=False) as panel:
            page = panel.page
            page.goto(link(f"{site.url}", "an-old-token"))
            expect(page.get_by_text("heartbeat login")).to_be_visible()
            expect(page.get_by_text("does not hold the token any more")).to_be_visible()
            panel.check_access()
            # The link is opened in another tab; this one goes on by itself.
            other = page.context.new_page()
            other.goto(link(site.url, token_of(site)))
            expect(other.get_by_role("heading", name="Overview")).to_be_visible()
            other.close()
            expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def test_what_was_typed_is_there_after_the_login_in_the_middle(browser: Browser, own_world: World) -> None:
    own_world.thread()
    with serving(own_world) as site, visiting(browser, site, logged_in=False) as panel:
        page = panel.go("/threads/demo")
        words = page.get_by_role("textbox", name="Say something to the agent")
        words.fill("Do you see this?")
        connect_notes(site)
        # The event stream ends, and with it the page notices.
        expect(page.get_by_role("dialog", name=ASKED)).to_be_visible()
        page.locator("input[type=password]").fill(token_of(site))
        page.keyboard.press("Enter")
        expect(page.get_by_role("dialog", name=ASKED)).to_be_hidden()
        expect(words).to_have_value("Do you see this?")
        own_world.write("- Anything\n")
        token_before = token_of(site)
        TokenFile.of(own_world.settings).renew()
        assert token_of(site) != token_before
        expect(page.get_by_role("dialog", name=ASKED)).to_be_visible()
        page.evaluate("(hash) => { location.hash = hash }", f"#token={token_of(site)}")
        expect(page.get_by_role("dialog", name=ASKED)).to_be_hidden()
        expect(words).to_have_value("Do you see this?")
        assert token_of(site) not in kept(page)


def test_the_page_that_connects_something_private_goes_on(browser: Browser, own_world: World) -> None:
    (own_world.folder / "notes").mkdir()
    with serving(own_world) as site, visiting(browser, site, logged_in=False) as panel:
        page = panel.go("/world")
        body = '{"name": "notes", "kind": "folder", "values": {"path": "notes"}}'
        status = page.evaluate(
            """async (body) => (await fetch("/api/connections", {
              method: "POST", body, headers: {"Content-Type": "application/json"},
            })).status""",
            body,
        )
        assert status == 201
        expect(page.get_by_text("notes").first).to_be_visible()
        expect(page.get_by_role("dialog", name=ASKED)).to_be_hidden()
        page.reload()
        expect(page.get_by_text("notes").first).to_be_visible()
