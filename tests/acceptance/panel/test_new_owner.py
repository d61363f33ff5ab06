"""A new owner in the browser: from an empty list of connections to a mail that is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from tests.acceptance.panel.browsing import visiting
from tests.integration.http.site import serving
from tests.support.imap import HOST, PASSWORD, dovecot
from tests.support.ollama import Say, decision
from tests.support.web import certificate
from tests.support.world import World

# The fake says a whole decision; how a mail is judged by a plan is tested elsewhere.
pytestmark = pytest.mark.one_question


def tell_of_mail(body: dict[str, Any]) -> Say:
    """Tell of the mail as soon as it is seen."""
    if "Invoice 4711" in json.dumps(body["messages"]):
        return Say(decision(action="tell", text="There is a mail about an invoice.", about=None))
    return Say(decision(action="none", reasoning="Quiet."))


def test_a_mailbox_is_connected_and_a_mail_is_told(
    browser: Browser,
    own_world: World,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trusted: Path = certificate(tmp_path_factory.mktemp("certificates"), HOST)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    own_world.ollama.answer = tell_of_mail
    own_world.thread("demo", every="1d")
    with dovecot(trusted) as server, serving(own_world) as site, visiting(browser, site) as panel:
        box = server.mailbox("ann")
        page = panel.go("/")
        page.get_by_role("region", name="Nothing is connected yet").get_by_role("button").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("button", name="A mailbox").click()
        dialog.get_by_label("Your mail is with").select_option("Gmail")
        expect(dialog.get_by_role("link", name="Open myaccount.google.com")).to_be_visible()
        expect(dialog.get_by_label("Mail server")).to_have_value("imap.gmail.com")
        dialog.get_by_label("Mail server").fill(HOST)
        dialog.get_by_label("User name").fill(box.user)
        dialog.get_by_label("Password").fill("wrong-4711")
        dialog.get_by_role("button", name="More").click()
        dialog.get_by_label("Port").fill(str(server.port))
        dialog.get_by_label("It is on my own network").check()
        panel.check_access()
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.get_by_label("Password")).to_have_attribute("aria-invalid", "true")
        dialog.get_by_label("Password").fill(PASSWORD)
        dialog.get_by_role("button", name="Save").click()
        dialog.get_by_label("demo").check()
        dialog.get_by_role("button", name="Let them look").click()
        expect(dialog).to_be_hidden()
        assert PASSWORD not in page.content()

        panel.go("/world")
        look = page.get_by_role("button", name="Look now at mail")
        look.click()
        expect(page.get_by_text("Looked: 0 new")).to_be_visible()
        now = datetime.now(UTC)
        head = (
            f"From: Bob <bob@example.org>\r\nSubject: Invoice 4711\r\nDate: {now:%d %b %Y %H:%M:%S} +0000\r\n"
        )
        box.put(f"{head}Message-ID: <1@example.org>\r\n\r\nPlease pay.\r\n".encode(), now)
        look.click()
        expect(page.get_by_text("Invoice 4711")).to_be_visible()
        panel.go("/threads/demo")
        page.get_by_role("button", name="Run now").click()
        expect(page.get_by_text("There is a mail about an invoice.").first).to_be_visible()
        panel.go("/")
        told = page.get_by_role("region", name="Told you")
        expect(told).to_contain_text("There is a mail about an invoice.")
        expect(told).to_contain_text("shown here alone")
