"""Notes into a folder, many of them, while the owner's editor saves the same file."""

from __future__ import annotations

from pathlib import Path

from tests.unit.heartbeat.connections.test_folder_target import home, vault, write_beside_an_editor

__all__ = ["home", "vault"]


def test_an_editor_loses_nothing_and_no_line_is_there_twice(vault: Path, home: Path) -> None:
    write_beside_an_editor(vault, home, notes=200)
