"""Take the pictures of docs/panel.md anew: each page of the example workspace, in the light and in the dark."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import expect

from tests.acceptance.panel.browsing import SETTLED, Panel, RealClock, browsing, visiting
from tests.integration.http.site import Site, serving
from tests.support.ollama import Say, fake_ollama
from tests.support.paths import ROOT
from tests.support.plan_beats import PlanModel, last
from tests.support.world import World

FOLDER = ROOT / "docs" / "panel"
_BEATS = 4
"""Beats of the example: it tells of the calendar, of the list and of the news, then proposes a summary."""
_TOLD = {
    "Walk through the hall": "In an hour and a half you walk through the hall.",
    "Order the tables": "New on your list: order the tables, and ask who brings a cake.",
    "key box": "The hall has a new key box, and the street is closed on Saturday.",
}
"""What the model tells about items that hold these words."""
_POST = {
    "title": "What is new for the party",
    "content": "Mira and Tobias plan the day, Anika and Jonas offer help with tables and cake.",
}
_COLOURS = 64


def _answer(body: dict[str, Any]) -> Say:
    asked = last(body)
    told = next((text for words, text in _TOLD.items() if words in asked), "")
    fields = _POST if "title" in body["format"]["properties"] else {"text": told}
    return PlanModel(fields={"reasoning": "The line asks for it.", **fields})(body)


def main() -> None:
    """Write the pictures into docs/panel."""
    with tempfile.TemporaryDirectory() as folder, fake_ollama() as ollama, browsing() as browser:
        ollama.answer = _answer
        world = World(Path(folder), ollama, clock=RealClock(), decision="plan")
        world.settings.instructions.unlink()
        _run(world, "demo", "--quiet")
        _run(world, "stop")  # so that no other beat comes between those of the pictures
        try:
            with serving(world, enabled=True) as site, visiting(browser, site) as panel:
                for name, path in _pages(site).items():
                    _take(panel, name, path)
        finally:
            world.close()


def _run(world: World, *arguments: str) -> None:
    environment = {
        **os.environ,
        "HEARTBEAT_HOME": str(world.settings.home),
        "HEARTBEAT_INSTRUCTIONS": str(world.settings.instructions),
    }
    command = [str(Path(sys.executable).with_name("heartbeat")), *arguments]
    subprocess.run(command, cwd=world.folder, env=environment, check=True)


def _pages(site: Site) -> Mapping[str, str]:
    """Run the beats of the example, and return the address of each page by the name of its picture."""
    site.post("/api/threads/demo/heartbeat/config", {"approval": ["post"]})
    beats = [site.post("/api/threads/demo/heartbeat/run-now")["id"] for _ in range(_BEATS)]
    site.post("/api/heartbeat/start")
    post = site.world.posts("mira")[-1].id
    return {
        "overview": "/",
        "threads": "/threads",
        "thread": "/threads/demo",
        "defaults": "/defaults",
        "heartbeat-md": "/instructions",
        "beat": f"/beats/{beats[0]}",
        "approvals": "/approvals",
        "history": "/history",
        "forum": "/forum",
        "post": f"/forum/posts/{post}",
        "world": "/world",
    }


def _take(panel: Panel, name: str, path: str) -> None:
    page = panel.go(path)
    panel.follow()
    page.wait_for_load_state("networkidle")
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        expect(page.locator(f"html[data-mantine-color-scheme={scheme}]")).to_be_attached()
        page.evaluate(SETTLED)
        shot = Image.open(BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
        shot.quantize(_COLOURS, dither=Image.Dither.NONE).save(FOLDER / f"{name}-{scheme}.png", optimize=True)


if __name__ == "__main__":
    main()
