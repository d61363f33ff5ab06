"""History: narrowed down, searched, paged, exported; and what happens now appears by itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlmodel import Session

from heartbeat.store import history
from heartbeat.store.tables import Beat
from heartbeat.vocabulary import BeatStatus, Reason, Trigger
from tests.acceptance.panel.browsing import Panel, visiting
from tests.integration.http.site import Site, serving
from tests.support.ollama import decision
from tests.support.world import World

MANY = 330


def rows(page: Page) -> Locator:
    return page.get_by_role("list", name="Beats").get_by_role("listitem")


def exported(page: Page, folder: Path) -> list[dict[str, object]]:
    with page.expect_download() as started:
        page.get_by_role("link", name="Export as JSONL").click()
    path = folder / started.value.suggested_filename
    started.value.save_as(path)
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def add_beats(session: Session, now: datetime) -> None:
    for number in range(1, MANY + 1):
        quiet, failed = number % 3 == 0, number == 100
        begun = now - (timedelta(days=9) if number == 1 else timedelta(minutes=MANY - number))
        session.add(
            Beat(
                thread_id="other" if number == 7 else "demo",
                trigger=Trigger.SCHEDULED,
                slot=now - timedelta(minutes=MANY - number),
                status=BeatStatus.FAILED if failed else BeatStatus.NONE if quiet else BeatStatus.SKIPPED,
                reason=Reason.MODEL_ERROR if failed else None if quiet else Reason.UNCHANGED,
                summary=summary(number),
                started_at=begun,
                finished_at=begun + timedelta(seconds=1.5),
                duration_seconds=1.5,
            )
        )


def summary(number: int) -> str:
    return f"Number {number}." + (" The kettle & <tea> boiled over." if number == 100 else "")


@pytest.fixture
def long_past(browser: Browser, own_world: World) -> Iterator[Panel]:
    """A thread with many beats: each third was quiet, one failed, one was long ago."""
    own_world.thread("demo")
    own_world.thread("other")
    own_world.store.write(add_beats, own_world.clock())
    with serving(own_world) as site, visiting(browser, site) as panel:
        yield panel


def test_filters_stand_in_the_address_and_in_the_export(long_past: Panel, tmp_path: Path) -> None:
    page = long_past.go("/history")
    expect(page.get_by_text(f"{MANY} beats")).to_be_visible()
    expect(rows(page)).to_have_count(50)
    page.get_by_label("Outcome").select_option("none")
    expect(page.get_by_text("110 beats")).to_be_visible()
    assert parse_qs(urlsplit(page.url).query) == {"status": ["none"]}
    page.reload()
    expect(page.get_by_label("Outcome")).to_have_value("none")
    expect(page.get_by_text("110 beats")).to_be_visible()
    found = exported(page, tmp_path)
    assert len(found) == 110
    assert {beat["status"] for beat in found} == {"none"}

    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Words").fill("& <TEA>")
    expect(page.get_by_text("1 beat", exact=True)).to_be_visible()
    row = rows(page)
    expect(row).to_contain_text("failed: the model answered with an error")
    expect(row).to_contain_text("The kettle & <tea> boiled over.")
    expect(row).to_contain_text("scheduled")
    expect(row).to_contain_text("1.5 s")
    (beat,) = exported(page, tmp_path)
    assert beat["summary"] == "Number 100. The kettle & <tea> boiled over."
    page.get_by_label("Words").fill("nothing like that")
    expect(page.get_by_text("No beat is like that")).to_be_visible()
    expect(page.get_by_role("link", name="Export as JSONL")).to_be_hidden()

    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_label("Words")).to_have_value("")
    page.get_by_role("combobox", name="Thread").fill("other")
    expect(page.get_by_text("1 beat", exact=True)).to_be_visible()
    expect(rows(page).get_by_role("link", name="Number 7.")).to_be_visible()
    assert len(exported(page, tmp_path)) == 1
    page.get_by_role("combobox", name="Thread").fill("nobody")
    said = long_past.site.refused(404, "GET", "/api/threads/nobody/heartbeat/history")["detail"]
    expect(page.get_by_text(said)).to_be_visible()
    expect(page.get_by_role("combobox", name="Thread")).to_have_attribute("aria-invalid", "true")

    page.get_by_role("button", name="Clear").click()
    page.get_by_label("Since").select_option("7d")
    expect(page.get_by_text(f"{MANY - 1} beats")).to_be_visible()
    assert len(exported(page, tmp_path)) == MANY - 1
    page.get_by_label("Since").select_option("day")
    page.get_by_label("Day").fill("2001-02-03")
    expect(page.get_by_text(f"{MANY} beats")).to_be_visible()
    assert "since=2001-02-03" in page.url


def test_a_search_says_where_it_stopped_and_goes_on(
    long_past: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "SEARCHED", 150)
    page = long_past.go("/history?q=kettle")
    status, more = page.get_by_role("status"), page.get_by_role("button", name="Search older beats")
    expect(status.filter(has_text="Searched back to")).to_contain_text("older beats may match too")
    expect(page.get_by_text("No beat is like that")).to_be_hidden()
    expect(page.get_by_role("link", name="Export as JSONL")).to_be_visible()
    long_past.check_access()
    more.click()
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text("The kettle & <tea> boiled over.")
    more.click()
    expect(page.get_by_text("Searched back to the oldest beat")).to_be_visible()
    expect(more).to_be_hidden()


def test_pages_go_on_and_back_without_growing(long_past: Panel) -> None:
    page = long_past.go("/history")
    numbers = rows(page).get_by_role("link", name="Number")
    held = 250
    for shown in (100, 150, 200, held):
        page.get_by_role("button", name="Older beats").click()
        expect(numbers).to_have_count(shown)
    for first in (MANY - 50, MANY - 100):
        page.get_by_role("button", name="Older beats").click()
        expect(numbers.first).to_have_text(f"Number {first}.")
        assert numbers.count() <= held
    expect(numbers.last).to_have_text("Number 1.")
    expect(page.get_by_role("button", name="Older beats")).to_be_hidden()
    long_past.site.post("/api/threads/demo/heartbeat/run-now")
    for text in (summary(MANY - 50), "No line of the instructions asks"):
        page.get_by_role("button", name="Newer beats").click()
        expect(rows(page).first).to_contain_text(text)
    expect(page.get_by_role("button", name="Newer beats")).to_be_hidden()
    # None is missing between the page that has grown and the next.
    expect(numbers).to_have_text([summary(number) for number in range(MANY, MANY - held + 1, -1)])


def test_what_happens_now_appears_unless_a_filter_hides_it(panel: Panel, site: Site) -> None:
    name = site.thread(every="1d")
    page = panel.go(f"/history?thread={name}")
    expect(page.get_by_text("No beat is like that")).to_be_visible()
    site.post(f"/api/threads/{name}/heartbeat/run-now")
    row = rows(page)
    expect(row).to_have_count(1)
    expect(row).to_contain_text("stayed silent")
    expect(row).to_contain_text("120 tokens")
    expect(row).to_contain_text("manual")
    panel.check_access()

    page.get_by_label("Outcome").select_option("acted")
    expect(page.get_by_text("No beat is like that")).to_be_visible()
    site.world.clock.move(minutes=1)
    site.world.ollama.says(decision(action="post", board="general", title="Now <b>", content="Here."))
    other = site.thread(every="1d")
    site.post(f"/api/threads/{other}/heartbeat/run-now")
    page.get_by_role("combobox", name="Thread").fill("")
    expect(rows(page).filter(has_text=other)).to_contain_text("Now <b>")
    rows(page).filter(has_text=other).get_by_role("link", name="Now <b>").click()
    (beat,) = site.get(f"/api/threads/{other}/heartbeat/history")["activities"]
    expect(page).to_have_url(f"{site.url}/beats/{beat['id']}")
