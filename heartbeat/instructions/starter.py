"""The HEARTBEAT.md a newcomer starts from."""

from __future__ import annotations

from importlib.resources import files


def starter() -> str:
    """Return a HEARTBEAT.md of headings and commented examples: useful to read, and empty to the agent."""
    return files("heartbeat.instructions").joinpath("starter.md").read_text(encoding="utf-8")
