"""Dependencies point down only."""

from __future__ import annotations

from pathlib import Path

import pytest
from importlinter.cli import lint_imports

from tests.support.paths import ROOT


@pytest.fixture(autouse=True)
def _logging_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """import-linter sets logging up anew, which would silence every logger of this process for later tests."""
    monkeypatch.setattr("logging.config.dictConfig", lambda config: None)


def test_dependencies_point_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert lint_imports(cache_dir=None, is_debug_mode=False) == 0


@pytest.mark.parametrize(
    ("layers", "exchanged"),
    [
        ('"heartbeat_service", "graph", ', '"graph", "heartbeat_service", '),
        ('"plugins",\n  "criteria | sources | targets",', '"criteria | sources | targets",\n  "plugins",'),
        ('"cli",\n  "server",', '"server",\n  "cli",'),
    ],
)
def test_a_dependency_that_points_up_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, layers: str, exchanged: str
) -> None:
    """Each contract is checked: with two of its layers exchanged, today's imports break it."""
    text = (ROOT / "pyproject.toml").read_text()
    assert layers in text
    turned = tmp_path / "pyproject.toml"
    turned.write_text(text.replace(layers, exchanged))
    monkeypatch.chdir(ROOT)
    assert lint_imports(config_filename=str(turned), cache_dir=None, is_debug_mode=False) != 0
