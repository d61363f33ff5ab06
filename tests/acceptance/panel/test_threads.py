"""The threads: made and found, their config kept, beats by hand, pause and resume, the conversation."""

from __future__ import annotations

import re
import threading
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.acceptance.http.test_stored_config import keep
from tests.acceptance.panel.browsing import Panel
from tests.integration.http.site import Site
from tests.support.ollama import Say, decision


@pytest.fixture(autouse=True)
def _defaults_as_they_were(site: Site) -> None:
    site.client.put("/api/heartbeat/config", json={})


def field(page: Page, label: str) -> Locator:
    """The control of a field, not its buttons."""
    return page.get_by_role("textbox", name=label, exact=True)


def save(page: Page) -> Locator:
    return page.get_by_role("region", name="Unsaved changes").get_by_role("button", name="Save")


def saved(page: Page) -> None:
    save(page).click()
    expect(save(page)).to_be_hidden()


def slots(page: Page) -> list[str | None]:
    """The next beats that the form shows, as instants."""
    times = page.get_by_role("list", name="The next ten beats").locator("time")
    expect(times).to_have_count(10)
    return [time.get_attribute("datetime") for time in times.all()]


def test_a_thread_is_made_and_found(panel: Panel, site: Site) -> None:
    page = panel.go("/threads")
    page.get_by_role("button", name="New thread").click()
    form = page.get_by_role("form", name="New thread")
    form.get_by_label("Title").fill("Beside the greenhouse!")
    expect(form.get_by_label("Id")).to_have_value("beside-the-greenhouse")
    form.get_by_label("Id").fill("Made here")
    form.get_by_label("Beats every").fill("2h")
    form.get_by_label("Active hours", exact=True).select_option("from … to …")
    form.get_by_label("To", exact=True).fill("9:05")
    zone = form.get_by_role("combobox", name="Time zone")
    # The browser of these tests is in this zone.
    expect(zone).to_have_value("America/New_York")
    zone.fill("Berlin")
    expect(form.get_by_role("option", name="Europe/Berlin")).to_be_visible()
    form.get_by_role("button", name="Make the thread").click()
    # The sentences of the service, each at its field.
    expect(form.get_by_text(re.compile("id: .Made here. is not allowed"))).to_be_visible()
    form.get_by_label("Title").fill("Beside the greenhouse")
    expect(form.get_by_label("Id")).to_have_value("Made here")
    form.get_by_label("Id").fill("made-here")
    form.get_by_role("button", name="Make the thread").click()
    expect(form.get_by_text('timezone: "Berlin" is not allowed')).to_be_visible()
    form.get_by_role("button", name="Use my zone: America/New_York").click()
    form.get_by_role("button", name="Make the thread").click()
    expect(page.get_by_role("heading", name="made-here", level=1)).to_be_visible()
    assert site.get("/api/threads/made-here")["overrides"] == {
        "every": 7200,
        "active_hours": {"start": "08:00", "end": "09:05"},
        "timezone": "America/New_York",
    }

    site.thread()
    panel.go("/threads")
    search = page.get_by_role("searchbox", name="Find a thread")
    search.fill("GREENhouse")
    listed = page.get_by_role("list", name="Threads").get_by_role("listitem")
    expect(listed).to_have_count(1)
    expect(listed).to_contain_text("made-here")
    expect(page).to_have_url(re.compile(r"\?q=GREENhouse"))
    search.fill("nobody-has-this")
    expect(page.get_by_text("No thread has this in id or title")).to_be_visible()


