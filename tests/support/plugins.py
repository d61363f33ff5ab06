"""Packages with entry points, installed into a folder as pip leaves them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from itertools import count
from pathlib import Path

import pytest

_numbers = count(1)


class Packages:
    """A folder on the path of Python; each package in it is one module with its metadata."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        folder.mkdir()
        monkeypatch.syspath_prepend(folder)
        monkeypatch.setattr(sys, "dont_write_bytecode", True)

    def add(self, source: str, *, name: str = "extra", **groups: Mapping[str, str]) -> str:
        """Install a module; ``targets={"ledger": "Ledger"}`` names an attribute of it."""
        module = f"plugin_{name}_{next(_numbers)}"
        (self.folder / f"{module}.py").write_text(source)
        info = self.folder / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n")
        lines = []
        for group, entries in groups.items():
            lines.append(f"[heartbeat.{group}]")
            lines += [f"{entry} = {module}:{attribute}" for entry, attribute in entries.items()]
        (info / "entry_points.txt").write_text("\n".join(lines))
        return module
