"""What tests need that save an instructions file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

OLD = "# Old\n- something long that is gone\n"
"""The text of the file before a test saves."""
NEW = "# New\r\n- short"
"""A text to save, shorter than OLD."""
as_root = pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return an instructions file that holds OLD, alone in its folder."""
    made = tmp_path / "place" / "HEARTBEAT.md"
    made.parent.mkdir()
    made.write_text(OLD)
    return made


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Return an empty home of a workspace, where the lock and the journal of a save go."""
    made = tmp_path / "home"
    made.mkdir()
    return made


def left_nothing_beside(path: Path, home: Path) -> bool:
    """Return whether a save left no other file beside ``path``, and no journal in ``home``."""
    return list(path.parent.iterdir()) == [path] and [each.name for each in home.iterdir()] in (
        [],
        ["instructions.lock"],
    )