def test_suggested_zones_cover_neither_the_error_nor_the_buttons(panel: Panel, site: Site) -> None:
    page = panel.go(f"/threads/{site.thread()}")
    zone = page.get_by_role("combobox", name="Time zone")
    for width in (380, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        zone.fill("Berlin")
        expect(page.get_by_role("option", name="Europe/Berlin")).to_be_visible()
        said = page.get_by_text('timezone: "Berlin" is not allowed')
        expect(said).to_be_visible()
        boxes = [
            each.bounding_box()
            for each in (
                page.get_by_role("listbox", name="Time zone: suggestions"),
                said,
                page.get_by_role("button", name="Time zone: keep UTC"),
                page.get_by_role("button", name="Use my zone: America/New_York"),
            )
        ]
        shown = [box for box in boxes if box is not None]
        assert len(shown) == 4
        for one, other in combinations(shown, 2):
            assert (
                one["y"] + one["height"] <= other["y"]
                or other["y"] + other["height"] <= one["y"]
                or (one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"])
            )
        page.get_by_role("button", name="Use my zone: America/New_York").click()
        expect(zone).to_have_value("America/New_York")
        page.get_by_role("button", name="Time zone: keep UTC").click()


def test_a_config_is_edited_saved_and_kept(panel: Panel, site: Site) -> None:
    site.client.put("/api/heartbeat/config", json={"max_tokens": 700, "temperature": 0.3})
    name = site.thread(every="1h", temperature=0.9)
    config = f"/api/threads/{name}/heartbeat/config"
    page = panel.go(f"/threads/{name}")
    expect(field(page, "Max tokens")).to_have_value("700")
    sent: list[str | None] = []
    page.on("request", lambda asked: sent.append(asked.post_data) if asked.method == "PATCH" else None)

    field(page, "Beats every").fill("1h30m")
    page.get_by_label("Active hours", exact=True).select_option("from … to …")
    field(page, "From").fill("22:00")
    field(page, "To").fill("6:3")
    expect(field(page, "To")).to_have_attribute("aria-invalid", "true")
    field(page, "To").fill("6:30")
    zone = page.get_by_role("combobox", name="Time zone")
    zone.fill("berl")
    page.get_by_role("option", name="Europe/Berlin").click()
    page.get_by_label("Approval", exact=True).select_option("for these kinds")
    page.get_by_role("checkbox", name="vote").uncheck()
    page.get_by_role("switch", name="Dry run").click()
    field(page, "Daily token budget").fill("5000")
    # The preview is of what is in the form, before it is saved.
    query = {"thread": name, "every": "1h30m", "start": "22:00", "end": "06:30", "timezone": "Europe/Berlin"}
    expect(page.get_by_role("img", name="active from 22:00 to 6:30")).to_be_visible()
    ahead = [slot.replace("Z", ".000Z") for slot in site.get("/api/heartbeat/schedule", **query)["slots"]]
    expect(page.get_by_role("list", name="The next ten beats").locator("time").last).to_have_attribute(
        "datetime", ahead[-1]
    )
    assert slots(page) == ahead
    saved(page)
    # Only what was changed was sent.
    wanted = {
        "every": 5400,
        "active_hours": {"start": "22:00", "end": "06:30"},
        "timezone": "Europe/Berlin",
        "approval": ["post", "comment", "tell", "note", "other"],
        "dry_run": True,
        "daily_token_budget": 5000,
    }
    assert site.get(config)["overrides"] == {"temperature": 0.9, **wanted}
    assert len(sent) == 1
    assert "max_tokens" not in str(sent[0])

    page.reload()
    expect(field(page, "Beats every")).to_have_value("1h30m")
    expect(field(page, "From")).to_have_value("22:00")
    expect(field(page, "To")).to_have_value("06:30")
    expect(page.get_by_role("checkbox", name="post")).to_be_checked()
    expect(page.get_by_role("checkbox", name="vote")).not_to_be_checked()
    expect(page.get_by_role("switch", name="Dry run")).to_be_checked()

    # Back to what the workspace has, together with another change.
    page.get_by_role("button", name="Temperature: back to 0.3").click()
    expect(field(page, "Temperature")).to_have_value("0.3")
    page.get_by_role("group", name="Beats every: presets").get_by_role("button", name="4h").click()
    saved(page)
    own = site.get(config)
    assert own["overrides"] == {**wanted, "every": 14400}
    assert (own["origins"]["temperature"], own["config"]["temperature"]) == ("workspace", 0.3)


def test_a_bad_value_is_refused_in_the_servers_sentence_at_its_field(panel: Panel, site: Site) -> None:
    name = site.thread()
    config = f"/api/threads/{name}/heartbeat/config"
    page = panel.go(f"/threads/{name}")
    for label, typed, body in (
        ("Beats every", "5s", {"every": "5s"}),
        ("Max tokens", "5", {"max_tokens": 5}),
    ):
        field(page, label).fill(typed)
        save(page).click()
        expect(field(page, label)).to_be_focused()
        expect(field(page, label)).to_have_attribute("aria-invalid", "true")
        detail = site.refused(422, "PATCH", config, json=body)["detail"]
        expect(page.get_by_text(detail, exact=True)).to_be_visible()
        page.get_by_role("button", name="Discard").click()
        expect(page.get_by_text(detail, exact=True)).to_be_hidden()
    page.get_by_label("Active hours", exact=True).select_option("from … to …")
    field(page, "To").fill("24:30")
    save(page).click()
    hours = {"active_hours": {"start": "08:00", "end": "24:30"}}
    refused = site.refused(422, "PATCH", config, json=hours)
    assert refused["field"] == "active_hours.end"
    expect(page.get_by_text(refused["detail"], exact=True)).to_be_visible()
    expect(field(page, "To")).to_be_focused()
    expect(field(page, "From")).not_to_have_attribute("aria-invalid", "true")
    assert site.get(config)["overrides"] == {}


def test_a_stored_value_that_is_not_allowed_is_named_and_mended(panel: Panel, site: Site) -> None:
    name = site.thread()
    keep(site.world, name, max_tokens=5)
    page = panel.go(f"/threads/{name}")
    problem = page.get_by_role("alert").filter(has_text="max_tokens: 5 is not allowed")
    expect(problem).to_be_visible()
    expect(page.get_by_text("none until its config is mended")).to_be_visible()
    page.get_by_role("button", name="Max tokens: back to 500").click()
    saved(page)
    expect(problem).to_be_hidden()
    assert site.get(f"/api/threads/{name}")["status"] == "on"


def test_unsaved_changes_are_not_lost_by_a_slip(panel: Panel, site: Site) -> None:
    name = site.thread()
    page = panel.go(f"/threads/{name}")
    field(page, "Model").fill("another")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Forum").click()
    asked = page.get_by_role("dialog", name="Leave without saving?")
    asked.get_by_role("button", name="Stay").click()
    expect(field(page, "Model")).to_have_value("another")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Forum").click()
    asked.get_by_role("button", name="Leave").click()
    expect(page.get_by_role("heading", name="Forum", level=1)).to_be_visible()
    assert site.get(f"/api/threads/{name}/heartbeat/config")["overrides"] == {}


def test_beats_by_hand(panel: Panel, site: Site) -> None:
    name = site.thread()
    ollama = site.world.ollama
    page = panel.go(f"/threads/{name}")
    expect(page.get_by_text("It has not beaten yet.")).to_be_visible()
    ollama.says(decision(action="post", board="general", title="Dry", content="Not really."))
    page.get_by_role("button", name="Dry run", exact=True).click()
    result = page.get_by_role("status").filter(has_text="See the whole beat")
    expect(result).to_contain_text("dry run")
    dry = site.get(f"/api/threads/{name}/heartbeat/history")["activities"][0]
    assert (dry["status"], dry["dry_run"], dry["trigger"]) == ("dry_run", True, "manual")

    site.world.clock.move(minutes=1)
    site.client.patch(f"/api/threads/{name}/heartbeat/config", json={"recheck_after": 0})
    ollama.says(decision(action="post", board="general", title="Wet <b>", content="Really."))
    page.get_by_role("button", name="Run now").click()
    expect(result).to_contain_text("acted")
    last = page.get_by_role("region", name="Last beats").get_by_role("listitem")
    expect(last).to_have_count(2)
    expect(last.first).to_contain_text("acted")
    result.get_by_role("link", name="See the whole beat").click()
    beat = site.get(f"/api/threads/{name}/heartbeat/history")["activities"][0]
    assert beat["status"] == "acted"
    expect(page).to_have_url(f"{site.url}/beats/{beat['id']}")


def test_what_keeps_a_thread_from_beating_is_said_wherever_it_stands(panel: Panel, site: Site) -> None:
    now = datetime.now(UTC)
    opens, closes = ((now + timedelta(hours=hours)).strftime("%H:%M") for hours in (3, 5))
    quiet = site.first_thread(active_hours={"start": opens, "end": closes})
    page = panel.go(f"/threads/{quiet}")
    expect(page.get_by_text("It has not beaten yet. It is quiet until")).to_be_visible()
    for path in ("/threads", "/"):
        panel.go(path)
        expect(page.get_by_role("listitem").filter(has_text=quiet)).to_contain_text("quiet, active in 2 h")
        panel.go("/")
    page.get_by_role("button", name="Stop the timer").click()
    row = page.get_by_role("listitem").filter(has_text=quiet)
    expect(row).to_contain_text("waits: the timer is stopped")
    panel.go(f"/threads/{quiet}")
    expect(page.get_by_text("It has not beaten yet. The timer is stopped")).to_be_visible()
    expect(page.get_by_text("The timer is stopped: none of these happens")).to_be_visible()
    site.post("/api/heartbeat/start")
    expect(page.get_by_text("It has not beaten yet. It is quiet until")).to_be_visible()


def test_a_dry_run_that_stays_silent_says_why(panel: Panel, site: Site) -> None:
    name = site.thread()
    # Not one reply, which a scheduled beat of another thread might take.
    site.world.ollama.default = Say(decision(action="none", reasoning="Nobody has asked."))
    page = panel.go(f"/threads/{name}")
    page.get_by_role("button", name="Dry run", exact=True).click()
    said = "Would stay silent: Nobody has asked."
    expect(page.get_by_role("region", name="Last beats")).to_contain_text(said)
    panel.go(f"/history?thread={name}")
    expect(page.get_by_role("list", name="Beats")).to_contain_text(said)


def test_a_beat_that_takes_long_is_followed_to_its_end(panel: Panel, site: Site) -> None:
    name, may = site.thread(), threading.Event()
    # Whoever asks, since a beat of another thread may be due just then.
    site.world.ollama.default = Say(decision(action="none", reasoning="At last."), wait=may)
    page = panel.go(f"/threads/{name}")
    # What the service answers where a beat takes longer than two minutes.
    page.route("**/run-now", lambda route: route.continue_(post_data='{"wait": false}'))
    try:
        page.get_by_role("button", name="Run now").click()
        result = page.get_by_role("status").filter(has_text="See the whole beat")
        expect(result).to_contain_text("running")
    finally:
        may.set()
    expect(result).to_contain_text("stayed silent")
    expect(result).to_contain_text("At last.")


def test_a_thread_is_paused_with_a_reason_resumed_and_removed(panel: Panel, site: Site) -> None:
    name = site.thread()
    page = panel.go(f"/threads/{name}")
    page.get_by_role("button", name="Pause…").click()
    page.get_by_label("Why").fill("too chatty")
    page.get_by_role("dialog").get_by_role("button", name="Pause", exact=True).click()
    paused = page.get_by_role("alert").filter(has_text="too chatty")
    expect(paused).to_be_visible()
    expect(page.get_by_text("The thread is paused: none of these happens")).to_be_visible()
    assert site.get(f"/api/threads/{name}")["paused_reason"] == "too chatty"
    paused.get_by_role("button", name="Resume").click()
    expect(paused).to_be_hidden()
    assert site.get(f"/api/threads/{name}")["status"] == "on"
    # What somebody else does is seen as well.
    site.post(f"/api/threads/{name}/heartbeat/pause", {"reason": "from elsewhere"})
    expect(page.get_by_role("alert").filter(has_text="from elsewhere")).to_be_visible()

    page.get_by_role("button", name="Remove…").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(page.get_by_role("heading", name="Threads", level=1)).to_be_visible()
    assert site.client.get(f"/api/threads/{name}").status_code == 404
    panel.go(f"/threads/{name}")
    expect(page.get_by_text(f"thread '{name}' does not exist")).to_be_visible()


def test_the_conversation(panel: Panel, site: Site) -> None:
    name = site.thread()
    for number in range(40):
        site.post(f"/api/threads/{name}/messages", {"author": "ana", "content": f"message {number}"}, 201)
    page = panel.go(f"/threads/{name}")
    log = page.get_by_role("log", name="Messages")
    expect(log).to_contain_text("message 39")
    expect(log).not_to_contain_text("message 5")
    log.get_by_role("button", name="Earlier messages").click()
    expect(log.get_by_role("article")).to_have_count(40)
    expect(log.get_by_role("article").first).to_contain_text("message 0")
    page.get_by_label("Say something to the agent").fill("<img src=x onerror=alert(1)> please\nbe kind")
    page.keyboard.press("Control+Enter")
    expect(log.get_by_role("article").last).to_contain_text("<img src=x onerror=alert(1)> please")
    expect(page.get_by_label("Say something to the agent")).to_have_value("")
    assert page.locator("img[src=x]").count() == 0
    said = site.get(f"/api/threads/{name}/messages")["items"][-1]
    assert (said["author"], said["content"]) == ("owner", "<img src=x onerror=alert(1)> please\nbe kind")


def test_the_defaults_of_the_workspace(panel: Panel, site: Site) -> None:
    name = site.thread(every="1d")
    page = panel.go("/defaults")
    field(page, "Beats every").fill("45m")
    page.get_by_label("Fallback").select_option("rules of the plan that need no model")
    saved(page)
    assert site.get("/api/heartbeat/config")["overrides"] == {"every": 2700, "fallback": "rules"}
    page.get_by_role("button", name="Fallback: back to none").click()
    saved(page)
    assert site.get("/api/heartbeat/config")["overrides"] == {"every": 2700}
    panel.go(f"/threads/{name}")
    page.get_by_role("button", name="Beats every: back to 45m").click()
    saved(page)
    assert site.get(f"/api/threads/{name}/heartbeat/config")["overrides"] == {}


@pytest.mark.parametrize("path", ["/threads", "/threads/{}", "/defaults"])
def test_they_serve_everybody(panel: Panel, site: Site, path: str) -> None:
    name = site.thread(every="1h", active_hours={"start": 22, "end": 6})
    site.post(f"/api/threads/{name}/messages", {"author": "ana", "content": "hello"}, 201)
    site.post(f"/api/threads/{name}/heartbeat/run-now")
    site.post(f"/api/threads/{name}/heartbeat/pause", {"reason": "on holiday"})
    page = panel.go(path.format(name))
    if path != "/threads":
        slots(page)
        field(page, "Max tokens").fill("5")
        save(page).click()
        expect(field(page, "Max tokens")).to_have_attribute("aria-invalid", "true")
    else:
        expect(page.get_by_role("list", name="Threads")).to_contain_text("on holiday")
    panel.check_access()
