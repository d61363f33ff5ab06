"""What `make run` and `make dev` start, and where."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from tests.support.holds import PATIENCE
from tests.support.paths import ROOT


def make(checkout: Path, target: str) -> list[str]:
    """Run a target of the Makefile on commands that only write down where and how they are called."""
    called = checkout / "called"
    called.unlink(missing_ok=True)
    shutil.copy(ROOT / "Makefile", checkout)
    for name in ("HEARTBEAT.md", "HEARTBEAT.plan.json"):
        shutil.copy(ROOT / name, checkout)
    commands = checkout / ".venv" / "bin"
    commands.mkdir(parents=True, exist_ok=True)
    told = '"$PWD" "$(basename "$0")" "$*" "$HEARTBEAT_HOME" "$HEARTBEAT_INSTRUCTIONS"'
    for name in ("heartbeat", "langgraph", "python"):
        (commands / name).write_text(f"#!/bin/sh\nprintf '%s|%s|%s|%s|%s\\n' {told} >> '{called}'\necho 0\n")
        (commands / name).chmod(0o755)
    for name in ("requirements.txt", "pyproject.toml", "requirements-dev.txt", "panel/package-lock.json"):
        (checkout / name).parent.mkdir(exist_ok=True)
        (checkout / name).touch()
    (checkout / "panel/.npmrc").touch()
    for name in (
        ".venv/.run",
        ".venv/.dev",
        "panel/node_modules/.installed",
        "heartbeat_service/panel/index.html",
    ):
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).touch()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HEARTBEAT_")}
    subprocess.run(
        ["make", target], cwd=checkout, env=environment, check=True, capture_output=True, timeout=PATIENCE
    )
    return called.read_text().splitlines() if called.exists() else []


def test_make_run_serves_a_folder_of_its_own(tmp_path: Path) -> None:
    """What is written in the panel is no change of the checkout, whose HEARTBEAT.md is the example."""
    checkout = tmp_path / "check out"
    checkout.mkdir()
    workspace = checkout / "workspace"
    assert make(checkout, "run") == [
        f"{workspace}|heartbeat|demo --quiet||",
        f"{workspace}|heartbeat|serve --beat demo||",
    ]
    for name in ("HEARTBEAT.md", "HEARTBEAT.plan.json"):
        assert (workspace / name).read_bytes() == (ROOT / name).read_bytes()
    assert "/workspace/" in (ROOT / ".gitignore").read_text().splitlines()

    (workspace / "HEARTBEAT.md").write_text("- mine")
    make(checkout, "run")
    make(checkout, "clean")
    assert (workspace / "HEARTBEAT.md").read_text() == "- mine"
    assert not (checkout / ".venv").exists()


def test_make_dev_serves_the_same_folder(tmp_path: Path) -> None:
    called = make(tmp_path, "dev")[-1].split("|")
    assert called[0] == str(tmp_path), "its langgraph.json is there"
    assert called[3:] == [f"{tmp_path}/workspace/.heartbeat", f"{tmp_path}/workspace/HEARTBEAT.md"]
    assert (tmp_path / "workspace" / "HEARTBEAT.md").is_file()
    assert (tmp_path / "workspace" / "HEARTBEAT.plan.json").is_file()
