"""Tracing that is set up once per process."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.integration.heartbeat_service.test_tracing import Collector
from tests.support.paths import ROOT
from tests.support.world import World


def test_without_the_variables_nothing_is_set_up() -> None:
    """LangSmith's package loads OpenTelemetry's, where it is installed; it sends nothing by it."""
    script = (
        "import asyncio, sys\n"
        "from heartbeat_service.tracing import open_tracing\n"
        "async def main():\n"
        "    async with open_tracing(): pass\n"
        "import heartbeat_service.lifespan\n"
        "asyncio.run(main())\n"
        "print([n for n in sys.modules if n.startswith(('opentelemetry.exporter', 'openinference'))])\n"
    )
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LANGSMITH")}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


async def test_langsmith_by_its_own_variables(
    world: World, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its client is made once per process, so this runs in one of its own."""
    world.thread()
    world.close()
    script = (
        "import asyncio\n"
        "from heartbeat.settings import load_settings\n"
        "from heartbeat_service.lifespan import open_service\n"
        "async def main():\n"
        "    async with open_service(load_settings(), enabled=False) as service:\n"
        "        print((await service.runner.run_now('demo')).status)\n"
        "asyncio.run(main())\n"
    )
    environment = {
        **os.environ,
        "HEARTBEAT_HOME": str(world.settings.home),
        "HEARTBEAT_INSTRUCTIONS": str(world.settings.instructions),
        "HEARTBEAT_OLLAMA_URL": world.ollama.url,
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_API_KEY": "lsv2_pt_none",
        "LANGSMITH_ENDPOINT": collector.url,
    }
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "none\n"), done.stderr
    assert [path for path in collector.paths if path.startswith("/runs")]
