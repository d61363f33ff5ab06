"""``make bench``: each benchmark runs, and its figures are written down; made small, so that they mean nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import BENCHMARKS

ROOT = Path(__file__).parents[3]


@pytest.mark.timeout(400)  # four services start one after another
@pytest.mark.parametrize("name", BENCHMARKS)
def test_it_runs_and_writes_its_table(name: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "benchmarks", "--quick", "--only", name, "--folder", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=390, check=False)
    assert done.returncode == 0, done.stderr
    figures = json.loads((tmp_path / "benchmarks" / f"{name}.json").read_text("utf-8"))
    assert figures["rows"]
    page = (tmp_path / "benchmarks.md").read_text("utf-8")
    assert f"## {BENCHMARKS[name].title}" in page
    for heading in figures["rows"][0]:
        assert f"| {heading} " in page
    assert (tmp_path / "benchmarks" / "ratios.svg").read_text("utf-8").startswith("<?xml")
