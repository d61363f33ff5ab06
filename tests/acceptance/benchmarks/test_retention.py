"""The benchmark of retention runs, and shows that the rows stay as few as they are; its times mean nothing here."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
KEPT_BY_AGE = 8 * 2 * 48


@pytest.mark.timeout(400)
def test_it_runs_and_the_rows_stay_as_few_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "figures.json"
    small = ("--beats", "1600", "--rounds", "4", "--json", str(file))
    command = [sys.executable, "-m", "benchmarks.retention", *small]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=390, check=False)
    assert done.returncode == 0, done.stderr
    off, on = json.loads(file.read_text("utf-8"))
    assert off["beats at the end"] == 1600 + 3 * 8
    assert on["beats after half"] <= KEPT_BY_AGE + 400 + 24
    assert on["beats at the end"] <= KEPT_BY_AGE + 400 + 24
