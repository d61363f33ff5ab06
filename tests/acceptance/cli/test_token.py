"""The token and several processes: those that make it together agree, and a running service follows a new one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from heartbeat.connections import editing
from heartbeat.token_file import TokenFile
from tests.acceptance.cli.test_serve import Serve
from tests.integration.cli.conftest import Cli
from tests.support.holds import PATIENCE
from tests.support.world import World

HEARTBEAT = str(Path(sys.executable).parent / "heartbeat")


def test_processes_that_make_it_together_agree(tmp_path: Path) -> None:
    command = [HEARTBEAT, "token"]
    processes = [subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    printed = {process.communicate(timeout=PATIENCE)[0] for process in processes}
    assert len(printed) == 1
    assert [process.returncode for process in processes] == [0] * 4
    file = Path(printed.pop().partition("The token is in ")[2].partition(", which")[0])
    assert TokenFile(file).read() is not None
    assert not list(file.parent.glob("token.*"))


def test_a_service_that_runs_follows_what_other_processes_change(
    world: World, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARTBEAT_HOME", str(world.settings.home))
    (world.folder / "notes").mkdir()
    file, serving = TokenFile.of(world.settings), Serve(world)
    try:
        address = serving.until("listens on").split()[-1]
        assert "heartbeat login" in serving.until("link")
        status = f"{address}/api/heartbeat/status"
        with httpx.Client(trust_env=False) as client:
            assert client.get(status).status_code == 200
            editing.add(world.services.connections, "notes", "folder", {"path": "notes"})
            assert client.get(status).status_code == 401
            client.headers["authorization"] = f"Bearer {file.read()}"
            assert client.get(status).status_code == 200
            assert cli.fine("login").strip() == f"{address}/#token={file.read()}"
            cli.fine("token", "--new")
            assert client.get(status).status_code == 401
            client.headers["authorization"] = f"Bearer {file.read()}"
            assert client.get(status).status_code == 200
    finally:
        _, err = serving.end()
    assert str(file.read()) not in serving.said + err
    assert cli.refused("login").startswith("heartbeat serve does not answer; start it")
