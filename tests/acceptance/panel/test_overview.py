"""The Overview: whether it beats, the threads, what came of it."""

from __future__ import annotations

from itertools import pairwise

from playwright.sync_api import Browser, expect
from pydantic import SecretStr

from heartbeat.store import threads
from tests.acceptance.panel.browsing import PATIENCE, Panel, visiting
from tests.integration.http.site import Site, serving
from tests.support.world import World


def test_the_overview_tells_what_is_and_follows_what_happens(panel: Panel, site: Site) -> None:
    name = site.first_thread(every="1d")
    page = panel.go()
    expect(panel.tile("Timer")).to_contain_text("Running")
    expect(panel.tile("Timer")).to_contain_text("Last tick")
    expect(panel.tile("Model")).to_contain_text("Reachable")
    row = page.get_by_role("listitem").filter(has_text=name)
    expect(row).to_contain_text("No beat yet")
    expect(row.locator("time").first).to_contain_text("in ")

    site.post(f"/api/threads/{name}/heartbeat/run-now")
    expect(row).to_contain_text("stayed silent")
    expect(row.get_by_role("img", name="The last beat: 1 stayed silent")).to_be_visible()
    site.post(f"/api/threads/{name}/heartbeat/pause", {"reason": "on holiday"})
    expect(row).to_contain_text("paused: on holiday")
    site.post(f"/api/threads/{name}/heartbeat/resume")
    expect(row).not_to_contain_text("on holiday")
    expect(page.get_by_role("figure", name="Beats by outcome")).to_contain_text("stayed silent:")


def test_threads_that_come_and_go_elsewhere_are_seen(browser: Browser, own_world: World) -> None:
    with serving(own_world) as site, visiting(browser, site) as panel:
        page = panel.go()
        expect(page.get_by_role("heading", name="Four steps to the first beat")).to_be_visible()
        for number in (1, 2):
            own_world.store.write(threads.create, f"made-{number}", own_world.clock())
            # The page looks at the status when anything happens, else a few times a minute.
            site.post("/api/heartbeat/stop")
            site.post("/api/heartbeat/start")
            expect(page.get_by_role("listitem").filter(has_text=f"made-{number}")).to_be_visible()
        site.client.delete("/api/threads/made-1")
        site.post("/api/heartbeat/stop")
        expect(page.get_by_role("listitem").filter(has_text="made-1")).to_be_hidden()
        expect(page.get_by_role("listitem").filter(has_text="made-2")).to_be_visible()


def test_the_timer_is_stopped_and_started(panel: Panel, site: Site) -> None:
    site.thread()
    page = panel.go()
    page.get_by_role("button", name="Stop the timer").click()
    expect(panel.tile("Timer")).to_contain_text("Stopped")
    assert site.get("/api/heartbeat/status")["running"] is False
    page.get_by_role("button", name="Start the timer").click()
    expect(panel.tile("Timer")).to_contain_text("Running")
    assert site.get("/api/heartbeat/status")["running"] is True
    # Somebody else's switch is seen as well.
    site.post("/api/heartbeat/stop")
    expect(panel.tile("Timer")).to_contain_text("Stopped")


def test_what_others_wrote_is_text(panel: Panel, site: Site) -> None:
    title = "<img src=x onerror=alert(1)>"
    site.post("/api/threads", {"id": "marked-up", "title": title}, 201)
    page = panel.go()
    expect(page.get_by_role("listitem").filter(has_text="marked-up")).to_contain_text(title)
    assert page.locator("img[src=x]").count() == 0


def test_it_serves_everybody(panel: Panel, site: Site) -> None:
    name = site.thread(every="1d")
    site.post(f"/api/threads/{name}/heartbeat/run-now")
    page = panel.go()
    expect(page.get_by_role("figure", name="Beats by outcome")).to_be_visible()
    panel.check_access()


def test_charts_have_clocks_of_24_hours_and_equal_steps(browser: Browser, site: Site) -> None:
    site.post(f"/api/threads/{site.thread()}/heartbeat/run-now")
    for width in (380, 1440):
        with visiting(browser, site, locale="en-US", viewport={"width": width, "height": 900}) as panel:
            page = panel.go()
            chart = page.get_by_role("figure", name="Beats by outcome")
            hours = chart.locator("text[orientation=bottom]")
            expect(hours.first).to_be_attached()
            clocks = [int(text.removesuffix(":00")) for text in hours.all_text_contents()]
            assert len(clocks) >= 4
            assert {(after - before) % 24 for before, after in pairwise(clocks)} == {6}
            numbers = chart.locator("text[orientation=left]").all_text_contents()
            steps = [int(number) for number in numbers]
            assert len({after - before for before, after in pairwise(steps)}) == 1


def test_buttons_of_a_kind_are_of_a_size(browser: Browser, own_world: World) -> None:
    token = "a-secret-of-tests"
    with (
        serving(own_world, api_token=SecretStr(token)) as site,
        visiting(browser, site) as panel,
    ):
        site.client.headers["Authorization"] = f"Bearer {token}"
        site.thread()
        page = panel.page
        page.goto(site.url)
        page.get_by_label("Token").fill(token)
        page.get_by_role("button", name="Log in").click()
        names = ("Stop the timer", "New thread", "Log out")
        boxes = [page.get_by_role("button", name=name).bounding_box() for name in names]
        assert len({box["height"] for box in boxes if box is not None}) == 1
        assert None not in boxes


def test_the_keyboard_is_enough(panel: Panel, site: Site) -> None:
    site.thread()
    page = panel.go()
    expect(page.get_by_role("button", name="Stop the timer")).to_be_visible()
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to the content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Stop the timer")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Start the timer")).to_be_visible()


def test_a_thousand_threads_are_no_burden(browser: Browser, own_world: World) -> None:
    def fill(session: object) -> None:
        for number in range(1_000):
            threads.create(session, f"t-{number:04}", own_world.clock())  # type: ignore[arg-type]

    own_world.store.write(fill)
    with serving(own_world) as site, visiting(browser, site) as panel:
        page = panel.go()
        rows = page.get_by_role("list").filter(has_text="t-0000").get_by_role("listitem")
        expect(rows.first).to_contain_text("t-0000")
        expect(page.get_by_text("200 of 1000 loaded")).to_be_visible()
        box = page.get_by_role("region", name="List of threads")
        last = page.get_by_role("listitem").filter(has_text="t-0999")
        # Scrolled anew in each frame, since each part that is loaded makes the list longer.
        page.wait_for_function(
            "box => { box.scrollTo(0, box.scrollHeight); return box.innerText.includes('t-0999') }",
            arg=box.element_handle(),
            timeout=2 * PATIENCE,
        )
        expect(last).to_be_visible()
        assert page.get_by_role("listitem").count() < 80
