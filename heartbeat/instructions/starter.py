"""The HEARTBEAT.md of a new workspace."""

from __future__ import annotations

from importlib.resources import files


def starter() -> str:
    """Return a HEARTBEAT.md of headings and commented examples, which counts as empty."""
    return files("heartbeat.instructions").joinpath("starter.md").read_text(encoding="utf-8")
