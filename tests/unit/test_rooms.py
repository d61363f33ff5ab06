"""Dependencies point down only."""

from __future__ import annotations

from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.support.paths import ROOT


def test_dependencies_point_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(cache_dir=None, is_debug_mode=False) == 0


def test_a_dependency_that_points_up_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The contract itself is checked: with the layers turned round, today's imports break it."""
    text = (ROOT / "pyproject.toml").read_text()
    layers = 'layers = ["evals", "heartbeat_service", "graph", "nodes | checkpoints", "heartbeat"]'
    assert layers in text
    turned = tmp_path / "pyproject.toml"
    turned.write_text(
        text.replace(
            layers, 'layers = ["heartbeat", "nodes | checkpoints", "graph", "heartbeat_service", "evals"]'
        )
    )
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=str(turned), cache_dir=None, is_debug_mode=False) != 0
