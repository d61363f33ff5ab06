"""The OpenAPI document that the panel's types are made from."""

from __future__ import annotations

import json
import subprocess
import sys

from tests.integration.http.site import serving
from tests.support.world import World


def test_the_document_is_the_same_without_a_service(world: World) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "heartbeat_service.http.openapi"], capture_output=True, text=True, check=True
    )
    with serving(world) as site:
        assert json.loads(made.stdout) == site.get("/api/openapi.json")
