"""World: connections and deliveries; what the agents told, and what does not get through."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from heartbeat.vocabulary import DeliveryReason, DeliveryStatus
from tests.acceptance.panel.browsing import PATIENCE, Panel, visiting
from tests.integration.http.site import serving
from tests.support.deliveries import brought_to, queued, tell
from tests.support.sinks import HttpSink, http_sink
from tests.support.world import World

TOPIC = "alerts-topsecret-4711"


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    with http_sink() as made:
        yield made


@pytest.fixture
def panel(browser: Browser, own_world: World) -> Iterator[Panel]:
    """A page of a site of its own, which delivers nothing by itself."""
    own_world.thread("demo", every="1d")
    with serving(own_world) as site, visiting(browser, site) as opened:
        yield opened


def add(panel: Panel, name: str, kind: str = "apprise", **values: Any) -> None:
    panel.site.post("/api/connections", {"name": name, "kind": kind, "values": values}, 201)


def row(page: Page, name: str) -> Locator:
    return page.get_by_role("list", name="Connections").get_by_role("listitem", name=name, exact=True)


def delivery(page: Page, number: int | None) -> Locator:
    return page.get_by_role("list", name="Deliveries").get_by_role(
        "listitem", name=f"Delivery {number}", exact=True
    )


def press(page: Page, name: str) -> None:
    """Press a button by the keyboard."""
    # In one step: a dialog that opens takes the focus a moment later.
    page.get_by_role("button", name=name, exact=True).press("Enter")


def test_a_connection_is_added_tested_changed_and_removed_by_keyboard(panel: Panel, sink: HttpSink) -> None:
    page = panel.go("/world")
    expect(page.get_by_text("No connections yet")).to_be_visible()
    expect(page.get_by_text("Nothing went outside yet")).to_be_visible()
    panel.check_access()

    press(page, "Connect something")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("list", name="Kinds").get_by_role("button").first).to_be_focused()
    panel.check_access()
    dialog.get_by_role("button", name="Your phone").press("Enter")
    expect(dialog.get_by_label("It goes through")).to_be_focused()
    dialog.get_by_label("It goes through").select_option("ntfy")
    expect(dialog.get_by_role("link", name="Open ntfy.sh")).to_be_visible()
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("link", name="Open ntfy.sh")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("no address")
    expect(dialog.get_by_label("Address")).to_have_attribute("type", "password")
    expect(dialog.get_by_label("Name")).to_have_value("phone")
    panel.check_access()
    page.keyboard.press("Enter")
    expect(dialog.get_by_label("Address")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_label("Address").fill(f"json://{sink.address}")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text("connections.toml only")).to_be_visible()
    dialog.get_by_label("Address").fill(f"ntfy://{sink.address}/{TOPIC}")
    press(page, "Test")
    expect(dialog.get_by_text("It was sent")).to_be_visible()
    assert len(sink.got) == 1
    press(page, "Save")
    expect(dialog).to_be_hidden()
    assert len(sink.got) == 1, "what was tested is not tested again"
    expect(row(page, "phone")).to_contain_text("reaches you")
    expect(row(page, "phone")).to_contain_text("ready")
    assert TOPIC not in page.content()

    press(page, "Test phone")
    expect(page.get_by_role("dialog").get_by_text("It was sent")).to_be_visible()
    assert len(sink.got) == 2
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Test phone")).to_be_focused()

    press(page, "Change phone")
    expect(dialog.get_by_label("Address")).to_have_value("")
    press(page, "More")
    dialog.get_by_label("If it is not known").select_option("false")
    panel.check_access()
    press(page, "Save")
    expect(dialog).to_be_hidden()
    assert panel.site.get("/api/connections/phone")["values"] == {"reach": "owner", "repeat": False}

    press(page, "Remove phone")
    press(page, "Remove")
    expect(page.get_by_text("No connections yet")).to_be_visible()


def test_a_test_of_a_public_one_is_a_post_with_a_text(panel: Panel, sink: HttpSink) -> None:
    add(panel, "masto", url=f"ntfy://{sink.address}/{TOPIC}", reach="public")
    page = panel.go("/world")
    expect(row(page, "masto")).to_contain_text("is public")
    press(page, "Test masto")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Text").fill("Anybody there?")
    press(page, "Post it")
    expect(dialog.get_by_text("It was sent")).to_be_visible()
    assert [got.json["message"] for got in sink.got] == ["Anybody there?"]


def test_what_is_wrong_with_a_connection_is_said(panel: Panel) -> None:
    settings = panel.site.world.settings
    settings.connections_path.write_text(
        '[phone]\nkind = "apprise"\nurl = "no address"\n\n[notes]\nkind = "folder"\npath = "notes"\nwrite = true\n'
    )
    (settings.connections_path.parent / "notes").mkdir()
    page = panel.go("/world")
    expect(row(page, "phone")).to_contain_text("not used")
    expect(row(page, "phone")).to_contain_text("url: ")
    expect(row(page, "phone").get_by_role("button")).to_have_count(0)
    expect(row(page, "notes")).to_contain_text("from connections.toml")
    press(page, "Test notes")
    expect(page.get_by_role("dialog").get_by_text("can be written to")).to_be_visible()
    page.keyboard.press("Escape")
    settings.connections_path.write_text("[phone\n")
    page.reload()
    expect(page.get_by_text("Look at connections.toml")).to_be_visible()


def test_deliveries_show_their_tries_and_what_can_be_said(panel: Panel) -> None:
    store, clock = panel.site.world.store, panel.site.world.clock
    sent = brought_to(store, DeliveryStatus.SENT, clock()).id
    refused = brought_to(store, DeliveryStatus.FAILED, clock(), reason=DeliveryReason.REFUSED).id
    lost = brought_to(store, DeliveryStatus.UNKNOWN, clock(), text="Milk & <b>bread</b> are out.").id
    other = brought_to(store, DeliveryStatus.UNKNOWN, clock(), target="mail").id
    waits = brought_to(store, DeliveryStatus.PENDING, clock(), target="mail").id
    page = panel.go("/world")
    expect(delivery(page, sent)).to_contain_text("arrived")
    expect(delivery(page, sent).get_by_role("button", name="delivery")).to_have_count(0)
    expect(delivery(page, refused)).to_contain_text("failed: it was refused")
    expect(delivery(page, refused)).to_contain_text("Last try: too long")
    expect(delivery(page, lost)).to_contain_text("not known whether it arrived")
    expect(delivery(page, lost)).to_contain_text("Milk & <b>bread</b> are out.")
    press_in(delivery(page, lost), "1 try")
    expect(delivery(page, lost)).to_contain_text("it may have arrived: the connection broke")
    panel.check_access()

    press(page, f"It arrived (delivery {lost})")
    expect(delivery(page, lost).get_by_role("button", name="It arrived")).to_have_count(0)
    press(page, f"It did not: send it again (delivery {other})")
    expect(delivery(page, other)).to_contain_text("on its way")
    press(page, f"Send it again (delivery {refused})")
    expect(delivery(page, refused)).to_contain_text("on its way")
    press(page, f"Cancel (delivery {waits})")
    expect(delivery(page, waits)).to_contain_text("failed: it was cancelled")

    page.get_by_label("Show").select_option("failed")
    expect(
        page.get_by_role("list", name="Deliveries").get_by_role("listitem", name="Delivery")
    ).to_have_count(1)
    assert page.url.endswith("/world?status=failed")
    page.get_by_label("Show").select_option("held")
    expect(page.get_by_text("No delivery is like that")).to_be_visible()


def press_in(place: Locator, name: str) -> None:
    button = place.get_by_role("button", name=name, exact=True)
    button.focus()
    button.press("Enter")


def test_older_deliveries_come_on_demand(panel: Panel) -> None:
    store, clock = panel.site.world.store, panel.site.world.clock
    for _ in range(25):
        queued(store, clock())
    page = panel.go("/world")
    shown = page.get_by_role("list", name="Deliveries").get_by_role("listitem", name="Delivery")
    expect(shown).to_have_count(20)
    press(page, "Older deliveries")
    expect(shown).to_have_count(25)


def test_what_was_told_is_on_the_overview_and_follows_its_deliveries(panel: Panel, sink: HttpSink) -> None:
    # Apprise gives up after four seconds, and what is being sent has to be seen.
    add(panel, "phone", url=f"ntfy://{sink.address}/{TOPIC}?rto={PATIENCE / 1000}")
    sink.hang = threading.Event()
    store, clock = panel.site.world.store, panel.site.world.clock
    page = panel.go("/")
    told = page.get_by_role("region", name="Told you").get_by_role("listitem")
    expect(page.get_by_role("region", name="Threads").first).to_be_visible()
    beat = tell(store, "Tea & <b>cake</b> are ready.", clock(), targets=["phone", "mail"])
    expect(told).to_have_count(1)
    expect(told).to_contain_text("Tea & <b>cake</b> are ready.")
    expect(told).to_contain_text("phone: being sent")
    mail, _ = (each["id"] for each in panel.site.get("/api/deliveries")["items"])
    sink.hang.set()
    expect(told).to_contain_text("phone: arrived")
    expect(told).to_contain_text("mail: on its way")
    panel.check_access()

    link = told.get_by_role("link", name="Tea")
    link.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{panel.site.url}/beats/{beat}")
    action = page.get_by_role("region", name="Action")
    expect(action).to_contain_text("Tea & <b>cake</b> are ready.")
    ways = action.get_by_label("Deliveries")
    expect(ways).to_contain_text("mailon its way")
    panel.site.post(f"/api/deliveries/{mail}/cancel")
    expect(ways).to_contain_text("mailfailed: it was cancelled")
    panel.check_access()


def test_a_banner_says_that_a_connection_does_not_reach_the_owner(panel: Panel, sink: HttpSink) -> None:
    store, clock = panel.site.world.store, panel.site.world.clock
    add(panel, "phone", url=f"ntfy://{sink.address}/{TOPIC}")
    sink.answers = [500] * 100  # also to the notice about it
    page = panel.go("/threads")
    for _ in range(3):
        brought_to(store, DeliveryStatus.PENDING, clock(), missed=True)
    banner = page.get_by_role("main").get_by_role("status").first
    expect(banner).to_contain_text("phone does not reach you")
    panel.check_access()
    press_link(banner, "See what is wrong")
    expect(row(page, "phone")).to_contain_text("went down")
    sink.answers.clear()
    press(page, "Test phone")
    expect(page.get_by_role("dialog").get_by_text("It was sent")).to_be_visible()
    page.keyboard.press("Escape")
    expect(row(page, "phone")).to_contain_text("ready")
    expect(page.get_by_text("does not reach you")).to_have_count(0)


def press_link(place: Locator, name: str) -> None:
    link = place.get_by_role("link", name=name)
    link.focus()
    link.press("Enter")


def test_a_thread_goes_to_several_targets_and_shows_who_sees_them(panel: Panel, sink: HttpSink) -> None:
    add(panel, "phone", url=f"ntfy://{sink.address}/{TOPIC}")
    add(panel, "masto", url=f"ntfy://{sink.address}/{TOPIC}", reach="public")
    page = panel.go("/threads/demo")
    targets = page.get_by_role("combobox", name="Targets")
    targets.focus()
    page.keyboard.press("ArrowDown")
    option = page.get_by_role("option", name="masto (public)")
    expect(option).to_be_visible()
    expect(page.get_by_role("option", name="phone (you)")).to_be_visible()
    while option.get_attribute("data-combobox-selected") is None:
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_text("What it does on masto is public.")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("not saved")).to_have_count(0)
    assert panel.site.get("/api/threads/demo/heartbeat/config")["config"]["target"] == ["forum", "masto"]
    panel.check_access()
