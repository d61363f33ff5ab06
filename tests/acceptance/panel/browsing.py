"""A page of the panel in a browser, and what may never happen in it."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from heartbeat.token_file import TokenFile
from heartbeat_service.http.page import BUILT
from tests.acceptance.panel import axe
from tests.integration.http.site import Site
from tests.support.world import Clock

REQUIRED = os.environ.get("HEARTBEAT_REQUIRE_BROWSER") == "1"
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""Commands; the headless shell is the same engine without the windows, at half the CPU time."""
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PATIENCE = 90_000.0
"""Milliseconds; a busy machine is slow, and what comes is not waited for any longer than it takes."""
SETTLED = """() => Promise.all(
  document.getAnimations()
    .filter((each) => each.effect?.getTiming().iterations !== Infinity)
    .map((each) => each.finished.catch(() => null)),
).then(() => null)"""
"""Waits until no transition of the page runs any more."""
NARROW, WIDE = 380, 1600
ZONE = "America/New_York"
"""Of the browser; the machine's own may be any."""
# Chromium writes each answer of 400 and more to the console; the tests look at what the page makes of it.
_REFUSALS = re.compile(r"Failed to load resource")

expect.set_options(timeout=PATIENCE)


class RealClock(Clock):
    """The time of the machine, which is also the browser's."""

    def __call__(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Panel:
    """One page in a context of its own; all that goes wrong in it is in ``faults``."""

    page: Page
    site: Site
    faults: list[str] = field(default_factory=list)

    def follow(self) -> None:
        """Wait until the page follows the service's events, since it loads everything once more then."""
        while not self.site.service.events.readers:
            self.page.wait_for_timeout(20)

    def go(self, path: str = "/") -> Page:
        """Open a page of the panel and wait for its heading."""
        self.page.goto(self.site.url + path)
        expect(self.page.get_by_role("heading", level=1)).to_be_visible()
        return self.page

    def tile(self, name: str) -> Locator:
        """Return one tile of the Overview."""
        return self.page.get_by_role("region", name=name, exact=True)

    def check_access(self) -> None:
        """See that axe finds nothing serious, in the light and in the dark, on a wide and on a narrow page."""
        for width in (NARROW, WIDE):
            self.page.set_viewport_size({"width": width, "height": 900})
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme)
                expect(self.page.locator(f"html[data-mantine-color-scheme={scheme}]")).to_be_attached()
                # Colours that still change from one scheme to the other are neither's.
                self.page.evaluate(SETTLED)
                found = axe.findings(self.page)
                assert not found, "\n".join([f"{scheme}, {width} wide:", *found])
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width


def chromium() -> str:
    """Return the path of the machine's Chromium; the test is skipped, or fails where it must not be."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        _missing("no Chromium is installed (apt-get install chromium-headless-shell)")
    if not (BUILT / "index.html").is_file():
        _missing("the panel is not built (make panel)")
    return str(found)


def _missing(what: str) -> None:
    if REQUIRED:
        pytest.fail(f"HEARTBEAT_REQUIRE_BROWSER is 1, and {what}")
    pytest.skip(f"browser: {what}")


@contextmanager
def browsing() -> Iterator[Browser]:
    """Run the machine's Chromium; nothing is downloaded, and it calls nobody."""
    path = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(QUIET))
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def visiting(browser: Browser, site: Site, *, logged_in: bool = True, **context: Any) -> Iterator[Panel]:
    """Open a page, logged in where the token is that of HOME/token.

    At its end, nothing may have failed in it, and it may have asked nobody but the service.
    """
    usual = {
        "viewport": {"width": 1280, "height": 900},
        "locale": "en-GB",
        "reduced_motion": "reduce",
        "timezone_id": ZONE,
    }
    opened = browser.new_context(**{**usual, **context})
    opened.set_default_timeout(PATIENCE)
    settings = site.world.settings
    if logged_in and settings.api_token is None:
        token = TokenFile.of(settings).ensure()
        assert opened.request.post(f"{site.url}/api/session", data={"token": token}).ok
    panel = Panel(opened.new_page(), site)
    page, faults = panel.page, panel.faults
    page.on("pageerror", lambda error: faults.append(f"error: {error}"))
    page.on(
        "console",
        lambda said: (
            faults.append(f"console: {said.text}")
            if said.type in {"error", "warning"} and not _REFUSALS.search(said.text)
            else None
        ),
    )
    page.on(
        "request",
        lambda asked: (
            None if asked.url.startswith((site.url, "data:")) else faults.append(f"asked: {asked.url}")
        ),
    )
    try:
        yield panel
    finally:
        opened.close()
    assert faults == []
