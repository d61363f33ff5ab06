"""An empty workspace: three steps to the first beat."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.acceptance.panel.browsing import visiting
from tests.integration.http.site import serving
from tests.support.world import World


def test_an_empty_workspace_leads_to_a_thread(browser: Browser, own_world: World) -> None:
    own_world.ollama.models = []
    own_world.settings.instructions.unlink()
    with serving(own_world) as site, visiting(browser, site) as panel:
        page = panel.go()
        expect(page.get_by_role("heading", name="Four steps to the first beat")).to_be_visible()
        expect(panel.tile("Model")).to_contain_text("Not pulled")
        expect(page.get_by_text("ollama pull llama3.2:latest").last).to_be_visible()
        expect(page.get_by_text("rules of its plan that need no model")).to_be_visible()
        expect(page.get_by_text("There is no HEARTBEAT.md yet")).to_be_visible()
        panel.check_access()

        expect(page.get_by_label("Id")).to_have_value("demo")
        page.get_by_label("Title").fill("Garden")
        page.get_by_label("Beats every").fill("5s")
        page.get_by_role("button", name="Make the thread").click()
        # The server's own sentence, at the field.
        every = page.get_by_label("Beats every")
        expect(every).to_have_attribute("aria-invalid", "true")
        said = site.refused(422, "POST", "/api/threads", json={"id": "x", "config": {"every": "5s"}})
        expect(page.get_by_text(said["detail"])).to_be_visible()

        every.fill("30m")
        page.get_by_role("button", name="Make the thread").click()
        expect(page).to_have_url(f"{site.url}/threads/garden")
        made = site.get("/api/threads/garden")
        assert made["overrides"] == {
            "every": 1800,
            "timezone": "America/New_York",
            "fallback": "rules",
        }


def test_with_model_and_instructions_two_steps_are_done(browser: Browser, own_world: World) -> None:
    with serving(own_world) as site, visiting(browser, site) as panel:
        page = panel.go()
        expect(page.get_by_text("llama3.2:latest answers.")).to_be_visible()
        expect(page.get_by_text("HEARTBEAT.md holds your instructions.")).to_be_visible()
        expect(page.get_by_text("· done")).to_have_count(2)
        assert page.get_by_label("Follow the rules that need no model").is_checked() is False
