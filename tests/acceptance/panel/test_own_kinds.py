"""Actions of a target's own kind: shown with their fields as text, and answered like any other."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from queue import SimpleQueue
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from pydantic import BaseModel, Field

from heartbeat.capabilities import ActionType, Capabilities
from heartbeat.outgoing import Outgoing
from tests.acceptance.panel.browsing import Panel, visiting
from tests.integration.http.site import Site, serving
from tests.support.ollama import decision
from tests.support.world import World

pytestmark = pytest.mark.one_question  # own kinds of action are chosen in the one question

EVIL = "<img src=x onerror=alert(1)>"


class Label(BaseModel):
    """The fields of the action `label`."""

    name: Literal["question", "idea"]
    why: str = Field(max_length=200)
    weight: int
    sure: bool
    until: str | None = Field(None, max_length=20)


@dataclass
class Shelf:
    """A target that takes labels of posts."""

    name: str = "shelf"
    taken: SimpleQueue[Outgoing] = field(default_factory=SimpleQueue)

    def capabilities(self) -> Capabilities:
        return Capabilities(
            actions=(ActionType("label", "Say what kind of post this is.", Label, on="post"),)
        )

    def deliver(self, action: Outgoing, key: str, deadline: float) -> Mapping[str, Any]:
        self.taken.put(action)
        return {"key": key, "place": 1}


@dataclass
class Labelling:
    """A served world with the target, and a page of it."""

    panel: Panel
    site: Site
    shelf: Shelf

    def beat(self, **how: Any) -> int:
        """Let a beat choose a label; return its number."""
        said = {
            "label_name": "question",
            "label_why": f"It asks {EVIL}.",
            "label_weight": 2,
            "label_sure": True,
        }
        reply = {**json.loads(decision(action="label", post_id="1")), **said}
        self.site.world.ollama.says(json.dumps(reply))
        beat = self.site.post("/api/threads/demo/heartbeat/run-now", how)
        return int(beat["id"])

    def wait_for_receipt(self, number: int) -> None:
        """Wait until the action of a beat has arrived at the target."""
        self.shelf.taken.get(timeout=90)
        while self.site.get(f"/api/beats/{number}")["actions"][0]["receipt"] is None:
            time.sleep(0.02)


@pytest.fixture
def labelling(browser: Browser, own_world: World) -> Iterator[Labelling]:
    shelf = Shelf()
    targets = {**own_world.services.targets, "shelf": shelf}
    own_world.services = replace(own_world.services, targets=targets)
    own_world.post("Tea", "Which one?")
    with serving(own_world) as site, visiting(browser, site) as panel:
        config = {"target": "shelf", "approval": ["other"], "recheck_after": 0}
        site.post("/api/threads", {"id": "demo", "config": config}, 201)
        yield Labelling(panel, site, shelf)


def facts(place: Page | Locator) -> dict[str, str]:
    """Return names and values of the fields that are shown."""
    rows = place.get_by_test_id("own-fields").locator("div")
    return {row.locator("dt").inner_text(): row.locator("dd").inner_text() for row in rows.all()}


def test_it_waits_with_its_fields_and_is_approved_with_an_edit(labelling: Labelling) -> None:
    number = labelling.beat()
    page = labelling.panel.go("/approvals")
    mine = page.get_by_role("region", name=f"Beat {number} of demo")
    expect(mine.get_by_test_id("proposal")).to_contain_text("label")
    expect(mine.get_by_test_id("proposal")).to_contain_text("on post 1")
    shown = {"name": "question", "why": f"It asks {EVIL}.", "weight": "2", "sure": "true", "until": "none"}
    assert facts(mine) == shown
    expect(mine).to_contain_text("What it is about")
    expect(mine).to_contain_text("Which one?")
    assert page.locator("img[src=x]").count() == 0
    labelling.panel.check_access()

    mine.get_by_role("button", name="Edit…").click()
    mine.get_by_label("name").fill("poem")
    mine.get_by_role("button", name="Approve with these changes").click()
    # The service's own sentence; it still waits.
    expect(mine.get_by_role("alert")).to_contain_text("label_name")
    mine.get_by_label("name").fill("idea")
    mine.get_by_label("weight").fill("5")
    mine.get_by_label("sure").uncheck()
    labelling.panel.check_access()
    mine.get_by_role("button", name="Approve with these changes").click()
    expect(mine).to_contain_text("You approved it, with an edit.")
    action = labelling.shelf.taken.get(timeout=90)
    why = f"It asks {EVIL}."
    assert action.fields == {"name": "idea", "why": why, "weight": 5, "sure": False, "until": None}

    page = labelling.panel.go("/history")
    expect(page.get_by_role("list", name="Beats")).to_contain_text("label on post:1: name idea")


def test_the_beat_shows_what_was_proposed_and_done(labelling: Labelling) -> None:
    number = labelling.beat()
    page = labelling.panel.go(f"/beats/{number}")
    proposal = page.get_by_role("region", name="Proposal")
    expect(proposal).to_contain_text("label")
    expect(proposal).to_contain_text("on post 1")
    assert facts(proposal)["why"] == f"It asks {EVIL}."
    expect(page.get_by_role("region", name="Decision")).to_contain_text("label name")
    proposal.get_by_role("button", name="Approve", exact=True).click()
    labelling.wait_for_receipt(number)
    page = labelling.panel.go(f"/beats/{number}")
    action = page.get_by_role("region", name="Action")
    expect(action).to_contain_text("receipt: place")
    expect(action).to_contain_text("shelf")
    assert facts(action)["name"] == "question"
    assert page.locator("img[src=x]").count() == 0
    labelling.panel.check_access()


def test_a_dry_run_shows_it_too(labelling: Labelling) -> None:
    number = labelling.beat(dry_run=True)
    page = labelling.panel.go(f"/beats/{number}")
    would = page.get_by_role("region", name="What it would have done")
    expect(would).to_contain_text("on post 1")
    assert facts(would)["weight"] == "2"
    assert labelling.shelf.taken.empty()
