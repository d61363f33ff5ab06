"""Targets of plug-ins over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from heartbeat.capabilities import Capabilities
from heartbeat.draft import Draft
from tests.integration.http.site import serving
from tests.support.world import World


@dataclass(frozen=True)
class Ledger:
    name: str = "ledger"
    done: str = "sent"

    def capabilities(self, session: Session) -> Capabilities:
        return Capabilities()

    def apply(self, session: Session, draft: Draft, *, key: str, now: datetime) -> dict[str, Any]:
        return {"key": key}


def test_the_target_of_a_plug_in_can_be_set_and_is_described(world: World) -> None:
    ledger = Ledger()
    world.services = replace(world.services, targets={**world.services.targets, "ledger": ledger})
    with serving(world) as site:
        made = site.client.post("/api/threads", json={"id": "book", "config": {"target": "ledger"}})
        assert made.status_code == 201, made.text
        fields = site.client.get("/api/heartbeat/config").json()["fields"]
        assert fields["properties"]["target"]["enum"] == ["forum", "none", "ledger"]
        document = site.client.get("/api/openapi.json").text
        assert '"enum":["forum","none","ledger"]' in document.replace(" ", "")
        assert '"enum":["forum","none"]' not in document.replace(" ", "")
        refused = site.client.patch("/api/heartbeat/config", json={"target": "moltbook"})
        assert refused.status_code == 422
        assert "allowed: forum, none, ledger" in refused.text
