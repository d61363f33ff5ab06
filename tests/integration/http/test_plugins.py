"""Targets of plug-ins over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from heartbeat.capabilities import Capabilities
from heartbeat.outgoing import Outgoing
from tests.integration.http.site import serving
from tests.support.world import World


@dataclass(frozen=True)
class Ledger:
    name: str = "ledger"

    def capabilities(self) -> Capabilities:
        return Capabilities()

    def deliver(self, action: Outgoing, key: str, deadline: float) -> Mapping[str, Any]:
        return {"key": key}


def test_the_target_of_a_plug_in_can_be_set_and_is_described(world: World) -> None:
    ledger = Ledger()
    world.services = replace(world.services, targets={**world.services.targets, "ledger": ledger})
    with serving(world) as site:
        made = site.client.post("/api/threads", json={"id": "book", "config": {"target": "ledger"}})
        assert made.status_code == 201, made.text
        fields = site.client.get("/api/heartbeat/config").json()["fields"]
        one, several = fields["properties"]["target"]["anyOf"]
        assert one["enum"] == several["items"]["enum"] == ["forum", "none", "ledger"]
        document = site.client.get("/api/openapi.json").text
        assert '"enum":["forum","none","ledger"]' in document.replace(" ", "")
        assert '"enum":["forum","none"]' not in document.replace(" ", "")
        refused = site.client.patch("/api/heartbeat/config", json={"target": "moltbook"})
        assert refused.status_code == 422
        assert "allowed: forum, none, ledger" in refused.text
